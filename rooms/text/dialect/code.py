"""Blocks of code."""

import re

from markdown_it.rules_block import StateBlock

_OPEN_FENCE = re.compile(r" {0,3}(`{3,})([^`]*)\Z")
_RUNS = re.compile(r"`+")


ON_ITS_OWN, AT_THE_END = "line", "end"  # where the closing fence is


def fence(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A block of code. It may end at the end of its last line, since people type it that way. A
    single word right after the opening fence names the language; several words are code."""
    opening = _OPEN_FENCE.match(_line(state, line))
    if not opening:
        return False
    if silent:
        return True
    marks, info = opening.groups()
    last, closing = _fenced_to(state, line, end, len(marks))
    indent = state.sCount[line]
    content = state.getLines(line + 1, last, indent, True)
    if closing == AT_THE_END:
        text = state.getLines(last, last + 1, indent, False)
        content += text.rstrip().removesuffix(marks) + "\n"
    if len(info.split()) > 1:
        info, content = "", info.lstrip() + "\n" + content
    state.line = last + bool(closing)
    token = state.push("fence", "code", 0)
    token.info, token.content, token.markup = info, content, marks
    token.map = [line, state.line]
    return True


def _line(state: StateBlock, line: int) -> str:
    """The text of a line, without the marker or indentation of the quote or item around it."""
    indent = max(0, state.sCount[line] - state.blkIndent)
    return " " * indent + state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _closes(text: str, length: int) -> str:
    """Whether and how a line of code closes a fence of this length; "" if it doesn't."""
    bare = text.rstrip(" \t")
    if not bare.endswith("`" * length):
        return ""
    runs = [len(run) for run in _RUNS.findall(bare)]
    if bare.lstrip(" ") == "`" * runs[-1]:
        return ON_ITS_OWN if len(text) - len(text.lstrip(" ")) < 4 else ""
    return AT_THE_END if runs.count(length) == 1 and runs[-1] == length else ""


def _fenced_to(state: StateBlock, line: int, end: int, length: int) -> tuple[int, str]:
    """Return the line that closes a block of code, and how it does; or the line before which the
    block ends, and "" if nothing closes it."""
    for below in range(line + 1, end):
        if _leaves(state, below):
            return below, ""
        closing = _closes(_line(state, below), length)
        if closing == ON_ITS_OWN or (closing and _pairs_off(state, below + 1, end)):
            return below, closing
    return end, ""


def _leaves(state: StateBlock, line: int) -> bool:
    """Whether a line that isn't blank is outside of the list item that the block is in."""
    start = state.bMarks[line] + state.tShift[line]
    return start < state.eMarks[line] and state.sCount[line] < state.blkIndent


def _pairs_off(state: StateBlock, line: int, end: int) -> bool:
    """Whether every fence from this line on is closed again. If not, one of them closes the block
    that seemed to end earlier. Each line is read once, however many blocks there are."""
    known: dict[tuple[int, int], bool] = state.env.setdefault("pairs", {})
    outside, length = [], 0
    for below in range(line, end + 1):
        if not length:
            if below == end or (state.level, below) in known:
                break
            outside.append(below)
            opening = _OPEN_FENCE.match(_line(state, below))
            length = len(opening[1]) if opening else 0
        elif below < end and _closes(_line(state, below), length):
            length = 0
    result = not length and known.get((state.level, below), True)
    known.update(((state.level, number), result) for number in outside)
    return result
