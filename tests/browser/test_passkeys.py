"""Passkeys, with Chromium's virtual authenticator: one is added, and then logs in alone or beside
the password."""

from playwright.sync_api import expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site

PASSWORD = "violet-tandem-42"
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_a_key(person: Person, site: Site) -> Person:
    """The site under a host name: a passkey can't belong to an IP address."""
    person.address = site.address.replace("127.0.0.1", "localhost")
    session = person.context.new_cdp_session(person.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return person


def logs_out(person: Person) -> None:
    person.goes_to("/accounts/profile/")
    person.clicks("Log out")
    expect(person.page).to_have_url(f"{person.address}/accounts/login/")


def test_a_passkey_logs_in_alone_and_as_a_second_factor(
    site: Site,
    inspector: Inspector,
) -> None:
    erin = with_a_key(site.visitor(), site)
    erin.signs_up("erin_passkey", PASSWORD)
    erin.goes_to("/accounts/passkeys/new/")
    inspector.looks_at(erin, "is it you")
    erin.fills(password=PASSWORD)
    erin.clicks("Continue")
    erin.fills(name="My laptop")
    inspector.looks_at(erin, "add a passkey")
    erin.clicks("Add a passkey")
    expect(erin.page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    expect(erin.page.locator(".codes code")).to_have_count(10)
    inspector.looks_at(erin, "recovery codes")
    erin.goes_to("/accounts/factors/")
    expect(erin.page.get_by_text("My laptop")).to_be_visible()
    inspector.looks_at(erin, "factors")

    logs_out(erin)
    erin.clicks("Use a passkey")
    expect(erin.page).to_have_url(f"{erin.address}/rooms/")

    logs_out(erin)
    erin.fills(login="erin_passkey", password=PASSWORD)
    erin.clicks("Log in")
    expect(erin.page.get_by_role("heading", name="Two-factor authentication")).to_be_visible()
    inspector.looks_at(erin, "one more step")
    erin.clicks("Use a passkey")
    expect(erin.page).to_have_url(f"{erin.address}/rooms/")

    for name in ("app", "codes/new"):
        erin.goes_to(f"/accounts/factors/{name}/")
        if erin.page.get_by_role("heading", name="Confirm it's you").is_visible():
            erin.fills(password=PASSWORD)
            erin.clicks("Continue")
        inspector.looks_at(erin, f"factors/{name}")
    erin.goes_to("/accounts/factors/")
    erin.clicks("Remove", role="link")
    inspector.looks_at(erin, "remove a passkey")
    erin.clicks("Remove")
    expect(erin.page.get_by_text("The passkey was removed.")).to_be_visible()


def test_passkeys_are_not_offered_at_a_numeric_address(site: Site) -> None:
    visitor = site.visitor()
    visitor.goes_to("/accounts/login/")
    expect(visitor.page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Use a passkey")).to_be_hidden()
