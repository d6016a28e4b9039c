"""What the safety of the pages rests on, looked for in the sources: HTML is escaped unless a place
is named here with its reason, nothing runs from text, no page has scripts or styles within."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Where HTML is put in as it is, how often, and why that may be.
TRUSTED = {
    "rooms/templatetags/chat.py": 2,  # the bootstrap's JSON, escaped there; and nothing at all
    "static/js/goals.js": 1,  # a page of this site, read for its parts; scripts in it don't run
    "static/js/shell.js": 1,  # the same
    "static/js/elements/message-view.js": 2,  # a message's `html`, made by rooms/markup.py
}
HTML = {
    ".py": r"mark_safe\(|SafeString\(|SafeText\(|\.html_safe|autoescape=False",
    ".html": r"\|\s*safe\b|\|\s*safeseq\b|autoescape off|\{% filter",
    ".js": r"(?:inner|outer)HTML|insertAdjacentHTML|document\.write|createContextualFragment"
    r"|setHTMLUnsafe|parseFromString|srcdoc",
}
RUNNING = {
    ".py": r"(?<![\w.])(?:eval|exec)\(|pickle\.loads?|marshal\.loads?|yaml\.load\(|os\.system"
    r"|shell=True|\.extra\(|RawSQL\(",
    ".html": r"javascript:",
    ".js": r"(?<![\w.])eval\(|new Function\(|set(?:Timeout|Interval)\(\s*[\"'`]|javascript:"
    r"|import\(`",
}
INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\bsrc=)(?![^>]*application/json)"
    r"|<(?:link|script|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//",
    re.IGNORECASE,
)


def sources(*suffixes: str) -> Iterator[tuple[str, str]]:
    for folder in ("chatsite", "rooms", "templates", "static/js"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def without_comments(name: str, text: str) -> str:
    if name.endswith(".js"):
        return re.sub(r"/\*.*?\*/|(?m:^\s*//[^\n]*$)", "", text, flags=re.DOTALL)
    return re.sub(r'"""[^"]*"""|(?m:^\s*#[^\n]*$)', "", text) if name.endswith(".py") else text


def found(patterns: dict[str, str]) -> dict[str, int]:
    counts = {}
    for name, text in sources(*patterns):
        pattern = patterns[Path(name).suffix]
        if count := len(re.findall(pattern, without_comments(name, text))):
            counts[name] = count
    return counts


def test_html_is_put_in_as_it_is_in_the_known_places_only() -> None:
    assert found(HTML) == TRUSTED


def test_nothing_runs_what_is_text() -> None:
    assert found(RUNNING) == {}


def test_no_page_has_scripts_or_styles_within_or_from_elsewhere() -> None:
    """E-mails and the pages for errors included."""
    wrong = {name: INLINE.findall(text) for name, text in sources(".html")}
    assert {name: matches for name, matches in wrong.items() if matches} == {}


@pytest.mark.parametrize(
    "text",
    ['<b style="x">', "<p onclick='x'>", "<script>x</script>", '<img src="//evil.example/x">'],
)
def test_the_pattern_sees_what_is_within(text: str) -> None:
    assert INLINE.search(text)


def test_no_group_is_named_by_what_people_write() -> None:
    """Names of the channel layer are made in two functions, of numbers."""
    from rooms.broadcast import room_group, user_group

    for make in (room_group, user_group):
        assert re.fullmatch(r"[a-z]+[.-]?\d+", make(17))
