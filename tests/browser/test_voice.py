"""Voice messages: recorded in the composer, heard by the others."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes import eventually

SPEAKS = "new Promise((done) => setTimeout(done, 1500))"  # into Chromium's microphone, which beeps

NOTES_PLACES = """() => {
  window.places = [];
  const note = (changes) =>
    changes.forEach(({ target }) => window.places.push(target.getAttribute("aria-valuetext")));
  const options = { subtree: true, attributes: true, attributeFilter: ["aria-valuetext"] };
  new MutationObserver(note).observe(document.body, options);
}"""


def recorder(person: Person) -> Locator:
    return person.page.get_by_role("group", name="Voice message")


REFUSES = """
navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
"""


@pytest.fixture
def rita(site: Site, room: str) -> Person:
    """A member of the room who speaks."""
    person = site.person("Rita Reed")
    site.clerk.join(room, person.username)
    return person


def test_a_voice_message_is_recorded_heard_before_and_then_by_others(
    rita: Person, bob: Person, room: str, inspector: Inspector
) -> None:
    bob.opens(room)
    rita.opens(room)
    rita.composer.fill("A half-written thought")
    rita.clicks("Record a voice message")
    expect(recorder(rita).get_by_role("button", name="Stop")).to_be_visible()
    rita.page.evaluate(SPEAKS)
    inspector.looks_at(rita, "recording")
    recorder(rita).get_by_role("button", name="Stop").click()
    recorder(rita).get_by_role("button", name="Play voice message").click()
    expect(recorder(rita).get_by_role("button", name="Pause")).to_be_visible()
    inspector.looks_at(rita, "recorded")
    recorder(rita).get_by_role("button", name="Send").click()
    expect(recorder(rita)).to_be_hidden()
    expect(rita.composer).to_have_value("A half-written thought")

    heard = bob.page.locator("article.message[data-state=sent]:has(.voice)")
    expect(heard).to_have_attribute(
        "aria-label", re.compile(r"^Rita Reed: Voice message, 0:0[1-9]")
    )
    bars = heard.locator("[data-part=voice-bars] path").get_attribute("d") or ""
    assert len(set(re.findall(r"v([\d.]+)", bars))) > 1, "the waveform is flat"
    bob.page.evaluate(NOTES_PLACES)
    heard.get_by_role("button", name="Play voice message").click()
    # It is there for a second only, in which a busy test may not look.
    eventually(lambda: any(one.startswith("0:01 of") for one in bob.page.evaluate("window.places")))

    # With its transcript, added by the author and shown on demand.
    mine = rita.page.locator("article.message[data-state=sent]:has(.voice)")
    mine.get_by_role("button", name="Add a transcript").click()
    dialog = rita.page.get_by_role("dialog", name="Descriptions")
    dialog.get_by_role("textbox", name="Transcript").fill("Beep, beep.")
    dialog.get_by_role("button", name="Save").click()
    heard.locator("summary").click()
    expect(heard.get_by_text("Beep, beep.")).to_be_visible()


def test_a_recording_is_discarded_with_escape_and_nothing_is_sent(rita: Person, room: str) -> None:
    rita.opens(room)
    rita.clicks("Record a voice message")
    recorder(rita).get_by_role("button", name="Stop").focus()
    rita.page.evaluate(SPEAKS)
    rita.presses("Escape")
    expect(recorder(rita)).to_be_hidden()
    expect(rita.page.get_by_role("button", name="Record a voice message")).to_be_focused()
    expect(rita.messages).to_have_count(0)


def test_a_button_that_is_held_records_until_it_is_let_go(rita: Person, room: str) -> None:
    rita.opens(room)
    rita.page.get_by_role("button", name="Record a voice message").hover()
    rita.page.mouse.down()
    expect(recorder(rita).get_by_role("button", name="Stop")).to_be_visible()
    rita.page.evaluate(SPEAKS)
    rita.page.mouse.up()
    expect(recorder(rita).get_by_role("button", name="Send")).to_be_focused()


def test_whoever_refuses_the_microphone_is_told_what_to_do(alice: Person, room: str) -> None:
    alice.page.add_init_script(REFUSES)
    alice.opens(room)
    alice.clicks("Record a voice message")
    expect(alice.toast).to_contain_text("This site may not use the microphone.")
    expect(recorder(alice)).to_be_hidden()


def test_a_recording_ends_by_itself_after_five_minutes_and_says_so_before(
    rita: Person, bob: Person, room: str
) -> None:
    rita.page.clock.install()
    bob.opens(room)
    rita.opens(room)
    rita.clicks("Record a voice message")
    expect(recorder(rita).get_by_role("button", name="Stop")).to_be_visible()
    rita.page.clock.fast_forward("04:51")
    expect(recorder(rita)).to_contain_text(re.compile(r"\b\d s left"))
    rita.page.clock.fast_forward("00:10")
    expect(recorder(rita).get_by_role("button", name="Send")).to_be_focused()
    expect(recorder(rita)).to_contain_text("5:00")
    recorder(rita).get_by_role("button", name="Send").click()
    expect(bob.page.locator("article.message[data-state=sent] .voice")).to_have_count(1)
