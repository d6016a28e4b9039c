"""The sources keep what the safety of the pages rests on: HTML is escaped except in places named
here with a reason, no text is run as code, and no page has inline scripts or styles."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Where raw HTML is inserted, how often, and why that is safe.
TRUSTED = {
    "rooms/templatetags/chat.py": 2,  # the bootstrap's JSON, escaped there; and an empty string
    "static/js/navigation/destinations.js": 1,  # a page of this site, parsed without running it
    "static/js/navigation/shell.js": 1,  # the same
    "static/js/reading/excerpt.js": 1,  # a message's `html`, made by rooms/text/markup.py
    "static/js/timeline/message-view.js": 1,  # the same
    "templates/rooms/_unread_room.html": 1,  # the same
    "templates/rooms/_plain_hits.html": 1,  # the same
    "templates/web/_post.html": 1,  # the same, for outsiders
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


MAIL = "templates/mail/"


def _without_styles(mail: str) -> str:
    return re.sub(r"<style>.*?</style>|\sstyle=\"[^\"]*\"", "", mail, flags=re.DOTALL)


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


def test_raw_html_is_inserted_only_in_known_places() -> None:
    assert found(HTML) == TRUSTED


def test_no_text_is_run_as_code() -> None:
    assert found(RUNNING) == {}


def test_no_page_has_inline_or_foreign_scripts_or_styles() -> None:
    """Including error pages. Mail programs understand no other styles than inline ones, so
    mails are checked for scripts and foreign addresses only."""
    wrong = {
        name: INLINE.findall(_without_styles(text) if name.startswith(MAIL) else text)
        for name, text in sources(".html")
    }
    assert {name: matches for name, matches in wrong.items() if matches} == {}


@pytest.mark.parametrize(
    "text",
    ['<b style="x">', "<p onclick='x'>", "<script>x</script>", '<img src="//evil.example/x">'],
)
def test_the_pattern_finds_inline_scripts_and_styles(text: str) -> None:
    assert INLINE.search(text)


def test_no_group_name_contains_user_input() -> None:
    """Group names are built in two functions, from numbers only."""
    from rooms.broadcast import room_group, user_group

    for make in (room_group, user_group):
        assert re.fullmatch(r"[a-z]+[.-]?\d+", make(17))
