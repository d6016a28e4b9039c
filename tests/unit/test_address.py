"""The address that the site gives as its own."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from rooms import address, checks

ALL = "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize(
    ("host", "port", "allowed", "origin"),
    [
        ("127.0.0.1", 8000, ["localhost", "127.0.0.1"], "http://127.0.0.1:8000"),
        ("127.0.0.1", 80, ["127.0.0.1"], "http://127.0.0.1"),
        ("::1", 8000, ["[::1]"], "http://[::1]:8000"),
        (ALL, 8000, ["chat.lan", "10.0.0.5"], "http://chat.lan:8000"),
        ("::", 8000, [".lan", "10.0.0.5"], "http://10.0.0.5:8000"),
        ("10.0.0.5", 8000, ["chat.lan"], "http://chat.lan:8000"),
        (ALL, 8000, [".lan"], "http://127.0.0.1:8000"),
    ],
)
def test_the_default_address_is_where_the_server_listens_under_an_allowed_name(
    settings: Settings, host: str, port: int, allowed: list[str], origin: str
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "", allowed
    settings.HOST, settings.PORT = host, port
    assert address.origin() == origin
    assert address.host() == origin.removeprefix("http://")


def test_a_link_begins_with_the_address_of_the_site(settings: Settings) -> None:
    settings.SITE_URL = "https://chat.example.com"
    link = address.canonical("http://evil.example:99/invite/x/?a=b#c")
    assert link == "https://chat.example.com/invite/x/?a=b#c"
    assert address.canonical("/invite/x/") == "https://chat.example.com/invite/x/"


def test_a_link_to_pass_on_follows_the_request_unless_the_site_has_an_address(
    settings: Settings,
) -> None:
    request: Any = RequestFactory().get("/", headers={"host": "localhost:9"})
    settings.SITE_URL = ""
    assert address.link(request, "/invite/x/") == "http://localhost:9/invite/x/"
    settings.SITE_URL = "https://chat.example.com"
    assert address.link(request, "/invite/x/") == "https://chat.example.com/invite/x/"


def test_an_address_that_is_not_allowed_is_a_warning(settings: Settings) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://chat.example.com:8443", ["localhost"]
    (warning,) = checks.check_address(SimpleNamespace())
    assert "ALLOWED_HOSTS" in warning.msg
    settings.ALLOWED_HOSTS = [".example.com"]
    assert checks.check_address(SimpleNamespace()) == []


@pytest.mark.parametrize(
    ("url", "is_it"),
    [
        ("https://chat.example/rooms/lounge/1/", True),
        ("http://chat.example:8000/", True),
        ("https://CHAT.example./x", True),
        ("https://other.example:8443/", True),
        ("https://a.wild.example/", True),
        ("https://[::1]/", True),
        ("https://chat.example.evil.example/", False),
        ("https://evil.example/?chat.example", False),
        ("https://chat.example@evil.example/", False),
        ("https://wildexample/", False),
        ("http://chat.example:9000/", False),
        ("https://chat.example:x/", False),
        ("https://[", False),
    ],
)
def test_a_link_to_any_name_of_the_site_is_one_to_it(
    url: str, is_it: bool, settings: Settings
) -> None:
    settings.SITE_URL, settings.PORT = "https://chat.example", 8000
    settings.CSRF_TRUSTED_ORIGINS = ["https://other.example:8443", "https://*.wild.example"]
    settings.ALLOWED_HOSTS = ["chat.example", "[::1]", "*"]
    assert address.is_ours(url) is is_it
