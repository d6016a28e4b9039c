"""A room that is opened to the web, as its members and as outsiders see it."""

from playwright.sync_api import expect

from tests.browser.site import Site


def test_members_see_at_once_that_the_web_can_read_along(site: Site) -> None:
    dora, emil = site.person("Dora Web"), site.person("Emil Web")
    room = site.room(dora, emil, name="Open house")
    site.clerk.post(room, dora.username, "Before")
    emil.opens(room)
    sign, hint = emil.page.locator("#room-web"), emil.page.locator("#web-hint")
    line = emil.page.locator(".web-line")
    for shown in (sign, hint, line):
        expect(shown).not_to_be_visible()

    dora.goes_to(f"/rooms/{room}/settings/")
    dora.clicks("Open to the web")
    expect(dora.page.get_by_role("button", name="Close to the web")).to_be_visible()
    for shown in (sign, hint, line):
        expect(shown).to_be_visible()
    emil.posts("After")
    rows = emil.page.locator("chat-timeline [data-part=rows] > :is(.message, .web-line)")
    expect(rows.nth(1)).to_contain_text("From here on, anyone on the web can read this room.")
    expect(rows.nth(2)).to_contain_text("After")
    emil.page.reload()
    expect(line).to_be_visible()

    visitor = site.visitor(java_script_enabled=False)
    visitor.goes_to(f"/web/{room}/")
    expect(visitor.page.get_by_text("After")).to_be_visible()
    expect(visitor.page.get_by_text("Before")).to_have_count(0)
    expect(visitor.page.get_by_text("Emil")).to_have_count(0)
    emil.goes_to("/accounts/privacy/")
    emil.page.get_by_label("with my name and picture").check()
    emil.page.locator("form", has_text="In rooms that anyone on the web can read").get_by_role(
        "button", name="Save"
    ).click()
    visitor.page.reload()
    expect(visitor.page.get_by_text("Emil Web", exact=True)).to_be_visible()

    emil.opens(room)
    dora.clicks("Close to the web")
    for shown in (sign, hint, line):
        expect(shown).not_to_be_visible()
    visitor.trouble.expect("status of 404")
    visitor.page.reload()
    expect(visitor.page.get_by_text("There is nothing here")).to_be_visible()


def test_a_permalink_shows_its_message_and_leads_to_the_page(site: Site) -> None:
    dora = site.person("Dora Link")
    room = site.room(dora, name="Long house")
    site.clerk.open_to_web(room, dora.username)
    site.clerk.post(room, dora.username, *(f"Line {one}" for one in range(1, 71)))
    visitor = site.visitor(java_script_enabled=False)
    visitor.goes_to(f"/web/{room}/30/")
    found = visitor.page.locator(".post[aria-current]")
    expect(found).to_contain_text("Line 30")
    visitor.page.get_by_role("link", name="Show the whole page").first.click()
    expect(visitor.page).to_have_url(f"{site.address}/web/{room}/1-50/#m30")
    expect(visitor.page.locator("#m30")).to_be_in_viewport()
    visitor.page.get_by_role("link", name="Later").first.click()
    expect(visitor.page.get_by_text("Line 70", exact=True)).to_be_visible()
