"""The server stops in mid-conversation and comes back: nothing is lost, duplicated or out of
order."""

import re
import signal

import pytest
from playwright.sync_api import expect

from tests.browser.line import Line
from tests.browser.person import Person
from tests.browser.site import AWAY, Site
from tests.processes import eventually


@pytest.mark.parametrize(
    ("signum", "words"),
    [
        (signal.SIGKILL, r"Connection lost|Reconnecting"),
        (signal.SIGTERM, r"The server is restarting|Connecting again"),
    ],
    ids=["killed", "restarted"],
)
def test_a_conversation_survives(mortal_site: Site, signum: int, words: str) -> None:
    alice, bob = mortal_site.person("Alice Adams"), mortal_site.person("Bob Brown")
    room = mortal_site.room(alice, bob)
    for person in (alice, bob):
        person.trouble.expect(AWAY)
        # A page waits a random time before it tries again; here a short one.
        person.context.add_init_script("Math.random = () => 0.3")
        person.opens(room)
    for n in range(5):
        alice.posts(f"alice before {n}")
        bob.posts(f"bob before {n}")
    alice.types("a long thought")
    for _ in range(len(" thought")):
        alice.presses("ArrowLeft")
    bob.posts("into the dark")  # in flight while the server stops
    mortal_site.end_server(signum)
    expect(alice.banner).to_contain_text(re.compile(words))
    assert alice.caret == ("a long thought", 6, 6)

    alice.page.keyboard.insert_text("er")
    alice.presses("End")
    alice.types(" goes on")
    bob.posts("bob away 0")
    bob.posts("bob away 1")
    expect(bob.sees("bob away 1")).to_have_attribute("data-state", "pending")
    alice.sees_no("bob away")

    mortal_site.start()
    for person in (alice, bob):
        person.is_connected(within=20)
        expect(person.banner).to_be_hidden()
    alice.sees("bob away 1")
    bob.has_nothing_unsent()
    assert alice.caret == ("a longer thought goes on", 24, 24)
    expect(alice.composer).to_be_focused()
    alice.presses("Enter")
    bob.sees_sent("a longer thought goes on")
    alice.has_nothing_unsent()

    stored = mortal_site.clerk.messages(room)
    assert [number for number, _, _ in stored] == list(range(1, len(stored) + 1))
    said = {
        alice.username: [*(f"alice before {n}" for n in range(5)), "a longer thought goes on"],
        bob.username: [
            *(f"bob before {n}" for n in range(5)),
            *("into the dark", "bob away 0", "bob away 1"),
        ],
    }
    for username, bodies in said.items():
        assert [body for _, author, body in stored if author == username] == bodies
    assert alice.timeline == stored
    assert bob.timeline == stored


def test_try_now_does_not_wait_for_the_countdown(mortal_site: Site) -> None:
    alice = mortal_site.person("Alice Adams")
    room = mortal_site.room(alice)
    alice.trouble.expect(AWAY)
    # A page waits a random time: at first up to half a second, here ten.
    alice.context.add_init_script("Math.random = () => 20")
    alice.opens(room)
    mortal_site.kill()
    mortal_site.start()
    expect(alice.banner).to_contain_text(re.compile(r"Retrying in \d seconds"))
    alice.clicks("Try now")
    alice.is_connected(within=2)


def test_an_unsent_message_survives_a_reload_and_is_sent_once(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    line = Line(alice)
    alice.opens(room)
    bob.opens(room)
    line.deaf = True
    alice.posts("Did you get this?")
    bob.sees("Did you get this?")  # stored, but never acknowledged to alice
    alice.posts("And this?")
    for text in ("Did you get this?", "And this?"):
        expect(alice.sees(text)).to_have_attribute("data-state", "pending")
    alice.page.reload()
    expect(alice.sees("And this?")).to_have_attribute("data-state", "pending")
    line.deaf = False
    alice.reloads().has_nothing_unsent()
    bob.sees("And this?")
    stored = site.clerk.messages(room)
    assert [body for _, _, body in stored] == ["Did you get this?", "And this?"]
    assert alice.timeline == bob.timeline == stored
    alice.reloads().has_nothing_unsent()
    assert len(site.clerk.messages(room)) == 2


def test_a_draft_survives_a_reload(alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("not quite done")
    alice.reloads()
    expect(alice.composer).to_have_value("not quite done")
    eventually(lambda: alice.caret[1] == len("not quite done"))
