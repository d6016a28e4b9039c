"""Backslashes."""

import re

from markdown_it.rules_inline import StateInline

from rooms.text.dialect.as_typed import as_text

_FORMATTING = frozenset("*_~`[]")
_LINE_STARTS = frozenset(">-+#")
_BEGINS_LINE = re.compile(r"(?:\A|\n) *\Z")
_BEGINS_NUMBER = re.compile(r"(?:\A|\n) *\d{1,3}\Z")
# Windows paths: `C:\…` after the drive, and `\\server\share`.
_DRIVE = re.compile(r"(?<![^\W_])[A-Za-z]:\Z")
_PATH = re.compile(r"(?:\\[^\s\\\"<>|?*`\[\]()]+)*\\?")
_SERVER = re.compile(r"\\\\[\w.-]+(?:\\[^\s\\\"<>|?*`\[\]()]+)+\\?")
_SHRUG = re.compile(r"\\+_(?:\([^\s()]{1,4}\)_/?)?")


def escape(state: StateInline, silent: bool) -> bool:
    r"""Backslashes. They mean something only before a formatting character, where they work as in
    CommonMark; anywhere else they are shown: `\\fileserver\share`, `\d+\.\d+`, `a \`."""
    src, pos = state.src, state.pos
    if src[pos] != "\\":
        return False
    return (
        as_text(state, _windows_path(state), silent)
        or _shrug(state, silent)
        or _escaped(state, silent)
    )


def _windows_path(state: StateInline) -> re.Match[str] | None:
    src, pos = state.src, state.pos
    if _DRIVE.search(src, max(0, pos - 2), pos):
        return _PATH.match(src, pos, state.posMax)
    if pos == 0 or not (src[pos - 1].isalnum() or src[pos - 1] == "\\"):
        return _SERVER.match(src, pos, state.posMax)
    return None


def _shrug(state: StateInline, silent: bool) -> bool:
    r"""`¯\_(ツ)_/¯`, with as many backslashes as other sites require."""
    if state.pos == 0 or state.src[state.pos - 1] != "¯":
        return False
    found = _SHRUG.match(state.src, state.pos, state.posMax)
    if found and not silent:
        state.pending += "\\" + found.group().lstrip("\\")
    if found:
        state.pos = found.end()
    return bool(found)


def _escaped(state: StateInline, silent: bool) -> bool:
    src, pos, end = state.src, state.pos, state.posMax
    first = pos
    while pos < end and src[pos] == "\\":
        pos += 1
    count, char = pos - first, src[pos : pos + 1]  # in a link's text, also its closing `]`
    if char in _FORMATTING and not _is_inside_word(src, first, pos, end):
        kept = "\\" * (count // 2)
    elif count == 1 and _begins_block(src, first, char):
        kept = ""
    else:
        kept, char = "\\" * count, ""
    if count % 2 == 0 or pos == end:
        char = ""  # not escaped
    if not silent:
        state.pending += kept + char
    state.pos = pos + len(char)
    return True


def _is_inside_word(src: str, first: int, pos: int, end: int) -> bool:
    r"""`Files\_x`: an underscore inside a word never means emphasis anyway."""
    return (
        src[pos] == "_"
        and first > 0
        and src[first - 1].isalnum()
        and pos + 1 < end
        and src[pos + 1].isalnum()
    )


def _begins_block(src: str, first: int, char: str) -> bool:
    if char in _LINE_STARTS:
        return bool(_BEGINS_LINE.search(src, max(0, first - 4), first))
    return char in {".", ")"} and bool(_BEGINS_NUMBER.search(src, max(0, first - 8), first))
