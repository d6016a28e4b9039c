"""Every address of the site, with the page that is there as axe-core judges it, light and dark.

What opens on a page, and what a page looks like in the midst of things, is in test_accessible.py.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, Error, expect

from tests.browser import test_passkeys
from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import EmptySite, Site
from tests.oidc_provider import CLIENT, provider

# An argument in an address: <number:user_id>, or (?P<key>[-:\w]+).
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
ADMIN = "admin/"
PASSWORD = "violet-tandem-42"

# A form goes there, a script asks there, or a file comes from there; or it only leads elsewhere.
NO_PAGES = {
    *("home", "direct", "room_join", "room_leave", "room_update", "room_archive"),
    *("room_pace", "ban_lift", "mute_lift", "room_members", "member_role", "member_remove"),
    *("member_ban", "member_mute", "invite_create", "invite_revoke", "people", "avatar"),
    *("manifest", "service_worker", "healthz", "readyz", "set_language", "unignore", "export"),
    *("session_revoke", "session_revoke_others", "mfa_download_recovery_codes"),
    *("mfa_login_webauthn", "mfa_reauthenticate_webauthn", "socialaccount_login_cancelled"),
    *("openid_connect_login", "openid_connect_callback"),
}


def routes(
    patterns: Iterable[URLPattern | URLResolver] | None = None, before: str = ""
) -> Iterator[tuple[str, str]]:
    """Everything in the URLconf: route and name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route.replace("^", "").removesuffix("$"), pattern.name or ""


def filled(route: str, arguments: Mapping[str, str]) -> str:
    return "/" + ARGUMENT.sub(lambda found: arguments[found[1] or found[2]], route)


class Walker:
    """Somebody who goes to one address after the other. `seen` are the names of the addresses where
    there was a page, or its status, where that isn't 200."""

    def __init__(self, person: Person, inspector: Inspector) -> None:
        self.person = person
        self.inspector = inspector
        self.seen: set[str] = set()
        person.trouble.expect("status of 40[01345]")  # scripts of a page that is left, too

    def goes_to(self, path: str) -> None:
        try:
            answer = self.person.page.goto(self.person.address + path)
        except Error as error:
            if "Download" not in str(error):
                raise
            return
        assert answer is not None
        if answer.status == 405 or "text/html" not in answer.headers.get("content-type", ""):
            return
        where = str(self.person.page.evaluate("location.pathname"))
        name = str(resolve(where).view_name if answer.status == 200 else answer.status)
        if name not in self.seen:
            self.seen.add(name)
            self.inspector.looks_at(self.person, f"{where} as {self.person.username or 'nobody'}")


def of_the_admin(objects: Mapping[str, str]) -> Iterator[str]:
    """The admin's addresses, each with an object of its kind."""
    others = {"content_type_id": "1", "app_label": "rooms", "url": "nowhere", "kind": "json"}
    for route, _ in routes():
        if route.startswith(ADMIN):
            model = [*route.split("/"), ""][2]
            own = dict.fromkeys(("object_id", "id", "pk"), objects.get(model, "0"))
            yield filled(route, {**others, **own})


@pytest.fixture
def olga(site: Site) -> Person:
    return site.person("Olga Olsen", staff=True)


@pytest.fixture
def objects(site: Site, olga: Person) -> dict[str, str]:
    """One of each thing that the admin has pages for: its key, by the name of its model."""
    bob = site.person("Bob Brown")  # no regular: he is muted
    return site.clerk.furnish_desk(site.room(olga, bob), olga.username, bob.username)


def test_every_page_of_the_admin(
    olga: Person, objects: dict[str, str], inspector: Inspector
) -> None:
    """As a superuser sees it."""
    walker = Walker(olga, inspector)
    for path in of_the_admin(objects):
        walker.goes_to(path)
    for options in admin.site._registry.values():
        name = f"admin:{options.opts.label_lower.replace('.', '_')}"
        assert f"{name}_change" in walker.seen
        # There is one installation, whose list leads to it.
        assert f"{name}_changelist" in walker.seen or "installation" in name


def test_the_lists_and_objects_of_the_admin_as_a_moderator_sees_them(
    site: Site, objects: dict[str, str], inspector: Inspector
) -> None:
    """Who may do less, and so has other forms."""
    maud = site.person("Maud Moderator")
    site.clerk.appoint(maud.username)
    walker = Walker(maud, inspector)
    for path in of_the_admin(objects):
        if path.endswith("/change/") or path.count("/") == 4:
            walker.goes_to(path)
    assert len(walker.seen) > 20, walker.seen


def test_every_page_of_the_chat_and_of_accounts(site: Site, inspector: Inspector) -> None:
    """As the owner of a room sees it, as somebody with a second factor, and as a stranger."""
    alice, fred = site.person("Alice Adams"), site.person("Fred Factor")
    room = site.room(alice, fred)
    site.clerk.post(room, fred.username, "A line")
    keys = site.clerk.furnish_account(fred.username)
    for person in (alice, fred):
        site.lets_in(person, site.clerk.recent_session(person.username))
    arguments = {
        "slug": room,
        "token": site.clerk.make_invite(room, alice.username),
        "name": f"{'0' * 32}.webp",
        **dict.fromkeys(("number", "user_id", "ban_id", "mute_id", "invite_id"), "1"),
        **dict.fromkeys(("session_id", "pk"), "1"),
        "uidb36": keys["uid"],
    }
    walkers = [Walker(person, inspector) for person in (site.visitor(), alice, fred)]
    for route, _ in routes():
        if route.startswith(ADMIN):
            continue
        arguments["key"] = keys["reset" if "uidb36" in route else "confirmation"]
        for walker in walkers:
            walker.goes_to(filled(route, arguments))
    seen = set().union(*(walker.seen for walker in walkers))
    names = {name for route, name in routes() if not route.startswith(ADMIN)}
    assert names - seen == NO_PAGES | {*ELSEWHERE}


def test_a_site_that_is_set_up_with_a_provider_and_strict_with_its_staff(
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
            owner.clicks("Make the account")
            expect(owner.page).to_have_url(f"{site.address}/rooms/")
            owner.trouble.expect("status of 403")
            owner.goes_to("/admin/")
            inspector.looks_at(owner, "a second factor is needed")

            grace.goes_to("/accounts/login/")
            inspector.looks_at(grace, "log-in with a button more")
            grace.clicks(re.compile("Log in with"))
            expect(grace.page.get_by_text("Only your name is left to choose.")).to_be_visible()
            inspector.looks_at(grace, "sign-up of somebody who is known there")
            grace.fills(username="grace")
            grace.clicks("Make the account")
            for path in ("accounts/oidc", "accounts/password/set", "accounts/profile"):
                grace.goes_to(f"/{path}/")
                expect(grace.page).to_have_url(f"{site.address}/{path}/")
                inspector.looks_at(grace, path)
            assert site.goodbye() == []
        finally:
            site.close()


# The templates of pages that no address leads to at once, with what they are told.
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
def test_what_is_there_for_a_moment_or_when_something_goes_wrong(
    site: Site, inspector: Inspector, template: str
) -> None:
    """Rendered beside the server, which shows them only when it must."""
    visitor = site.visitor()
    page = site.clerk.render(template, IN_PASSING[template])
    visitor.page.route("**/trouble", lambda route: route.fulfill(body=page, status=200))
    visitor.page.route("**/elsewhere", lambda route: route.fulfill(status=204))
    visitor.goes_to("/trouble")
    inspector.looks_at(visitor, template)


# Pages that need more than an address, and which test has them looked at.
_PASSKEYS = test_passkeys.test_a_passkey_is_added_and_logs_in_by_itself_and_as_a_second_factor
_PROVIDER = test_a_site_that_is_set_up_with_a_provider_and_strict_with_its_staff
ELSEWHERE: dict[str, Callable[..., None]] = {
    **dict.fromkeys(("mfa_authenticate", "mfa_remove_webauthn"), _PASSKEYS),
    **dict.fromkeys(("setup", "account_set_password"), _PROVIDER),
    "socialaccount_signup": _PROVIDER,
}


def test_what_is_looked_at_elsewhere_is_looked_at() -> None:
    for test in ELSEWHERE.values():
        assert "inspector" in inspect.signature(test).parameters
