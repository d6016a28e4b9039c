"""The template tags: constant parts, the bootstrap, sidebar lines and avatars."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from rooms.protocol import shapes
from rooms.templatetags import chat, sidebar


def test_no_text_can_end_the_script_that_carries_it() -> None:
    said = "</script><!-- & \u2028 Ä"
    value = {"a": said, "raw": msgspec.Raw(msgspec.json.encode([said]))}
    html = Template('{% load chat %}{% script_data value "data" %}').render(
        Context({"value": value})
    )
    found = re.fullmatch(r'<script id="data" type="application/json">(.*)</script>', html)
    assert found
    assert not set("<>&") & set(found[1])
    assert json.loads(found[1]) == {"a": said, "raw": [said]}


def test_a_constant_part_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def url(name: str) -> str:
        asked.append(name)
        return f"/{len(asked)}/{name}"

    monkeypatch.setattr(staticfiles_storage, "url", url)
    template = Template(
        "{% load static chat %}{% constant %}"
        '{% static "a.css" %}{% include "rooms/_icon.html" with name="menu" %}'
        "{% endconstant %} {{ name }}"
    )
    pages = [template.render(Context({"name": name})) for name in ("one", "two")]
    assert pages[0].startswith("/1/a.css")
    assert "M3.5 6h13" in pages[0]
    assert pages[1] == pages[0].replace("one", "two")
    assert asked == ["a.css"]


def test_a_constant_part_is_rendered_once_per_language() -> None:
    template = Template(
        "{% load i18n chat %}{% constant %}{% translate 'Sunday' %}{% endconstant %}"
    )
    pages = []
    for language in ("en", "de", "he", "de"):
        with translation.override(language):
            pages.append(template.render(Context()))
    assert pages == ["Sunday", "Sonntag", "ראשון", "Sonntag"]


def test_a_page_declares_its_language_and_direction() -> None:
    template = Template("{% load chat %}{% page_language %} {% page_direction %}{% catalogue %}")
    with translation.override("en"):
        assert template.render(Context()) == "en ltr"
    with translation.override("he"):
        html = template.render(Context())
    assert html.startswith('he rtl<script defer src="/static/languages/he')


def test_a_constant_part_may_not_contain_variables() -> None:
    with pytest.raises(TemplateSyntaxError, match="name"):
        Template("{% load chat %}{% constant %}{% if 1 %}{{ name }}{% endif %}{% endconstant %}")


def test_a_line_of_the_sidebar_is_never_stale() -> None:
    item = shapes.RoomSummary("lounge", "Lounge <3", "public", False, 9, 9, 7, 0, 2, 0)
    lines = [
        Template("{% load chat %}{% sidebar_room item room %}").render(
            Context({"item": one, "room": room})
        )
        for one in (item, msgspec.structs.replace(item, unread=3))
        for room in (None, item)
    ]
    assert ["aria-current" in line for line in lines] == [False, True, False, True]
    assert [re.findall(r"count [^>]*>(\d)<", line) for line in lines] == [["2"]] * 2 + [["3"]] * 2
    assert all("Lounge &lt;3" in line and "/rooms/lounge/" in line for line in lines)


TABLE = Path(__file__).parents[1] / "tables/sections.json"


@pytest.mark.parametrize("case", json.loads(TABLE.read_text()))
def test_the_sections_are_those_that_the_script_draws_later(case: dict[str, Any]) -> None:
    """tests/js/arrangement.test.js reads the same table."""
    items = [
        shapes.RoomSummary(one["slug"], one["name"], one["kind"], False, 1, 1, 1, 0, 0, 0)
        for one in case["rooms"]
    ]
    found = sidebar.sidebar_sections(items, case["sidebar"], None)
    sections = [one for part in found for one in part]
    assert [[one.name, [room.slug for room in one.rooms]] for one in sections] == case["sections"]
    assert [one.folded for one in found.own] == [
        one["folded"] for one in case["sidebar"]["sections"]
    ]


@pytest.mark.parametrize(
    ("name", "letters"), [("Alice Adams", "AA"), ("bob", "b"), ("A B C", "AC"), ("  ", "?")]
)
def test_initials_come_from_the_first_and_last_word(name: str, letters: str) -> None:
    assert chat.initials(name) == letters


def test_a_person_without_a_picture_has_coloured_initials() -> None:
    person = shapes.Person(25, "alice", "<Alice", None)
    html = Template("{% load chat %}{% avatar person 'small' %}").render(
        Context({"person": person})
    )
    assert "avatar--hue-1 avatar--small" in html
    assert "&lt;" in html


def test_a_picture_is_shown_where_there_is_one() -> None:
    person = shapes.Person(25, "alice", "Alice", "/media/avatars/x.webp")
    html = Template("{% load chat %}{% avatar person %}").render(Context({"person": person}))
    assert 'src="/media/avatars/x.webp"' in html
