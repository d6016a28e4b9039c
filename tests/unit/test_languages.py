"""Which language somebody reads, and whether everything is there in it."""

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

from rooms import languages
from rooms.errors import ChatError, Invalid
from rooms.management import catalogues
from rooms.templatetags.chat import catalogue_file

# What is the same in every language: names of keys and of classes, and comments.
UNTRANSLATED = {"Ctrl K", "UTC", "CSV", "JSON", "page--narrow", "page--wide", "app-page"}
SAID = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"]*[A-Za-z]{2}[^"]*)"')
# Whoever writes a client reads this one: the decoder's own words, which are English.
WIRE = "f'{envelope.type}: {error}.'"
# In a script: comments, calls that translate, what they are looked up by, names of keys, and what
# only a console shows.
MARKED = re.compile(
    "|".join(
        [
            *(r"/\*.*?\*/", r"//[^\n]*"),
            r"""n?gettext\(\s*("[^"]*"|`[^`]*`)(,\s*"[^"]*")?""",
            *(r'\["[^"]*", (?=gettext)', r'keys: "[^"]*"', r"new Error\([^)]*\)"),
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
def test_a_socket_speaks_as_the_pages_of_its_browser_do(
    headers: dict[str, str], language: str
) -> None:
    sent = [(name.encode(), value.encode("latin1")) for name, value in headers.items()]
    assert languages.of_handshake(sent) == language


def test_a_refusal_is_in_the_language_of_whoever_reads_it() -> None:
    error = Invalid(gettext_lazy("A topic has at most %(most)d characters."), most=250)
    said = []
    for language in ("en", "de", "he"):
        with translation.override(language):
            said.append(error.detail)
    assert said[0] == "A topic has at most 250 characters."
    assert said[1] == "Ein Thema hat höchstens 250 Zeichen."
    assert "250" in said[2]
    assert len(set(said)) == 3


def test_what_has_no_placeholders_may_hold_a_percent_sign() -> None:
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
def test_a_translation_that_does_not_fit_is_found(
    said: catalogues.Ids, translated: catalogues.Ids, trouble: str | None
) -> None:
    found = "\n".join(catalogues._troubles(Message(said, translated), Catalog(locale="de")))
    assert trouble in found if trouble else not found


def test_what_is_not_translated_yet_is_named_and_left_out_of_the_scripts(
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


def test_every_refusal_is_marked() -> None:
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


def test_every_sentence_of_a_script_is_marked() -> None:
    found = {
        f"{path.name}: {words}"
        for path in (settings.BASE_DIR / "static/js").rglob("*.js")
        for words in SENTENCE.findall(MARKED.sub("", path.read_text()))
    }
    assert not found


def test_no_style_says_anything() -> None:
    """Nobody translates it there. `attr()` says what a template does."""
    found = {
        f"{path.name}: {words}"
        for path in (settings.BASE_DIR / "static/css").glob("*.css")
        for words in re.findall(r"""content:[^;]*["'][^"';]*\w.*""", path.read_text())
    }
    assert not found


def test_every_word_of_a_template_is_marked() -> None:
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
    """Texts and attributes that somebody reads and that are no template's tag."""
    depth, text = 0, ""
    for token in Lexer(path.read_text()).tokenize():
        if token.token_type is TokenType.BLOCK:
            depth += SKIPPED.get(token.split_contents()[0], 0)
        text += token.contents if token.token_type is TokenType.TEXT and not depth else "\x01"
    yield from (one for one in SAID.findall(text) if "\x01" not in one)
    for line in re.sub(r"<[^>]*>|\x01|\{#.*?#\}", "\n", text, flags=re.DOTALL).splitlines():
        if re.search(r"[A-Za-z]{2}", line):
            yield line.strip()
