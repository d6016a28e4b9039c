"""The settings: sections in the chat's shell, each at an address of its own."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from rooms.views import settings
from tests.factories import PASSWORD

OWN = [section.page for section in settings.GROUPS[0].sections]


def listed(page: str) -> list[str]:
    return re.findall(r'class="settings__link"\s+href="([^"]+)"', page)


def current(page: str) -> list[str]:
    found = re.findall(r'class="settings__link"\s+href="([^"]+)"\s+aria-current="page"', page)
    return [str(one) for one in found]


@pytest.mark.parametrize("name", OWN)
def test_each_section_is_in_the_shell_and_says_where_it_is(as_bob: Client, name: str) -> None:
    page = as_bob.get(reverse(name)).text
    assert 'id="bootstrap"' in page, "the sidebar is live"
    assert "site-header" not in page
    assert listed(page)[: len(OWN)] == [reverse(one) for one in OWN]
    assert current(page) == [reverse(name)]


def test_the_first_address_lists_the_sections(as_bob: Client) -> None:
    page = as_bob.get(reverse("settings")).text
    assert "settings--index" in page
    assert current(page) == []


@pytest.mark.parametrize(
    "name",
    ["account_email", "account_change_password", "mfa_index", "deactivate", "delete_account"],
)
def test_a_page_behind_a_section_is_in_the_shell_too(as_bob: Client, name: str) -> None:
    answer = as_bob.get(reverse(name), follow=True)
    if answer.redirect_chain:  # it asks for the password first, in the shell as well
        assert 'id="bootstrap"' in answer.text
        asks, _status = answer.redirect_chain[-1]
        answer = as_bob.post(asks, {"password": PASSWORD}, follow=True)
    page = answer.text
    assert 'id="bootstrap"' in page
    assert len(current(page)) == 1


def test_a_group_without_sections_is_not_shown(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = settings.SettingsSection("rights", "Site things", "key", is_for=settings.owners)  # type: ignore[arg-type]
    group = settings.SettingsGroup("The site", (owned,))  # type: ignore[arg-type]
    monkeypatch.setattr(settings, "GROUPS", (settings.GROUPS[0], group))
    assert "The site" not in as_bob.get(reverse("profile")).text


def test_owners_see_the_sections_of_the_site(
    as_staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = settings.SettingsSection("rights", "Site things", "key", is_for=settings.owners)  # type: ignore[arg-type]
    group = settings.SettingsGroup("The site", (owned,))  # type: ignore[arg-type]
    monkeypatch.setattr(settings, "GROUPS", (settings.GROUPS[0], group))
    page = as_staff.get(reverse("profile")).text
    assert "The site" in page
    assert reverse("rights") in listed(page)


def test_guests_are_sent_to_the_log_in_page(visitor: Client) -> None:
    for name in ("settings", *OWN, "account_email", "account_change_password"):
        answer = visitor.get(reverse(name))
        assert answer.status_code == 302, name
        assert answer["Location"].startswith(reverse("account_login"))
