"""A browser that denies storage, or has the wrong time."""

from playwright.sync_api import expect

from tests.browser.line import Line
from tests.browser.person import Person

DENY_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB"])
  Object.defineProperty(globalThis, name, {
    get() { throw new DOMException("Denied", "SecurityError"); },
  });
"""
HOURS_26 = 26 * 3_600_000


def test_a_page_without_storage_works_and_says_that_it_keeps_nothing(
    alice: Person, bob: Person, room: str
) -> None:
    alice.page.add_init_script(DENY_STORAGE)
    alice.opens(room)
    expect(alice.toast).to_contain_text("This browser can't save drafts")
    bob.opens(room)
    alice.posts("from memory")
    bob.sees("from memory")
    alice.sees_sent("from memory")
    alice.page.locator("[data-opens=members]").click()
    alice.presses("Control+k")
    expect(alice.page.get_by_role("dialog", name="Go to")).to_be_visible()


def test_a_clock_a_day_ahead_draws_no_extra_day(alice: Person, room: str) -> None:
    alice.page.add_init_script(f"const now = Date.now; Date.now = () => now() + {HOURS_26};")
    line = Line(alice)
    alice.opens(room)
    alice.posts("the first")
    alice.sees_sent("the first")
    line.deaf = True
    alice.posts("on its way")
    alice.sees("on its way")
    expect(alice.page.locator("chat-timeline time[data-part=day]")).to_have_count(1)
    line.deaf = False
