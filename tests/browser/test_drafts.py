"""Drafts: unsent text is there again wherever its author opens the room."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.crashing import Home, crash
from tests.browser.person import Person
from tests.browser.site import Site
from tests.processes import eventually

# Whether a draft with this text is stored; null: whether this room has none. Tests in other files
# leave drafts in other rooms.
DRAFT_IS = """
([room, body]) => new Promise((resolve) => {
  const opening = indexedDB.open("chatsite");
  opening.onsuccess = () => {
    const asked = opening.result.transaction("drafts").objectStore("drafts").getAll();
    asked.onsuccess = () => {
      opening.result.close();
      const here = asked.result.filter((draft) => draft.room.split("/")[0] === room);
      const bodies = here.map((draft) => draft.body);
      resolve(body === null ? bodies.length === 0 : bodies.includes(body));
    };
  };
})
"""

# Type at the same moment as another tab, so that neither can have heard of the other's draft, and
# record the drafts the page hears of from then on, its own included.
TYPE_WHEN_TOLD = """
(field, text) => {
  const { id } = JSON.parse(document.querySelector("#bootstrap").textContent).user;
  window.heard = [];
  new BroadcastChannel(`chatsite:${id}`).onmessage = ({ data }) =>
    data.draft && window.heard.push(data.draft.body);
  const type = () => {
    field.value = text;
    field.dispatchEvent(new Event("input"));
  };
  const channel = new BroadcastChannel("now");
  channel.onmessage = type;
  window.tell = () => { channel.postMessage(""); type(); };
}
"""


def kept(person: Person, room: str, body: str | None) -> None:
    eventually(lambda: person.page.evaluate(DRAFT_IS, [room, body]))


def quoted(person: Person) -> Locator:
    return person.page.locator("[data-part=reply-text]:visible")


def test_a_draft_with_its_quote_survives_a_killed_browser(site: Site, tmp_path: Path) -> None:
    alice = site.person("Alice Adams")
    room = site.room(alice)
    site.clerk.post(room, alice.username, "Who has the keys?", *(f"line {n}" for n in range(60)))
    home = Home(site, alice.username, tmp_path / "home")
    with home.browser() as killed:
        killed.opens(room, 1).does("Reply", "Who has the keys?")
        killed.types("I th")
        kept(killed, room, "I th")
        home.kill()
    with home.browser() as again:
        again.opens(room)
        expect(again.composer).to_have_value("I th")
        expect(quoted(again)).to_have_text("Who has the keys?")
        assert again.caret == ("I th", 4, 4)
        again.presses("Enter")
        reply = again.sees_sent("I th")
        expect(reply.locator(".message__quote")).to_contain_text("Who has the keys?")
        expect(quoted(again)).to_have_count(0)


def test_a_draft_of_one_character_survives_a_crash(alice: Person, room: str) -> None:
    alice.opens(room)
    alice.presses("a")
    kept(alice, room, "a")
    crash(alice)
    again = alice.another_tab().opens(room)
    expect(again.composer).to_have_value("a")
    again.composer.fill("")
    kept(again, room, None)


def test_a_crash_after_the_post_shows_its_text_once(site: Site, alice: Person, room: str) -> None:
    alice.opens(room)
    alice.types("said once")
    kept(alice, room, "said once")
    alice.presses("Enter")
    kept(alice, room, None)
    crash(alice)
    again = alice.another_tab().opens(room)
    again.sees_sent("said once")
    expect(again.composer).to_have_value("")
    assert [body for _, _, body in site.clerk.messages(room)] == ["said once"]


def test_another_tab_of_the_room_follows_a_draft_and_empties_when_it_is_sent(
    alice: Person, room: str
) -> None:
    alice.opens(room)
    other = alice.another_tab().opens(room)
    alice.types("one thought")
    expect(other.composer).to_have_value("one thought")
    other.types(" and another")
    expect(alice.composer).to_have_value("one thought and another")
    alice.presses("Enter")
    alice.sees_sent("one thought and another")
    expect(other.composer).to_have_value("")
    other.reloads()
    expect(other.composer).to_have_value("")


def test_typing_in_two_tabs_loses_neither_draft(alice: Person, room: str) -> None:
    alice.opens(room)
    other = alice.another_tab().opens(room)
    alice.composer.evaluate(TYPE_WHEN_TOLD, "mine")
    other.composer.evaluate(TYPE_WHEN_TOLD, "yours")
    other.page.evaluate("tell()")
    eventually(lambda: alice.page.evaluate("heard.includes('yours')"))
    eventually(lambda: other.page.evaluate("heard.includes('mine')"))
    other.types("!")
    eventually(lambda: alice.page.evaluate("heard.includes('yours!')"))
    expect(alice.composer).to_have_value("mine")
    expect(other.composer).to_have_value("yours!")


def test_each_room_has_its_own_draft_and_a_pencil_marks_it(site: Site, alice: Person) -> None:
    here, there = site.room(alice), site.room(alice)
    other = alice.another_tab().opens(there)

    def pencil(person: Person, room: str) -> Locator:
        return person.page.locator(f"[data-room='{room}'] [data-part=draft]")

    alice.opens(here)
    alice.types("for here")
    expect(pencil(other, here)).to_be_visible()
    expect(pencil(alice, here)).to_be_hidden()
    expect(pencil(other, there)).to_be_hidden()
    alice.opens(there)
    expect(alice.composer).to_have_value("")
    expect(pencil(alice, here)).to_be_visible()
    alice.opens(here)
    expect(alice.composer).to_have_value("for here")
    alice.presses("Enter")
    expect(pencil(other, here)).to_be_hidden()


def test_drafts_and_posts_stored_by_an_earlier_version_appear_once(
    alice: Person, room: str
) -> None:
    alice.opens(room)
    me = alice.page.evaluate("JSON.parse(document.querySelector('#bootstrap').textContent).user.id")
    put = "([key, value]) => localStorage.setItem(key, JSON.stringify(value))"
    alice.page.evaluate(put, [f"chatsite:draft:{me}:{room}", {"body": "from then"}])
    post = {"room": room, "nonce": "of-long-ago", "body": "never sent", "state": "failed"}
    alice.page.evaluate(put, [f"chatsite:post:{me}:of-long-ago", {**post, "note": "It failed."}])
    for _ in range(2):
        alice.reloads()
        expect(alice.composer).to_have_value("from then")
        expect(alice.unsent).to_contain_text(
            re.compile("never sent.*Not sent. It failed.", re.DOTALL)
        )
    assert "chatsite:draft" not in str(alice.page.evaluate("Object.keys(localStorage)"))
