"""A hundred and fifty texts that try to run are shown in rooms, lists and the admin. Moderators and
site owners visit every page. As in every test here, a console error or a policy violation fails."""

import re
from collections import deque
from html import unescape
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site
from tests.unit.test_markup_hostile_html import HTML, MARKDOWN

PAYLOADS = [*HTML, *MARKDOWN]
NAMES = [text for text in HTML if len(text) <= 40][::6]
ALIVE = (
    ":is(main, #content, [data-part=rows]) :is(iframe, object, embed, base, math, video, audio,"
    "script:not([src]):not([type$=json]), [onerror], [onload], [onfocus], [onclick], [ontoggle],"
    "[onmouseover], a[href^='javascript:' i], a[href^='data:' i], a[href^='vbscript:' i])"
)
LINK = re.compile(r"""<a\s[^>]*?href=["']([^"']+)""")
VIOLATION = "securitypolicyviolation"


def plain(text: str) -> str:
    """Return the text without the parts that Markdown removes."""
    return " ".join(re.sub(r"[`*_~\\]", "", text).split())


def watched(person: Person) -> list[str]:
    """Record the dialogs that open on a person's page; there must be none."""
    dialogs: list[str] = []

    def note(dialog: object) -> None:
        dialogs.append(person.page.url)
        dialog.dismiss()  # type: ignore[attr-defined]

    person.page.on("dialog", note)
    return dialogs


def test_hostile_texts_are_shown_as_text_everywhere(site: Site) -> None:
    assert len(PAYLOADS) >= 120
    eve = site.person(NAMES[0], staff=True)
    others = [site.person(name) for name in NAMES[1:3]]
    dialogs = watched(eve)
    room = site.room(eve, *others, name=NAMES[3][:60], topic=HTML[1])
    topics = [text for text in HTML if text.isprintable()][::9]
    for topic in topics:
        site.room(eve, name="Lounge of texts", topic=topic)
    site.clerk.open_to_web(room, eve.username)
    site.clerk.post(room, eve.username, *PAYLOADS)
    stored = {number: body for number, _, body in site.clerk.messages(room)}

    for number in range(25, len(PAYLOADS), 50):
        eve.opens(room, number)
        shown = {number: text for number, _, text in eve.timeline}
        for number, text in shown.items():
            if stored[number] in HTML:
                assert plain(text) == plain(stored[number])
        assert eve.page.locator(ALIVE).count() == 0
    eve.goes_to("/rooms/?q=Lounge of texts")
    lobby = plain(eve.page.locator("body").inner_text())
    assert not [topic for topic in topics if plain(topic) not in lobby]

    message, person = site.clerk.message_id(room, 1), site.clerk.ids(room, eve.username)
    for path in (
        *("message/", f"message/{message}/change/", f"message/{message}/delete/", "room/"),
        *(f"room/{person[room]}/change/", f"user/{person[eve.username]}/change/", "user/"),
        *(f"message/?room__id__exact={person[room]}&p=1", "auditentry/", "membership/"),
        f"room/{person[room]}/history/",
    ):
        eve.goes_to(f"/admin/rooms/{path}")
        assert eve.page.locator(ALIVE).count() == 0, path
    visitor = site.visitor()
    told = watched(visitor)
    for path in ("", "1-50/", "51-100/", "101-150/", "7/"):
        visitor.goes_to(f"/web/{room}/{path}")
        expect(visitor.page.locator(".post").first).to_be_visible()
        assert visitor.page.locator(ALIVE).count() == 0, path
    assert eve.page.evaluate("typeof window.pwned") == "undefined"
    assert dialogs == told == []


def test_hostile_texts_are_shown_as_text_to_those_whom_they_concern(site: Site) -> None:
    """In the inbox, as they come and after loading, in the rooms with something unread, and as
    keywords."""
    eve, dora = site.person(NAMES[0]), site.person("Dora Dean")
    dialogs = watched(dora)
    room = site.room(eve, dora, name=NAMES[3][:60])
    direct = site.clerk.make_direct(eve.username, dora.username)
    texts = PAYLOADS[::4]
    site.clerk.post(direct, eve.username, *texts)
    dora.goes_to("/inbox/").is_connected()
    lines = dora.page.locator(".inbox__item")
    expect(lines).to_have_count(len(texts))
    eve.opens(room)
    eve.posts(f"@{dora.username} {texts[0]}")
    expect(lines).to_have_count(len(texts) + 1)
    expect(lines.first).to_contain_text("@Dora Dean")
    assert dora.page.locator(ALIVE).count() == 0
    dora.goes_to("/inbox/unread/").is_connected()
    expect(dora.page.locator(".unread-room")).to_have_count(2)
    assert dora.page.locator(ALIVE).count() == 0

    dora.goes_to("/accounts/notifications/").is_connected()
    words = [text for text in HTML if len(text) <= 50 and text.isprintable()][:3]
    for word in words:
        dora.fills(keyword=word)
        dora.clicks("Add")
        expect(dora.page.locator("main .row").filter(has_text=word)).to_be_visible()
    assert dora.page.locator(ALIVE).count() == 0
    assert dora.page.evaluate("typeof window.pwned") == "undefined"
    assert dialogs == []


def test_every_link_leads_to_a_page_with_the_strict_policy(site: Site) -> None:
    """Follow all links from the lobby and the admin's front page: lists, forms, confirmations,
    histories. One page of each kind. That no page violates it, test_accessible_addresses.py shows:
    it loads all of them."""
    owner, maud = site.person("Olivia Owner", staff=True), site.person("Maud Moderator")
    site.clerk.appoint(maud.username)
    room = site.room(maud, owner, name="Walk")
    site.clerk.open_to_web(room, maud.username)
    site.clerk.post(room, owner.username, "One", "**Two**")
    seen: set[str] = set()
    walk(maud, ["/rooms/", f"/rooms/{room}/", "/admin/"], seen)
    number = site.clerk.ids(room, maud.username)[maud.username]
    forms = ("add/", f"{number}/password/", f"{number}/change/")
    walk(owner, ["/admin/", *(f"/admin/rooms/user/{form}" for form in forms)], seen)
    walk(owner, [f"/admin/rooms/removal/add/?user={maud.username}&scope=site"], seen)
    admin = {
        f"/admin/rooms/{page}"
        for page in (
            *("message/", "message/N/change/", "message/N/delete/", "message/N/history/"),
            *("user/N/change/", "user/N/password/", "ban/add/", "mute/add/"),
        )
    }
    assert {*admin, "/accounts/profile/", "/rooms/R/settings/", f"/web/{room}/"} <= seen, seen
    assert len([path for path in seen if path.startswith("/admin/")]) >= 25, seen


def test_the_scripts_of_the_admin_run_under_its_policy(site: Site, bob: Person) -> None:
    """A person is chosen by part of their name."""
    olivia = site.person("Olivia Owner", staff=True).goes_to("/admin/rooms/ban/add/")
    olivia.page.click(".field-user .select2-selection")
    olivia.page.keyboard.type(bob.username[:-1])
    olivia.page.click(f".select2-results__option:has-text('@{bob.username}')")
    assert olivia.trouble == []
    with olivia.page.expect_console_message(lambda said: VIOLATION in said.text):
        olivia.page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert any(VIOLATION in words for words in olivia.trouble), "the page reports a violation"
    olivia.trouble.forget()


def walk(person: Person, starts: list[str], seen: set[str]) -> None:
    """Follow links, one of each kind: those that differ only in a number or a room are the same
    kind."""
    todo = deque(starts)
    while todo:
        path = todo.popleft()
        kind = re.sub(r"/\d+/", "/N/", re.sub(r"^/rooms/[^/]+/", "/rooms/R/", path))
        if kind in seen or re.search("logout|/export|revoke|csv|/feed/", path):
            continue
        seen.add(kind)
        answer = person.context.request.get(person.address + path)
        assert answer.status == 200, (person.username, path, answer.status)
        if "text/html" not in answer.headers["content-type"]:
            continue
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        links = (
            urlsplit(urljoin(answer.url, unescape(href))) for href in LINK.findall(answer.text())
        )
        todo += [link.path for link in links if person.address.endswith(f"://{link.netloc}")]
