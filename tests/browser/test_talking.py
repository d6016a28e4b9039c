"""Two people in one room: writing messages, and everything that can be done with them."""

import re

from playwright.sync_api import expect

from tests.browser.person import GONE, Person
from tests.browser.site import Site


def test_each_sees_the_other_type_and_then_the_message(
    alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    bob.types("Good mo")
    expect(alice.typing_line).to_have_text("Bob Brown is typing…")
    expect(bob.typing_line).to_have_text("")
    bob.types("rning")
    bob.presses("Enter")
    alice.sees("Good morning")
    expect(alice.typing_line).to_have_text("")
    alice.posts("Hello, Bob")
    bob.sees("Hello, Bob")


def test_the_list_of_members_says_who_is_here(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    here, away = (alice.page.locator(f"[data-part={part}] .member") for part in ("here", "away"))
    expect(here).to_have_text([re.compile("Alice Adams")])
    expect(away).to_have_text([re.compile("Bob Brown")])
    bob.opens(room)
    expect(here).to_have_text([re.compile("Alice Adams"), re.compile("Bob Brown")])
    bob.page.close()
    expect(away).to_have_text([re.compile("Bob Brown")])


def test_an_edit_shows_in_the_other_page(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("The train leaves at six")
    bob.sees("The train leaves at six")
    alice.edits("leaves at six", "The train leaves at **seven**")
    edited = bob.sees("The train leaves at seven")
    expect(edited.locator("strong")).to_have_text("seven")
    expect(edited.locator(".message__edited")).to_have_text("(edited)")
    bob.sees_no("leaves at six")
    bob.message("leaves at seven").hover()
    expect(bob.message("leaves at seven").get_by_role("button", name="Edit")).to_have_count(0)


def test_deleting_another_s_message_asks_first_and_leaves_a_tombstone(
    alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    bob.posts("Buy my coins")
    alice.does("Delete", "Buy my coins")
    alice.clicks("Cancel")
    expect(alice.page.get_by_role("dialog")).to_be_hidden()
    alice.sees("Buy my coins")
    alice.deletes_of_another("Buy my coins")
    bob.sees(GONE)
    bob.sees_no("Buy my coins")


def test_reactions_are_counted_and_taken_back(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("Cake at four")
    bob.sees("Cake at four")
    bob.reacts("🎉", "Cake at four")
    chip = alice.message("Cake at four").locator(".reaction")
    expect(chip).to_have_attribute("aria-label", "🎉 1: Bob Brown")
    chip.click()
    expect(bob.message("Cake at four").locator(".reaction__count")).to_have_text("2")
    chip.click()
    bob.message("Cake at four").locator(".reaction").click()
    expect(chip).to_have_count(0)


def test_many_reactions_show_a_few_names_and_all_on_request(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    """A reader's own reaction is marked as such, whoever else reacted before and after."""
    site.clerk.post(room, bob.username, "Free cake")
    site.clerk.crowd_reacts(room, 1, "🎉", 150)
    alice.opens(room)
    bob.opens(room)
    chip = alice.message("Free cake").locator(".reaction")
    expect(chip).to_have_attribute("title", re.compile(r"^Fan 000, .*Fan 009,? and 140 others$"))
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    bob.reacts("🎉", "Free cake")
    expect(chip.locator(".reaction__count")).to_have_text("152")
    expect(chip).to_have_attribute("aria-pressed", "true")
    alice.page.reload()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(chip).to_have_attribute("title", re.compile(r"^you, Fan 000, "))
    alice.does("Who reacted", "Free cake")
    dialog = alice.page.get_by_role("dialog", name="Who reacted")
    expect(dialog).to_contain_text("132 others")
    dialog.get_by_role("button", name="Show more").click()
    expect(dialog).to_contain_text("Fan 099 and 52 others")
    dialog.get_by_role("button", name="Show more").click()
    expect(dialog).to_contain_text(re.compile("Fan 149, you,? and Bob Brown"))
    expect(dialog.get_by_role("button", name="Show more")).to_be_hidden()
    alice.presses("Escape")
    expect(alice.message("Free cake")).to_be_focused()


def test_a_reply_quotes_and_leads_back(site: Site, alice: Person, bob: Person, room: str) -> None:
    site.clerk.post(room, alice.username, "Who has the keys?", *(f"line {n}" for n in range(40)))
    site.clerk.has_read(room, alice.username, 41)
    alice.opens(room)
    bob.opens(room)
    bob.does("Reply", "Who has the keys?")
    expect(bob.page.locator("[data-part=reply-author]")).to_have_text("Alice Adams")
    expect(bob.composer).to_be_focused()
    bob.posts("On the hook")
    reply = alice.sees("On the hook")
    quote = reply.locator(".message__quote")
    expect(quote).to_contain_text("Who has the keys?")
    origin = alice.sees("Who has the keys?").last
    expect(origin).not_to_be_in_viewport()
    quote.click()
    expect(origin).to_be_in_viewport()
    expect(origin).to_have_class(re.compile("message--found"))


def test_arrow_up_edits_my_last_message(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.posts("My first")
    alice.posts("My lst")
    alice.sees_sent("My lst")
    bob.posts("Not hers")
    alice.sees("Not hers")
    alice.composer.press("ArrowUp")
    expect(alice.page.get_by_role("textbox", name="Edit message")).to_have_value("My lst")
    alice.rewrites("My last")
    bob.sees("My last")
    expect(alice.composer).to_be_focused()
    alice.types("a text")
    alice.composer.press("ArrowUp")
    expect(alice.page.get_by_role("textbox", name="Edit message")).to_have_count(0)


def test_enter_sends_and_shift_enter_breaks_the_line(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    bob.opens(room)
    alice.types("first")
    alice.presses("Shift+Enter")
    alice.types("second")
    expect(alice.composer).to_have_value("first\nsecond")
    alice.presses("Enter")
    expect(alice.composer).to_have_value("")
    expect(alice.composer).to_be_focused()
    assert "first\nsecond" in bob.sees("first").locator(".message__body").inner_text()
    alice.types("   ")
    alice.presses("Enter")
    expect(alice.messages).to_have_count(1)
