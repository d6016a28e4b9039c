"""One key marks everything as read, and another undoes it."""

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site


def test_one_key_marks_everything_read_and_another_undoes_it(site: Site, bob: Person) -> None:
    alice = site.person("Alice Adams")  # without other rooms
    rooms = [site.room(bob, alice, name=f"Room {n}") for n in range(2)]
    here = site.room(alice, bob, name="Here")
    for room in rooms:
        site.clerk.post(room, bob.username, "one", "two", "three")
    site.clerk.has_read(rooms[0], alice.username, 2)
    window = alice.another_tab().opens(here)
    alice.opens(here)
    alice.page.bring_to_front()
    badges = [alice.badge(room) for room in rooms]
    there = [window.badge(room) for room in rooms]

    def are(counts: list[str]) -> None:
        for badge, count in zip((*badges, *there), counts * 2, strict=True):
            if count:
                expect(badge).to_have_text(count)
            else:
                expect(badge).to_be_hidden()

    are(["1", "3"])
    alice.composer.fill("half a sentence")
    alice.presses("Shift+Escape")
    are(["", ""])
    expect(alice.toast).to_contain_text("Marked 2 rooms as read.")
    button = alice.page.get_by_role("button", name="Mark all as read")
    expect(button).to_be_hidden()
    alice.clicks("Undo")
    are(["1", "3"])
    expect(alice.toast).to_have_text("Marked as unread again.")
    expect(alice.composer).to_have_value("half a sentence")

    alice.posts("a slip")
    alice.sees_sent("a slip")
    alice.deletes("a slip")
    alice.presses("Shift+Escape")
    are(["", ""])
    alice.messages.last.focus()
    alice.presses("Control+z")  # undoes the latest action, not the deletion
    are(["1", "3"])
    alice.sees_no("a slip")
    window.page.bring_to_front()
    window.page.get_by_role("button", name="Mark all as read").click()
    are(["", ""])
    window.reloads()
    are(["", ""])
