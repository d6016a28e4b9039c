"""axe-core's verdict on the page at every address of the site, in light and dark. As in every test
here, a console error or a violation of the policy fails.

What opens on a page, and its transient states, are in test_accessible.py.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, expect

from tests.browser import test_passkeys
from tests.browser.axe import Inspector, inspecting
from tests.browser.person import Person
from tests.browser.site import EmptySite, Site
from tests.oidc_provider import CLIENT, provider

# An argument in an address: <number:user_id>, or (?P<key>[-:\w]+).
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
ADMIN = "admin/"
PASSWORD = "violet-tandem-42"

# Names of addresses without a page, by the reason.
EXEMPT = {
    "leads elsewhere": {
        *("home", "mfa_reauthenticate_webauthn", "socialaccount_login_cancelled"),
        *("openid_connect_login", "openid_connect_callback"),
    },
    "takes a form": {
        *("room_hide", "member_add", "room_join", "room_leave", "room_update", "room_archive"),
        *("room_web", "room_web_close", "room_convert", "room_pace", "ban_lift", "mute_lift"),
        *("member_role", "member_remove", "member_ban", "member_mute", "invite_create"),
        *("invite_revoke", "set_language", "unignore", "site_emoji_remove", "session_revoke"),
        *("inbox_read", "unread_read", "session_revoke_others", "site_invite", "site_invite_mail"),
    },
    "is for scripts": {
        *("room_members", "people", "emoji_table", "mfa_login_webauthn", "push", "push_key"),
        *("push_test", "push_test_outcome", "files", "file", "file_about"),
    },
    "is for machines": {
        *("web_feed", "robots", "sitemap", "manifest", "service_worker", "healthz", "readyz"),
    },
    "is a file": {
        *("avatar", "emoji", "logo", "accent", "export", "mfa_download_recovery_codes"),
        *("file_content", "file_thumbnail", "preview_picture"),
    },
}
NO_PAGES = set().union(*EXEMPT.values())


# Chromium shows XML with a style sheet of its own, which the policy forbids.
FOR_MACHINES = {"web_feed", "sitemap"}


def routes(
    patterns: Iterable[URLPattern | URLResolver] | None = None, before: str = ""
) -> Iterator[tuple[str, str]]:
    """Return every route in the URLconf with its name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route.replace("^", "").removesuffix("$"), pattern.name or ""


def filled(route: str, arguments: Mapping[str, str]) -> str:
    return "/" + ARGUMENT.sub(lambda found: arguments[found[1] or found[2]], route)


class Walker:
    """A person who visits one address after the other. `seen` holds the names of the addresses
    that had a page, or its status where that wasn't 200."""

    def __init__(self, person: Person, inspector: Inspector) -> None:
        self.person = person
        self.inspector = inspector
        self.seen: set[str] = set()
        person.trouble.expect("status of 40[01345]")  # also from scripts of a page being left

    def goes_to(self, path: str) -> None:
        """Look at the page there. Only a page that wasn't seen yet is loaded."""
        answer = self.person.context.request.get(self.person.address + path)
        if answer.status == 405 or "text/html" not in answer.headers.get("content-type", ""):
            return
        where = urlsplit(answer.url).path
        name = str(resolve(where).view_name if answer.status == 200 else answer.status)
        if name in self.seen:
            return
        self.seen.add(name)
        self.person.goes_to(path)
        self.inspector.looks_at(self.person, f"{where} as {self.person.username or 'nobody'}")


def admin_paths(objects: Mapping[str, str]) -> Iterator[str]:
    """Yield the admin's addresses, each with an object of its kind."""
    others = {"content_type_id": "1", "app_label": "rooms", "url": "nowhere", "kind": "json"}
    for route, _ in routes():
        if route.startswith(ADMIN):
            model = [*route.split("/"), ""][2]
            own = dict.fromkeys(("object_id", "id", "pk"), objects.get(model, "0"))
            yield filled(route, {**others, **own})


@pytest.fixture(scope="module")
def shapes() -> set[str]:
    return set()


@pytest.fixture
def inspector(shapes: set[str]) -> Iterator[Inspector]:
    """Of pages that differ only in their words, one is inspected by all of these tests together."""
    yield from inspecting(shapes)


@pytest.fixture
def olga(site: Site) -> Person:
    return site.person("Olga Olsen", staff=True)


@pytest.fixture
def objects(site: Site, olga: Person) -> dict[str, str]:
    """One object of each model in the admin: its key, by model name."""
    bob = site.person("Bob Brown")  # not shared: he gets muted
    return site.clerk.furnish_desk(site.room(olga, bob), olga.username, bob.username)


@pytest.mark.parametrize("page", ["changelist", "change"])
def test_every_page_of_the_admin_is_accessible(
    olga: Person, objects: dict[str, str], inspector: Inspector, page: str
) -> None:
    """The admin as a superuser sees it: the pages of one object each, and all others."""
    walker = Walker(olga, inspector)
    for path in admin_paths(objects):
        is_of_one = any(f"/{key}/" in path for key in objects.values())
        if is_of_one == (page == "change"):
            walker.goes_to(path)
    for options in admin.site._registry.values():
        name = f"admin:{options.opts.label_lower.replace('.', '_')}_{page}"
        # There is only one installation, and its list redirects to it.
        assert name in walker.seen or name.endswith("_installation_changelist")


def test_the_admin_is_accessible_as_a_moderator_sees_it(
    site: Site, objects: dict[str, str], inspector: Inspector
) -> None:
    """The admin as a moderator sees it, who has fewer rights and so other forms."""
    maud = site.person("Maud Moderator")
    site.clerk.appoint(maud.username)
    walker = Walker(maud, inspector)
    for path in admin_paths(objects):
        if path.endswith("/change/") or path.count("/") == 4:
            walker.goes_to(path)
    assert len(walker.seen) > 20, walker.seen


# Parts of the URLconf, by the beginning of their routes: a test for each.
PARTS = {
    "rooms": re.compile("rooms/|web/|invite/"),
    "who they are": re.compile("accounts/(log|sign|inactive|reauth|email|password)"),
    "their factors": re.compile("accounts/(factors|passkeys|oidc)"),
    "their settings": re.compile(
        "accounts/(?!(log|sign|inactive|reauth|email|password|factors|passkeys|oidc))"
    ),
    "site": re.compile("(?!rooms/|web/|invite/|accounts/|admin/)"),
}


@pytest.mark.parametrize("part", PARTS)
def test_every_page_of_the_chat_and_the_accounts_is_accessible(
    site: Site, inspector: Inspector, part: str
) -> None:
    """The pages as a room's owner sees them, as a member with a second factor, as the owner of the
    site, who isn't in the room, and as a visitor."""
    alice, fred = site.person("Alice Adams"), site.person("Fred Factor")
    olga = site.person("Olga Olsen", staff=True)
    room = site.room(alice, fred)
    site.clerk.open_to_web(room, alice.username)
    site.clerk.post(room, fred.username, "A line")
    keys = site.clerk.furnish_account(fred.username)
    for person in (alice, fred, olga):
        site.lets_in(person, site.clerk.recent_session(person.username))
    arguments = {
        "slug": room,
        "token": site.clerk.make_invite(room, alice.username),
        "name": f"{'0' * 32}.webp",
        "span": "1-50",
        "upload_id": "0" * 22,
        **dict.fromkeys(("colour", "mark"), "0" * 8),
        **dict.fromkeys(("number", "user_id", "ban_id", "mute_id", "invite_id"), "1"),
        **dict.fromkeys(("session_id", "pk"), "1"),
        "uidb36": keys["uid"],
        "seal": keys["unsubscribe"],
    }
    walkers = [Walker(person, inspector) for person in (site.visitor(), alice, fred, olga)]
    mine = [(route, name) for route, name in routes() if PARTS[part].match(route)]
    for route, name in mine:
        if name in FOR_MACHINES:
            continue
        arguments["key"] = keys["reset" if "uidb36" in route else "confirmation"]
        for walker in walkers:
            walker.goes_to(filled(route, arguments))
    seen = set().union(*(walker.seen for walker in walkers))
    names = {name for _, name in mine}
    assert names - seen == names & (NO_PAGES | {*ELSEWHERE})


def test_every_address_belongs_to_one_part() -> None:
    for route, _ in routes():
        parts = [part for part in PARTS.values() if part.match(route)]
        assert len(parts) == (not route.startswith(ADMIN)), route
    named = {name for _, name in routes()}
    assert named >= NO_PAGES | {*ELSEWHERE}


def test_set_up_provider_and_staff_factor_pages_are_accessible(
    chromium: Browser, tmp_path: Path, inspector: Inspector
) -> None:
    with provider() as harbour:
        harbour.claims = {"sub": "u-7", "preferred_username": "grace", "email": "g@example.com"}
        names = ("OIDC_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "STAFF_MFA")
        values = (harbour.url, *CLIENT, "Harbour", "on")
        site = EmptySite(tmp_path, chromium, **dict(zip(names, values, strict=True)))
        try:
            link = site.server.wait_for_line("/setup/?token=").strip()
            owner, grace = site.visitor("owner"), site.visitor("grace")
            owner.goes_to(link[link.index("/setup/") :])
            inspector.looks_at(owner, "setup")
            owner.fills(username="owner", password1=PASSWORD, password2=PASSWORD)
            owner.clicks("Create account")
            expect(owner.page).to_have_url(f"{site.address}/settings/site/next/")
            inspector.looks_at(owner, "next steps")
            owner.clicks("Create invitation link")
            owner.page.get_by_text("Show QR code").click()
            inspector.looks_at(owner, "an invitation")
            owner.trouble.expect("status of 403")
            owner.goes_to("/admin/")
            inspector.looks_at(owner, "a second factor is needed")

            grace.goes_to("/accounts/login/")
            inspector.looks_at(grace, "log-in with a button more")
            grace.clicks(re.compile("Log in with"))
            expect(grace.page.get_by_text("Almost done: choose a username.")).to_be_visible()
            inspector.looks_at(grace, "sign-up of somebody who is known there")
            grace.fills(username="grace")
            grace.clicks("Create account")
            for path in ("accounts/oidc", "accounts/password/set", "accounts/profile"):
                grace.goes_to(f"/{path}/")
                expect(grace.page).to_have_url(f"{site.address}/{path}/")
                inspector.looks_at(grace, path)
            assert site.goodbye() == []
        finally:
            site.close()


# Templates of pages without an address of their own, with their contexts.
IN_PASSING: dict[str, dict[str, object]] = {
    "socialaccount/leaving.html": {"url": "/elsewhere"},
    "400.html": {},
    "403.html": {},
    "429.html": {},
    "500.html": {},
    "503.html": {},
    "rooms/banned.html": {"reason": "Adverts."},
    "account/signup_closed.html": {"by_invite": True},
    "socialaccount/authentication_error.html": {"is_away": True},
}


@pytest.mark.parametrize("template", IN_PASSING)
def test_transient_and_error_pages_are_accessible(
    site: Site, inspector: Inspector, template: str
) -> None:
    """Rendered outside the server, which shows them only in trouble."""
    visitor = site.visitor()
    page = site.clerk.render(template, IN_PASSING[template])
    visitor.page.route("**/trouble", lambda route: route.fulfill(body=page, status=200))
    visitor.page.route("**/elsewhere", lambda route: route.fulfill(status=204))
    visitor.goes_to("/trouble")
    inspector.looks_at(visitor, template)


# Pages that need more than an address, and the test that inspects each.
_PASSKEYS = test_passkeys.test_a_passkey_logs_in_alone_and_as_a_second_factor
_PROVIDER = test_set_up_provider_and_staff_factor_pages_are_accessible
ELSEWHERE: dict[str, Callable[..., None]] = {
    **dict.fromkeys(("mfa_authenticate", "mfa_remove_webauthn"), _PASSKEYS),
    **dict.fromkeys(("setup", "account_set_password"), _PROVIDER),
    "socialaccount_signup": _PROVIDER,
}


def test_addresses_inspected_by_other_tests_are_inspected_there() -> None:
    for test in ELSEWHERE.values():
        assert "inspector" in inspect.signature(test).parameters
