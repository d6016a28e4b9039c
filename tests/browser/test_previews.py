"""What links lead to is shown below a message: pages elsewhere, and messages of this site."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.axe import Inspector
from tests.browser.conftest import _visited
from tests.browser.person import Person
from tests.browser.site import Site
from tests.elsewhere import Elsewhere, elsewhere

TOP = "node => node.getBoundingClientRect().top"
LOADED = "image => image.complete && image.naturalWidth > 0"


@pytest.fixture(scope="module")
def web() -> Iterator[Elsewhere]:
    with elsewhere() as site:
        yield site


@pytest.fixture(scope="module")
def fetching_site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that may fetch from this machine."""
    data = tmp_path_factory.mktemp("fetching-site")
    site = Site(data, chromium, OUTGOING_ALLOW="127.0.0.1/32")
    yield site
    site.close()


@pytest.fixture
def site(fetching_site: Site) -> Iterator[Site]:
    yield from _visited(fetching_site)


def card(message: Locator) -> Locator:
    return message.locator(".preview")


def test_both_see_the_card_and_only_the_author_and_moderators_can_remove_it(
    site: Site, web: Elsewhere, room: str, alice: Person, bob: Person, inspector: Inspector
) -> None:
    carol = site.person("Carol Clark")
    image = web.picture("/a.png", (1200, 600))
    url = web.page(
        "/story", "x", title="A story", description="Of a link.", site_name="News", image=image
    )
    for person in (alice, bob, carol):
        person.opens(room)
    bob.posts(f"Look {url}")
    for person in (alice, bob):
        shown = card(person.sees("Look"))
        expect(shown).to_contain_text("A story")
        expect(shown).to_contain_text("Of a link.")
        expect(shown.locator("a")).to_have_attribute("href", url)
        picture = shown.locator("img")
        picture.evaluate("image => image.decode()")
        assert picture.evaluate(LOADED)
        assert picture.get_attribute("src").startswith("/previews/")  # type: ignore[union-attr]
        shown.hover()
        expect(shown.get_by_role("button", name="Remove preview")).to_be_visible()
    inspector.looks_at(alice, "a message with a preview", "chat-timeline")
    expect(card(carol.sees("Look"))).to_be_visible()
    expect(carol.page.get_by_role("button", name="Remove preview")).to_have_count(0)
    card(bob.message("Look")).hover()
    bob.clicks("Remove preview")
    for person in (alice, bob, carol):
        expect(card(person.message("Look"))).to_have_count(0)
    expect(bob.toast).to_contain_text("Preview removed.")


def test_what_other_sites_write_is_only_ever_text(
    site: Site, web: Elsewhere, room: str, alice: Person, bob: Person
) -> None:
    evil = "&lt;img src=x onerror=&quot;document.title=1&quot;&gt;"
    url = web.page("/evil", evil, title=evil, description=evil, site_name=evil)
    alice.opens(room)
    site.clerk.post(room, bob.username, f"See {url}")
    shown = card(alice.sees("See"))
    expect(shown.locator(".preview__title")).to_have_text('<img src=x onerror="document.title=1">')
    expect(shown.locator("img")).to_have_count(0)
    assert alice.page.title() != "1"


def test_a_card_that_comes_moves_nothing_that_is_being_read(
    site: Site, web: Elsewhere, room: str, alice: Person, bob: Person
) -> None:
    """Neither at the end of the conversation nor above what is on the screen."""
    image = web.picture("/b.png", (1200, 600))
    old, new = (web.page(f"/{name}", name, image=image) for name in ("old", "new"))
    web.seconds = 1.0
    try:
        alice.opens(room)
        site.clerk.post(room, bob.username, f"First {old}", *(f"line {n}" for n in range(60)))
        last = alice.sees("line 59")
        before = last.evaluate(TOP)
        expect(card(alice.message("First"))).to_have_count(1)
        alice.message("First").locator("img").wait_for(state="attached")
        assert abs(last.evaluate(TOP) - before) < 1
        bob.opens(room)
        bob.posts(f"Last {new}")
        expect(card(alice.sees("Last"))).to_be_in_viewport(ratio=0.99)
    finally:
        web.seconds = 0


def test_the_place_of_a_picture_is_kept_before_it_is_loaded(
    site: Site, web: Elsewhere, room: str, alice: Person, bob: Person
) -> None:
    sizes = {"wide": (1200, 600), "tall": (300, 900), "small": (120, 120)}
    urls = [web.picture(f"/{name}.png", size) for name, size in sizes.items()]
    urls += [web.page(f"/p-{name}", name, image=f"/{name}.png") for name in sizes]
    site.clerk.post(room, bob.username, " ".join(urls[:3]), " ".join(urls[3:]))
    alice.opens(room)
    # Of one host, so many are fetched at a time; the others wait for some seconds.
    expect(alice.page.locator(".preview")).to_have_count(6, timeout=30_000)
    alice.page.locator(".preview img").first.evaluate("image => image.decode()")
    alice.page.route("**/previews/*", lambda route: None)  # they never come
    alice.reloads()
    pictures = alice.page.locator(".preview img")
    expect(pictures).to_have_count(6)
    waiting = pictures.evaluate_all("all => all.map(one => [one.offsetWidth, one.offsetHeight])")
    assert waiting == [[400, 200], [87, 261], [120, 120], [400, 200], [72, 72], [72, 72]]
    alice.page.unroute("**/previews/*")
    alice.reloads()
    expect(pictures).to_have_count(6)
    for at in range(6):
        pictures.nth(at).scroll_into_view_if_needed()
        pictures.nth(at).evaluate("image => image.decode()")
    sizes_now = pictures.evaluate_all("all => all.map(one => [one.offsetWidth, one.offsetHeight])")
    assert sizes_now == waiting


def test_a_person_hides_previews_in_all_their_tabs_at_once(
    site: Site, web: Elsewhere, bob: Person
) -> None:
    alice = site.person("Alice Adams")
    room = site.room(alice, bob)
    url = web.page("/hidden", "Hidden")
    alice.opens(room)
    site.clerk.post(room, bob.username, f"See {url}")
    expect(card(alice.sees("See"))).to_be_visible()
    other = alice.another_tab().goes_to("/accounts/appearance/").is_connected()
    other.page.locator("fieldset", has_text="Previews of links").get_by_label("Hide").check()
    expect(card(alice.message("See"))).to_be_hidden()
    alice.reloads()
    expect(card(alice.sees("See"))).to_be_hidden()
    other.page.locator("fieldset", has_text="Previews of links").get_by_label("Show").check()
    expect(card(alice.message("See"))).to_be_visible()


def test_the_owner_turns_previews_off_for_the_site(
    site: Site, web: Elsewhere, room: str, bob: Person
) -> None:
    owner = site.person("Olive Owner", staff=True)
    owner.goes_to("/settings/site/")
    form = owner.page.locator("form", has=owner.page.get_by_label("Show previews of links"))
    try:
        form.get_by_label("Show previews of links").uncheck()
        form.get_by_role("button", name="Save").click()
        bob.opens(room)
        bob.posts(web.page("/never", "Never"))
        bob.sees_sent("/never")
    finally:
        owner.goes_to("/settings/site/")
        form.get_by_label("Show previews of links").check()
        form.get_by_role("button", name="Save").click()
    bob.reloads()
    bob.posts(web.page("/again", "Again"))
    expect(card(bob.sees("/again"))).to_be_visible()
    assert web.times("/never") == 0


def test_a_link_to_a_message_shows_it_to_whoever_may_read_it(
    site: Site, room: str, alice: Person, bob: Person, inspector: Inspector
) -> None:
    secret = site.room(alice, name="Merger plans", kind="private")
    site.clerk.post(secret, alice.username, "We **buy** them.")
    site.clerk.post(room, alice.username, f"As said: {site.address}/rooms/{secret}/1/")
    for person in (alice, bob):
        person.opens(room)
    quoted = alice.sees("As said").locator(".linked")
    expect(quoted).to_contain_text("We buy them.")
    expect(quoted).to_contain_text("Alice Adams")
    expect(quoted).to_contain_text("◆Merger plans")
    inspector.looks_at(alice, "a message with a quoted one", "chat-timeline")
    bob.sees("As said")
    bob.posts("I see nothing")
    bob.sees_sent("I see nothing")
    expect(bob.page.locator(".linked")).to_have_count(0)
    assert "buy" not in bob.page.content()
    quoted.click()
    alice.page.wait_for_url(f"**/rooms/{secret}/1/")
    alice.sees("We buy them.")


def test_a_link_within_the_room_follows_its_message_and_jumps_to_it(
    site: Site, room: str, alice: Person, bob: Person
) -> None:
    site.clerk.post(room, alice.username, "The source.", *(f"line {n}" for n in range(40)))
    alice.opens(room)
    bob.opens(room)
    bob.posts(f"See {site.address}/rooms/{room}/1/")
    for person in (alice, bob):
        quoted = person.sees("See").locator(".linked")
        expect(quoted).to_contain_text("The source.")
    quoted.click()
    expect(bob.message("The source.")).to_be_in_viewport()


def test_cards_fit_a_phone_and_hebrew(
    site: Site, web: Elsewhere, tmp_path: Path, bob: Person
) -> None:
    alice = site.person("Alice Adams", viewport={"width": 390, "height": 844}, locale="he-IL")
    room = site.room(alice, bob)
    image = web.picture("/c.png", (1200, 600))
    long = "Donaudampfschifffahrtsgesellschaft" * 5
    urls = [
        web.page("/long", long, title=long, description=long * 3, site_name=long, image=image),
        web.page("/he", "x", title="כותרת בעברית", description="תיאור", image="/small.png"),
    ]
    web.picture("/small.png", (120, 120))
    site.clerk.post(room, bob.username, *urls)
    alice.opens(room)
    expect(alice.page.locator(".preview")).to_have_count(2)
    width = alice.page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 390
    for shown in alice.page.locator(".preview").all():
        box = shown.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
