"""The import map, and pictures of people."""

import json
import re
from collections.abc import Iterator

import pytest
from django.template import Context, Template
from pytest_django import Settings

from rooms import protocol
from rooms.templatetags import chat


class Hashed:
    """Stands for the storage that serves files by their hash."""

    hashed_files = {
        "js/main.js": "js/main.1a.js",
        "js/lib/dom.js": "js/lib/dom.2b.js",
        "js/</script>.js": "js/x.js",
        "css/base.css": "css/base.3c.css",
        "admin/js/core.js": "admin/js/core.4d.js",
    }

    def url(self, name: str) -> str:
        return f"/static/{self.hashed_files[name]}"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    chat._importmap.cache_clear()
    yield
    chat._importmap.cache_clear()


def rendered(**context: object) -> str:
    return Template("{% load chat %}{% importmap %}").render(Context(context))


def test_every_module_is_found_at_its_hashed_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "staticfiles_storage", Hashed())
    html = rendered(CSP_NONCE="n0nce")
    found = re.fullmatch(r'<script type="importmap" nonce="n0nce">(.*?)</script>', html)
    assert found
    assert json.loads(found[1]) == {
        "imports": {
            "/static/js/</script>.js": "/static/js/x.js",
            "/static/js/lib/dom.js": "/static/js/lib/dom.2b.js",
            "/static/js/main.js": "/static/js/main.1a.js",
        }
    }


def test_it_is_left_out_where_addresses_are_plain(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    assert rendered() == ""
    monkeypatch.setattr(chat, "staticfiles_storage", Hashed())
    settings.DEBUG = True
    assert rendered() == ""


@pytest.mark.parametrize(
    ("name", "letters"), [("Alice Adams", "AA"), ("bob", "b"), ("A B C", "AC"), ("  ", "?")]
)
def test_initials(name: str, letters: str) -> None:
    assert chat.initials(name) == letters


def test_somebody_without_a_picture_has_initials_of_a_hue() -> None:
    person = protocol.Person(25, "alice", "<Alice", None)
    html = Template("{% load chat %}{% avatar person 'small' %}").render(
        Context({"person": person})
    )
    assert "avatar--hue-1 avatar--small" in html
    assert "&lt;" in html


def test_a_picture_is_shown_where_there_is_one() -> None:
    person = protocol.Person(25, "alice", "Alice", "/media/avatars/x.webp")
    html = Template("{% load chat %}{% avatar person %}").render(Context({"person": person}))
    assert 'src="/media/avatars/x.webp"' in html
