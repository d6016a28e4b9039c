"""A page that was asleep, or changed messages at the same moment as another, ends up showing the
same."""

from playwright.sync_api import Page, expect

from tests.browser.line import Line
from tests.browser.person import Person
from tests.browser.site import Site

SLEEP = "() => { const now = Date.now; Date.now = () => now() + 3_600_000; }"
GO_TO = "number => void document.querySelector('chat-timeline').jumps.goTo(number)"
# Changes messages 1 to 10 over a separate socket, as fast as the limits allow.
BUSY = """
([room, types]) => {
  const socket = new WebSocket(`ws://${location.host}/ws/`, "chatsite.v1");
  const commands = [];
  for (let round = 0; round < 3; round += 1) {
    for (let number = 1; number <= 10; number += 1) {
      for (const type of types) commands.push({ type, room, number });
    }
  }
  globalThis.busy = new Promise((resolve) => {
    let left = commands.length;
    socket.onmessage = ({ data }) => {
      const { type, ref } = JSON.parse(data);
      if (type === "welcome") {
        commands.forEach((command, ref) => {
          const body = `${command.type} ${ref} of ${command.number}`;
          const given = { "message.edit": { body }, "message.delete": {} };
          const more = given[command.type] ?? { emoji: "👍" };
          socket.send(JSON.stringify({ ...command, ...more, ref: String(ref) }));
        });
      } else if (ref !== undefined && (left -= 1) === 0) {
        socket.close();
        resolve(true);
      }
    };
  });
}
"""


def expect_gapless(site: Site, person: Person, room: str) -> None:
    """Assert that the page shows a gapless part of what is stored, with at most one tombstone."""
    shown = person.timeline
    numbers = [number for number, _, _ in shown]
    assert numbers == [*range(numbers[0], numbers[-1] + 1)]
    stored = {number: body for number, _, body in site.clerk.messages(room)}
    assert {number for number, _, body in shown if body != stored[number]} <= {38}


def test_five_hundred_missed_messages_with_edits_and_deletions_arrive_after_sleep(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"early {number}" for number in range(1, 41)))
    site.clerk.has_read(room, alice.username, 40)
    line = Line(alice)
    alice.opens(room)
    alice.sees("early 40")
    line.dies()
    bob.opens(room)
    bob.edits("early 39", "early 39, corrected")
    bob.deletes("early 38")
    site.clerk.post(room, bob.username, *(f"late {number}" for number in range(1, 501)))
    bob.sees("late 500")
    bob.edits("late 499", "late 499, corrected")
    bob.posts("Good morning")
    bob.sees_sent("Good morning")
    alice.sees_no("late")
    # The machine wakes up: its clock has jumped, and the line is still dead.
    alice.page.evaluate(SLEEP)
    expect(alice.sees("Good morning", within=5)).to_be_in_viewport()
    alice.sees("late 499, corrected")
    expect_gapless(site, alice, room)
    alice.page.evaluate(GO_TO, 39)
    expect(alice.sees("early 39, corrected")).to_be_in_viewport()
    alice.sees_no("early 38")
    expect_gapless(site, alice, room)


def test_simultaneous_changes_to_the_same_messages_converge(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    site.clerk.post(room, bob.username, *(f"message {number}" for number in range(1, 11)))
    for person in (alice, bob):
        person.opens(room)
        person.sees("message 10")
    begin(alice.page, room, "reaction.add", "message.delete", "reaction.remove")
    begin(bob.page, room, "message.edit", "reaction.add")
    for person in (alice, bob):
        assert person.page.evaluate("() => globalThis.busy")
    bob.posts("That is all")
    for person in (alice, bob):
        person.sees_sent("That is all")
        expect(person.page.locator(".message__body", has_text="message.edit")).to_have_count(0)
    assert alice.timeline == bob.timeline
    assert alice.page.locator(".reaction").all_inner_texts() == (
        bob.page.locator(".reaction").all_inner_texts()
    )


def begin(page: Page, room: str, *types: str) -> None:
    page.evaluate(BUSY, [room, types])
