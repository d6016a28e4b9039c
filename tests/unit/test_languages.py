"""Which language a reader gets, and whether its translation is complete."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.template.base import Lexer, TokenType
from django.utils import translation
from django.utils.translation import gettext_lazy

from rooms.errors import ChatError, Invalid
from rooms.management import catalogues
from rooms.templatetags.chat import catalogue_file
from rooms.text import languages

# Not translated: names of keys and classes, and comments.
FILTERS = {"from: in: with:", "after: before: on:", "has:link is:unread"}  # of a search
UNTRANSLATED = {"Ctrl K", "UTC", "CSV", "JSON", "page--narrow", "page--wide", "app-page"} | FILTERS
# Data for scripts, tags and comments.
UNSEEN = re.compile(
    r"<style>.*?</style>|<script[^>]*application/json[^>]*>.*?</script>|<[^>]*>|\x01|\{#.*?#\}",
    re.DOTALL,
)
SAID = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*[A-Za-z]{2}[^"]*)"')
# Read by authors of clients: the decoder's own words, which are English.
WIRE = "f'{command.type}: {error}.'"
# Skipped in a script: comments, translating calls, look-up strings, names of keys, and text for the
# console.
MARKED = re.compile(
    "|".join(
        [
            *(r"/\*.*?\*/", r"//[^\n]*"),
            r"""n?gettext\(\s*("[^"]*"|`[^`]*`)(,\s*"[^"]*")?""",
            *(r'\["[^"]*", (?=gettext)', r'keys: "[^"]*"', r"(?:new Error|super)\([^)]*\)"),
        ]
    ),
    re.DOTALL,
)
SENTENCE = re.compile(r"""["`][A-Z][^"`\n]* [^"`\n]*["`]|`[^`\n]*[a-z]{2,} [a-z]{2,}[^`\n]*`""")
SKIPPED = {"blocktranslate": 1, "comment": 1, "endblocktranslate": -1, "endcomment": -1}


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"accept-language": "de-AT,de;q=0.9,en;q=0.8"}, "de"),
        ({"accept-language": "fr,he;q=0.5"}, "he"),
        ({"accept-language": "fr"}, "en"),
        ({"accept-language": "de", "cookie": f"{settings.LANGUAGE_COOKIE_NAME}=he"}, "he"),
        ({"accept-language": "de", "cookie": f"{settings.LANGUAGE_COOKIE_NAME}=xx"}, "de"),
        ({"accept-language": "\xff;q=,,", "cookie": "\xff"}, "en"),
    ],
)
def test_a_socket_uses_the_language_of_its_browser_s_pages(
    headers: dict[str, str], language: str
) -> None:
    sent = [(name.encode(), value.encode("latin1")) for name, value in headers.items()]
    assert languages.of_handshake(sent) == language


def test_a_refusal_is_in_its_reader_s_language() -> None:
    error = Invalid(gettext_lazy("An address has at most %(most)d characters."), most=250)
    said = []
    for language in ("en", "de", "he"):
        with translation.override(language):
            said.append(error.detail)
    assert said[0] == "An address has at most 250 characters."
    assert said[1] == "Eine Adresse hat höchstens 250 Zeichen."
    assert "250" in said[2]
    assert len(set(said)) == 3


def test_a_text_without_placeholders_may_contain_a_percent_sign() -> None:
    assert Invalid("100% is too much").detail == "100% is too much"


def test_everything_is_translated_and_compiled() -> None:
    call_command("messages", check=True)


@pytest.mark.parametrize(
    ("said", "translated", "trouble"),
    [
        ("Hello", "", "not translated"),
        ("Hello %(name)s", "Hallo %(nmae)s", "nmae"),
        ("Hello %(name)s", "Hallo", "other placeholders"),
        (("%(count)d seat", "%(count)d seats"), ("ein Platz", ""), "not translated"),
        (("%(count)d seat", "%(count)d seats"), ("ein Platz", "%(n)d Plätze"), "unknown"),
        (("%(count)d seat", "%(count)d seats"), ("ein Platz",), "Wrong number of plural forms"),
        (("%(count)d seat", "%(count)d seats"), ("ein Platz", "%(count)d Plätze"), None),
    ],
)
def test_a_translation_that_does_not_fit_its_source_is_found(
    said: catalogues.Ids, translated: catalogues.Ids, trouble: str | None
) -> None:
    found = "\n".join(catalogues._troubles(Message(said, translated), Catalog(locale="de")))
    assert trouble in found if trouble else not found


def test_untranslated_texts_are_reported_and_left_out_of_the_scripts(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR = tmp_path
    sources: list[tuple[str, catalogues.Found]] = [
        ("a.js", ("A chair", None, [])),
        ("a.js", (("%(count)s seat", "%(count)s seats"), None, [])),
    ]
    monkeypatch.setattr(catalogues, "SOURCES", {"djangojs": lambda: iter(sources)})
    said = StringIO()
    call_command("messages", stdout=StringIO(), stderr=said)
    for language in ("de", "he"):
        assert f"{language}: not translated: 'A chair'" in said.getvalue()
        assert f"{language}: not translated: ('%(count)s seat'," in said.getvalue()
        script = (tmp_path / "static" / catalogue_file(language)).read_text()
        assert "globalThis.catalogue = {}" in script


def test_every_refusal_is_marked_for_translation() -> None:
    refusals = {error.__name__ for error in (*ChatError.__subclasses__(), ValidationError)}
    found = [
        f"{path.name}:{call.lineno}"
        for path in (settings.BASE_DIR / "rooms").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in refusals
        for words in call.args[:1]
        if isinstance(words, ast.Constant | ast.JoinedStr) and ast.unparse(words) != WIRE
    ]
    assert not found


def test_every_sentence_in_a_script_is_marked_for_translation() -> None:
    found = {
        f"{path.name}: {words}"
        for path in (settings.BASE_DIR / "static/js").rglob("*.js")
        for words in SENTENCE.findall(MARKED.sub("", path.read_text()))
    }
    assert not found


def test_style_sheets_contain_no_text() -> None:
    """CSS text cannot be translated; `attr()` shows text from a template."""
    found = {
        f"{path.name}: {words}"
        for path in (settings.BASE_DIR / "static/css").glob("*.css")
        for words in re.findall(r"""content:[^;]*["'][^"';]*\w.*""", path.read_text())
    }
    assert not found


def test_every_word_in_a_template_is_marked_for_translation() -> None:
    folder = settings.BASE_DIR / "templates"
    found = {
        f"{path.relative_to(folder)}: {words}"
        for path in folder.rglob("*.*")
        if path.parent.name != "admin"
        for words in _unmarked(path)
        if words not in UNTRANSLATED
    }
    assert not found


def _unmarked(path: Path) -> Iterator[str]:
    """Return visible texts and attributes that are not template tags."""
    depth, text = 0, ""
    for token in Lexer(path.read_text()).tokenize():
        if token.token_type is TokenType.BLOCK:
            depth += SKIPPED.get(token.split_contents()[0], 0)
        text += token.contents if token.token_type is TokenType.TEXT and not depth else "\x01"
    yield from (one for one in SAID.findall(text) if "\x01" not in one)
    for line in UNSEEN.sub("\n", text).splitlines():
        if re.search(r"[A-Za-z]{2}", line):
            yield line.strip()
