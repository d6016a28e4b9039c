"""Open pages follow changes made elsewhere: here by another process, so that the page hears of them
as late as it ever does."""

import re

from playwright.sync_api import expect

from tests.browser.site import Site


def test_names_pictures_and_closed_accounts_update_live(site: Site) -> None:
    dora, emil = site.person("Dora Diaz"), site.person("Emil Ek")
    lounge = site.room(dora, emil, name="Lounge of Dora")
    attic = site.room(dora, emil, name="Attic of Dora", kind="private")
    direct = site.clerk.make_direct(dora.username, emil.username)
    site.clerk.post(lounge, emil.username, "I was here first")
    dora.opens(lounge)
    line = dora.page.locator("chat-sidebar [data-room] [data-part=name]")
    title = dora.page.locator("#room-name")

    site.clerk.call_room(attic, dora.username, "Cellar of Dora", "")
    expect(line.filter(has_text="Cellar of Dora")).to_be_visible()
    site.clerk.call_room(lounge, dora.username, "Salon of Dora", "Cake")
    expect(title).to_have_text("Salon of Dora")
    expect(dora.page.locator("#room-topic")).to_have_text("Cake")
    expect(dora.page).to_have_title(re.compile("Salon of Dora"))
    expect(dora.page.locator("[data-part=start]")).to_contain_text("Salon of Dora")
    expect(dora.composer).to_have_attribute("placeholder", "Message Salon of Dora")

    site.clerk.call_person(emil.username, "Emilio")
    expect(dora.message("I was here first")).to_contain_text("Emilio")
    expect(line.filter(has_text="Emilio")).to_be_visible()
    expect(dora.page.locator(f"[data-room='{direct}'] .avatar")).to_have_text("E")
    expect(dora.page.locator("chat-members .member", has_text="Emilio")).to_be_visible()
    site.clerk.call_person(dora.username, "Dorothea")
    expect(dora.page.locator(".sidebar__me")).to_contain_text("Dorothea")

    site.clerk.archive(attic, dora.username)
    expect(line.filter(has_text="Cellar of Dora")).to_have_count(0)

    dora.opens(direct)
    expect(title).to_have_text("Emilio")
    site.clerk.close_account(emil.username)
    expect(dora.reason).to_contain_text("every other account in this conversation is closed")
    expect(dora.composer).to_be_hidden()
    site.clerk.close_account(emil.username, closed=False)
    expect(dora.composer).to_be_visible()
    site.clerk.call_person(emil.username, "Emil Again")
    expect(title).to_have_text("Emil Again")


def test_a_room_created_elsewhere_appears_in_an_open_lobby(own_site: Site) -> None:
    site = own_site  # all of its rooms fit on one page
    dora, emil = site.person("Dora Dahl"), site.person("Emil Egg")
    room = site.room(dora, name="Garden of Dora")
    emil.goes_to("/rooms/").is_connected()
    search = emil.page.get_by_role("searchbox")
    listed = emil.page.locator(".lobby__room")
    search.press_sequentially("of Do")
    made = site.room(dora, name="Orchard of Dora")
    expect(listed.filter(has_text="Orchard of Dora")).to_be_visible()
    expect(search).to_have_value("of Do")
    expect(search).to_be_focused()
    site.clerk.call_room(made, dora.username, "Meadow of Dora", "Sheep")
    expect(listed.filter(has_text="Meadow of Dora")).to_contain_text("Sheep")
    site.clerk.join(room, emil.username)
    joined = listed.filter(has_text="Garden of Dora")
    expect(joined).to_contain_text("Joined")
    expect(joined).to_contain_text("2 members")
    site.clerk.archive(made, dora.username)
    expect(listed.filter(has_text="Meadow of Dora")).to_have_count(0)


def test_a_newly_appointed_moderator_sees_their_tools(site: Site) -> None:
    dora, emil = site.person("Dora Doe"), site.person("Emil Eco")
    lounge = site.room(dora, emil, name="Hall of Dora")
    site.clerk.post(lounge, dora.username, "A word")
    emil.opens(lounge)
    desk = emil.page.locator("[data-part=desk]")
    expect(desk).to_be_hidden()
    site.clerk.appoint(emil.username)
    expect(desk).to_be_visible()
    emil.message("A word").hover()
    emil.message("A word").get_by_role("button", name="More actions").click()
    delete = emil.message("A word").get_by_role("button", name="Delete", exact=True)
    expect(delete).to_be_visible()
