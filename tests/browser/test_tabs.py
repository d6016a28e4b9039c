"""One person with three tabs."""

from playwright.sync_api import expect

from tests.browser.person import GONE, Person
from tests.browser.site import Site


def test_three_tabs_show_the_same_timeline(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    tabs = [alice, alice.another_tab(), alice.another_tab()]
    for tab in tabs:
        tab.opens(room)
    bob.opens(room)
    for n, tab in enumerate(tabs):
        tab.posts(f"from tab {n}")
        bob.sees(f"from tab {n}")
    bob.posts("one")
    bob.posts("two")
    for tab in tabs:
        tab.sees_sent("two")
    tabs[1].deletes("from tab 1")
    tabs[2].edits("from tab 2", "changed in tab 2")
    for tab in (*tabs, bob):
        tab.sees(GONE)
        tab.sees("changed in tab 2")
    first, *others = (tab.timeline for tab in (*tabs, bob))
    assert len(first) == 5
    for other in others:
        assert other == first


def test_reading_in_one_tab_clears_the_badge_in_the_others(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    tabs = [alice, alice.another_tab()]
    for tab in tabs:
        tab.goes_to("/rooms/").is_connected()
    bob.opens(room)
    bob.posts("one")
    bob.posts("two")
    for tab in tabs:
        expect(tab.badge(room)).to_have_text("2")
    alice.another_tab().opens(room).sees("two")
    for tab in tabs:
        expect(tab.badge(room)).to_be_hidden()


def test_signing_out_in_one_tab_sends_the_other_to_log_in(site: Site) -> None:
    alice = site.person("Alice Adams")
    room = site.room(alice)
    alice.opens(room)
    alice.types("half a tho")
    other = alice.another_tab()
    other.opens(room)
    other.clicks("Log out")
    # The next person to sign in here must not be led into one of her rooms.
    expect(other.page).to_have_url(f"{site.address}/accounts/login/")
    expect(alice.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert alice.page.url.endswith(f"?next=%2Frooms%2F{room}%2F")
