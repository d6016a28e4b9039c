"""Deleting one's own message can be undone for six seconds."""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.person import GONE, Person
from tests.browser.site import AWAY, Site

TEXT = "I regret this"
WAIT_MS = 6000


@pytest.fixture
def said(site: Site, alice: Person, bob: Person, room: str) -> str:
    """A stored message by bob that alice sees. His clock can be set forward."""
    bob.page.clock.install()
    for person in (alice, bob):
        person.opens(room)
    bob.posts(TEXT)
    bob.sees_sent(TEXT)
    alice.sees(TEXT)
    return TEXT


def test_undo_restores_the_message_as_if_nothing_had_happened(
    site: Site, alice: Person, bob: Person, room: str, said: str
) -> None:
    bob.deletes(said)
    bob.sees(GONE)
    bob.sees_no(said)
    bob.clicks("Undo")
    bob.sees(said)
    expect(bob.toast).to_contain_text("Message restored.")
    expect(bob.message(said)).to_be_focused()
    bob.page.clock.fast_forward(2 * WAIT_MS)
    expect(bob.toast).to_be_hidden()
    alice.posts("still there?")
    bob.sees("still there?")
    for person in (alice, bob):
        person.sees(said)
    assert [body for _, _, body in site.clerk.messages(room)] == [said, "still there?"]


def test_ctrl_z_undoes_a_deletion_but_not_in_a_field(
    site: Site, bob: Person, room: str, said: str
) -> None:
    bob.deletes(said)
    bob.types("typed")
    bob.presses("Control+z")
    bob.sees(GONE)
    expect(bob.toast).to_be_visible()
    bob.message(GONE).focus()
    bob.presses("Control+z")
    bob.sees(said)
    assert [body for _, _, body in site.clerk.messages(room)] == [said]


def test_nobody_else_sees_the_deletion_before_the_time_is_up(
    alice: Person, bob: Person, said: str
) -> None:
    bob.deletes(said)
    bob.sees(GONE)
    bob.page.clock.fast_forward(WAIT_MS - 1500)
    alice.posts("between")
    bob.sees("between")
    alice.sees(said)
    bob.page.clock.fast_forward(1600)
    alice.sees(GONE)
    expect(bob.toast).to_be_hidden()


def test_the_timer_pauses_while_the_button_is_hovered(
    alice: Person, bob: Person, said: str
) -> None:
    bob.deletes(said)
    bob.toast.hover()
    expect(bob.toast.locator(".toast__line:hover")).to_be_visible()
    bob.page.clock.fast_forward(10 * WAIT_MS)
    expect(bob.toast).to_be_visible()
    alice.sees(said)
    bob.composer.hover()
    bob.page.clock.fast_forward(WAIT_MS)
    alice.sees(GONE)


def test_a_reaction_meanwhile_does_not_bring_the_message_back(
    alice: Person, bob: Person, said: str
) -> None:
    bob.deletes(said)
    alice.reacts("👍", said)
    alice.posts("after the reaction")
    bob.sees("after the reaction")
    bob.sees_no(said)
    bob.clicks("Undo")
    expect(bob.sees(said).locator(".reaction__count")).to_have_text("1")


def test_leaving_the_page_completes_the_deletion(alice: Person, bob: Person, said: str) -> None:
    bob.deletes(said)
    bob.sees(GONE)
    bob.goes_to("/rooms/")
    alice.sees(GONE)


def test_the_next_deletion_completes_the_first(alice: Person, bob: Person, said: str) -> None:
    bob.posts("and this")
    bob.sees_sent("and this")
    bob.deletes(said)
    bob.deletes("and this")
    alice.sees(GONE)
    alice.sees("and this")
    expect(bob.toast.get_by_role("button", name="Undo")).to_have_count(1)
    bob.clicks("Undo")
    bob.sees("and this")
    bob.sees_no(said)


def test_a_deletion_made_offline_survives_its_page(mortal_site: Site) -> None:
    bob = mortal_site.person("Bob Brown")
    bob.trouble.expect(AWAY)
    room = mortal_site.room(bob)
    mortal_site.clerk.post(room, bob.username, TEXT, "and this", "but not this")
    bob.opens(room).page.clock.install()
    mortal_site.end_server(signal.SIGKILL)
    bob.deletes(TEXT)
    bob.page.clock.fast_forward(2 * WAIT_MS)
    expect(bob.toast).to_be_hidden()
    bob.deletes("and this")  # still undoable when the page is closed
    later = bob.another_tab()
    bob.page.close()
    mortal_site.start()
    later.opens(room)
    expect(later.messages.filter(has_text=GONE)).to_have_count(2)
    later.reloads()
    later.sees("but not this")
    expect(later.messages.filter(has_text=GONE)).to_have_count(2)
