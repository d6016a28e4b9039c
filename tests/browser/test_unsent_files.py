"""Files that aren't sent yet: offline, in a killed tab, in a full browser, and with a moderator."""

import re
import signal

import pytest
from playwright.sync_api import Request, expect

from tests.browser.crashing import crash
from tests.browser.person import Person
from tests.browser.site import AWAY, Site
from tests.browser.test_installation import READ
from tests.browser.test_sending_files import (
    MIB,
    PART,
    Tunnel,
    attachments,
    chooses,
    document,
    picture,
    ready,
    tray,
)
from tests.processes import eventually

OFFLINE = "ERR_INTERNET_DISCONNECTED|WebSocket connection"
COUNT = """
(name) => new Promise((resolve) => {
  const opening = indexedDB.open("chatsite");
  opening.onsuccess = () => {
    const asked = opening.result.transaction(name).objectStore(name).count();
    asked.onsuccess = () => resolve(opening.result.close() ?? asked.result);
  };
})
"""
ARE_FETCHED = """
["uploads", "tray-view", "voice-recorder"].every((chunk) =>
  performance.getEntriesByType("resource").some(({ name, responseEnd }) =>
    name.includes(`/${chunk}.`) && responseEnd > 0))
"""


def kept(person: Person, what: str) -> int:
    """Count the person's `files`, `contents` or `posts` that their browser keeps."""
    return int(person.page.evaluate(COUNT, what))


@pytest.fixture
def alice(site: Site) -> Person:
    """Not the shared one: these tests leave drafts behind, and break her tabs."""
    return site.person("Alice Adams")


def test_a_first_file_that_is_added_offline_waits_in_sight_and_is_sent_later(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.trouble.expect(OFFLINE)
    bob.opens(room)
    alice.opens(room)
    eventually(lambda: bool(alice.page.evaluate(ARE_FETCHED)))
    alice.context.set_offline(True)
    chooses(alice, picture())
    expect(tray(alice)).to_contain_text("cat.png")
    alice.posts("from the train")
    waiting = alice.sees("from the train")
    expect(waiting).to_have_attribute("data-state", "pending")
    expect(waiting.locator(".picture--loaded")).to_have_count(1)
    alice.context.set_offline(False)
    alice.sees_sent("from the train", within=20)
    attachments(bob)


def test_a_killed_tab_s_file_is_finished_by_the_next_from_the_last_part(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    tunnel = Tunnel(alice, after=1)
    file = document("film.bin", PART + 5)
    chooses(alice, file)
    alice.posts("the film")
    eventually(lambda: tunnel.is_full)
    eventually(lambda: (kept(alice, "contents"), kept(alice, "posts")) == (1, 1))
    crash(alice)
    again = alice.another_tab()
    offsets: list[str] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(request.headers["upload-offset"])

    again.page.on("request", note)
    again.opens(room).sees_sent("the film", within=30)
    assert offsets == [str(PART)]
    bob.opens(room)
    link = attachments(bob).locator("a[download]").get_attribute("href")
    assert bob.context.request.get(f"{site.address}{link}").body() == file["buffer"]
    eventually(lambda: kept(again, "contents") == 0)


def test_a_browser_that_is_full_sends_a_file_all_the_same_and_asks_before_it_would_be_lost(
    site: Site, alice: Person, room: str
) -> None:
    alice.opens(room)
    alice.types("look")  # the page was used, or it may not ask
    wire = alice.context.new_cdp_session(alice.page)
    wire.send("Storage.overrideQuotaForOrigin", {"origin": site.address, "quotaSize": MIB})
    tunnel = Tunnel(alice)
    chooses(alice, document("film.bin", 3 * MIB))
    eventually(lambda: tunnel.is_full)
    with alice.page.expect_event("dialog") as asked:
        alice.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    tunnel.ends()
    ready(alice)
    assert kept(alice, "contents") == 0
    alice.composer.press("Enter")
    alice.sees_sent("look")
    attachments(alice)
    expect(alice.toast).to_be_hidden()


def test_a_held_message_keeps_its_files_until_it_is_approved_or_rewritten(
    site: Site, alice: Person, bob: Person
) -> None:
    olga = site.person("Olga Olsen", staff=True)
    room = site.room(bob, alice)  # whoever owns it isn't held up
    alice.trouble.expect("404")  # the server is asked for the file of what was refused
    site.clerk.hold(room, olga.username, "watches")
    bob.opens(room)
    alice.opens(room)
    for body in ("Cheap watches", "Better watches"):
        chooses(alice, picture())
        ready(alice)
        alice.posts(body)
        held = alice.sees(body)
        expect(held).to_have_attribute("data-state", "held")
        expect(held.locator(".picture--loaded")).to_have_count(1)
        expect(tray(alice)).to_have_count(0)
    alice.reloads()
    expect(alice.sees("Cheap watches").locator(".picture--loaded")).to_have_count(1)
    bob.sees_no("Cheap watches")
    site.clerk.review(olga.username, "Cheap watches")
    for person in (alice, bob):
        approved = person.sees_sent("Cheap watches")
        expect(approved.locator(".picture--loaded")).to_have_count(1)

    site.clerk.review(olga.username, "Better watches", refuse="No adverts.")
    expect(alice.unsent).to_contain_text("No adverts.")
    expect(alice.unsent).to_contain_text("cat.png")
    alice.unsent.get_by_role("button", name="Edit").click()
    expect(alice.composer).to_have_value("Better watches")
    expect(tray(alice)).to_have_count(1)
    alice.posts("A clock")
    for person in (alice, bob):
        rewritten = person.sees_sent("A clock")
        expect(rewritten.locator(".picture--loaded")).to_have_count(1)
    eventually(lambda: kept(alice, "contents") == 0)


def test_without_a_server_the_page_names_the_files_that_wait(mortal_site: Site) -> None:
    site = mortal_site
    dora = site.person("Dora Dean", service_workers="allow")
    dora.trouble.expect(AWAY)
    here, there = site.room(dora, name="Kitchen"), site.room(dora, name="Cellar")
    for room in (here, there):
        site.clerk.post(room, dora.username, "Hello")
    dora.goes_to("/rooms/").is_connected().has_a_service_worker()
    dora.opens(there)
    chooses(dora, document("plan.pdf"), document("costs.ods"))
    ready(dora, 2)
    eventually(lambda: [there, 1] in dora.page.evaluate(READ))
    dora.opens(here)
    eventually(lambda: [here, 1] in dora.page.evaluate(READ))
    chooses(dora, document("half.bin"))
    ready(dora)
    site.end_server(signal.SIGKILL)
    expect(dora.page.locator("html:not([data-connection=open])")).to_be_attached()
    dora.posts("Both halves")
    expect(dora.sees("Both halves")).to_have_attribute("data-state", "pending")
    chooses(dora, document("rest.bin"))
    expect(tray(dora)).to_contain_text("rest.bin")
    eventually(lambda: (kept(dora, "contents"), kept(dora, "posts")) == (4, 1))
    dora.page.reload()
    waiting = dora.page.locator(".offline__messages article", has_text="Both halves")
    expect(waiting).to_contain_text("half.bin")
    expect(dora.page.locator("#room [data-part=draft-files]")).to_have_text("rest.bin")
    draft = dora.page.get_by_role("listitem").filter(has_text="Cellar")
    expect(draft.first).to_contain_text(re.compile(r"Draft\s*plan.pdf and costs.ods"))
    dora.goes_to(f"/rooms/{there}/")
    post = dora.page.get_by_role("listitem").filter(has_text="Both halves")
    expect(post).to_contain_text("half.bin")
    expect(dora.page.locator("#room [data-part=draft-files]")).to_have_text(
        "plan.pdf and costs.ods"
    )
