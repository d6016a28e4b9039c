"""A hundred and fifty texts that would run if they could: in rooms, lists and the admin they are
shown. Every page is walked, by a moderator and by an owner of the site. As in every test here, a
console error or a violation of the policy fails."""

import re
from collections import deque

from playwright.sync_api import Error

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
VIOLATION = "securitypolicyviolation"


def plain(text: str) -> str:
    """Without what Markdown takes out of it."""
    return " ".join(re.sub(r"[`*_~\\]", "", text).split())


def watched(person: Person) -> list[str]:
    """The dialogs that open on their page; there are to be none."""
    dialogs: list[str] = []

    def note(dialog: object) -> None:
        dialogs.append(person.page.url)
        dialog.dismiss()  # type: ignore[attr-defined]

    person.page.on("dialog", note)
    return dialogs


def test_hostile_texts_are_shown_in_every_place(site: Site) -> None:
    assert len(PAYLOADS) >= 120
    eve = site.person(NAMES[0], staff=True)
    others = [site.person(name) for name in NAMES[1:3]]
    dialogs = watched(eve)
    room = site.room(eve, *others, name=NAMES[3][:60], topic=HTML[1])
    topics = [text for text in HTML if text.isprintable()][::9]
    for topic in topics:
        site.room(eve, name="Lounge of texts", topic=topic)
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
    assert eve.page.evaluate("typeof window.pwned") == "undefined"
    assert dialogs == []


def test_no_page_of_the_site_breaks_its_policy(site: Site) -> None:
    """Whatever links lead to from the lobby and from the admin's front page: lists, forms,
    confirmations, histories. One page of each kind."""
    owner, maud = site.person("Olivia Owner", staff=True), site.person("Maud Moderator")
    site.clerk.appoint(maud.username)
    room = site.room(maud, owner, name="Walk")
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
    assert {*admin, "/accounts/profile/", "/rooms/R/settings/"} <= seen, seen
    assert len([path for path in seen if path.startswith("/admin/")]) >= 25, seen


def test_the_scripts_of_the_admin_run_under_its_policy(site: Site, bob: Person) -> None:
    """A person is chosen by a part of their name."""
    olivia = site.person("Olivia Owner", staff=True).goes_to("/admin/rooms/ban/add/")
    olivia.page.click(".field-user .select2-selection")
    olivia.page.keyboard.type(bob.username[:-1])
    olivia.page.click(f".select2-results__option:has-text('@{bob.username}')")
    assert olivia.trouble == []
    with olivia.page.expect_console_message(lambda said: VIOLATION in said.text):
        olivia.page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert any(VIOLATION in words for words in olivia.trouble), "this is how one is heard"
    olivia.trouble.forget()


def walk(person: Person, starts: list[str], seen: set[str]) -> None:
    """Follow links, one of each kind: those that differ in a number or a room only lead to one."""
    todo = deque(starts)
    while todo:
        path = todo.popleft()
        kind = re.sub(r"/\d+/", "/N/", re.sub(r"^/rooms/[^/]+/", "/rooms/R/", path))
        if kind in seen or re.search("logout|/export|revoke|csv", path):
            continue
        seen.add(kind)
        try:
            answer = person.page.goto(person.address + path)
        except Error as error:
            if "Download" not in str(error):
                raise
            continue
        assert answer is not None
        assert answer.status == 200, (person.username, path, answer.status)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        todo += person.page.evaluate(
            "() => [...document.querySelectorAll('a[href]')].filter("
            "link => link.origin === location.origin).map(link => link.pathname)"
        )
