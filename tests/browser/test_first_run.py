"""From an empty folder to two people who talk, by clicks only: what a newcomer does in the first
minutes."""

import time
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.browser.site import NewSite, Site
from tests.conftest import Measure

PASSWORD = "violet-tandem-42"
SECONDS = 60  # from the command to the first answer


def open_next_steps(owner: Person) -> None:
    expect(owner.page.get_by_role("heading", name="Next steps")).to_be_visible()


def test_two_people_talk_a_minute_after_the_first_start(
    chromium: Browser, tmp_path: Path, measure: Measure
) -> None:
    began = time.monotonic()
    site = NewSite(tmp_path, chromium)
    try:
        lines = site.server.lines
        assert lines[:2] == ["Making the database.", "Collecting scripts and styles."]
        link = site.server.wait_for_line("/setup/?token=").strip()
        owner, guest = site.visitor("olga"), site.visitor("ben")
        owner.context.grant_permissions(["clipboard-read", "clipboard-write"])

        owner.page.goto(link)
        owner.fills(username="olga", password1=PASSWORD, password2=PASSWORD, name="Harbour")
        owner.page.get_by_label("Only people with an invitation").check()
        owner.clicks("Create account")
        open_next_steps(owner)

        owner.clicks("Create invitation link")
        owner.clicks("Copy link")
        expect(owner.toast).to_contain_text("Copied.")
        invitation = owner.page.evaluate("navigator.clipboard.readText()")

        guest.page.goto(invitation)
        expect(guest.page.get_by_text("invites you to this site")).to_be_visible()
        guest.clicks("Create account", "link")
        guest.fills(username="ben", password1=PASSWORD, password2=PASSWORD)
        guest.clicks("Create account")
        guest.is_connected()
        guest.posts("Anybody here?")

        owner.clicks("Go to General", "link")
        owner.is_connected()
        owner.sees("Anybody here?")
        owner.posts("Welcome aboard.")
        guest.sees_sent("Welcome aboard.")
        expect(guest.page).to_have_title("General – Harbour")
        took = time.monotonic() - began
        measure(f"first run: two people talk {took:.0f} s after the command")
        assert took < SECONDS

        said = ["Anybody here?", "Welcome aboard."]
        assert [body for _, _, body in site.clerk.messages("general")] == said
        late = site.visitor()
        late.trouble.expect("status of 404")
        late.page.goto(link)
        expect(late.page.get_by_role("heading", level=1)).to_have_text("Page not found")
        assert site.goodbye() == []
    finally:
        site.close()


def test_the_site_s_new_name_and_colour_show_on_open_pages(own_site: Site) -> None:
    link = own_site.server.wait_for_line("/setup/?token=").strip()
    owner, guest = own_site.visitor("olga"), own_site.visitor("ben")
    owner.page.goto(link)
    owner.fills(username="olga", password1=PASSWORD, password2=PASSWORD)
    owner.clicks("Create account")
    open_next_steps(owner)
    guest.signs_up("ben", PASSWORD)
    guest.is_connected()
    accent = "() => getComputedStyle(document.documentElement).getPropertyValue('--accent')"
    before = guest.page.evaluate(accent)

    owner.goes_to("/settings/site/")
    owner.fills(name="Harbour")
    owner.page.get_by_label("Berry").check()
    owner.page.locator("[value=look]").click()
    expect(owner.page.get_by_text("Saved.")).to_be_visible()
    expect(guest.page.locator(".sidebar__site")).to_have_text("Harbour")
    expect(guest.page).to_have_title("General – Harbour")
    guest.page.wait_for_function(f"before => ({accent})() !== before", arg=before)
    expect(guest.page.get_by_role("link", name="New room")).to_be_visible()

    owner.page.get_by_label("Only the people who moderate the site").check()
    owner.page.locator("[value=rooms]").click()
    expect(guest.page.get_by_role("link", name="New room")).to_be_hidden()
