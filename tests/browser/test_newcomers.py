"""From the set-up link of an empty site to two people who talk."""

from playwright.sync_api import expect

from tests.browser.site import Site

PASSWORD = "violet-tandem-42"


def test_from_the_set_up_link_to_a_conversation(own_site: Site) -> None:
    link = own_site.server.wait_for_line("/setup/?token=").strip()
    owner = own_site.visitor("olga")
    path = link[link.index("/setup/") :]
    owner.signs_up("olga", PASSWORD, path=path)
    expect(owner.page.get_by_role("heading", name="Public rooms")).to_be_visible()
    owner.page.locator("summary", has_text="New room").click()
    owner.fills(name="Garden", topic="Beds and borders")
    owner.clicks("Make the room")
    expect(owner.page.get_by_role("heading", name="Garden")).to_be_visible()
    owner.is_connected().posts("Is anybody there?")
    owner.sees_sent("Is anybody there?")

    nick = own_site.visitor("nick")
    nick.signs_up("nick", PASSWORD)
    nick.clicks("Join Garden")
    nick.is_connected().sees("Is anybody there?")
    nick.posts("I am!")
    owner.sees("I am!")
    owner.posts("Welcome, nick.")
    nick.sees("Welcome, nick.")

    in_database = own_site.clerk.messages("garden")
    assert [body for _, _, body in in_database] == ["Is anybody there?", "I am!", "Welcome, nick."]
    assert owner.timeline == nick.timeline == in_database

    late = own_site.visitor()
    late.trouble.expect("status of 404")
    late.goes_to(path)
    expect(late.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
