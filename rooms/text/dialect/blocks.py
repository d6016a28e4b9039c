"""Quotes and lists."""

import re
from collections.abc import Sequence

from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MAX_DEPTH = 12  # levels of quotes and lists, where a list counts twice; a deeper `>` is text
# `>_<`, `>.>`, `>///<`: faces; `>:(`, `>;-)`: angry faces; `>=5`, `>100`: comparisons.
_NO_QUOTE = re.compile(
    r">(?:[=\d]|(?:[_.oOwWuUvVxX\-~^/,;:*3]{1,5}[<>]|<|[:;][-'o^~]?[()\[\]{}DPpOo03SsCc/\\|@*<>])"
    r"(?!\w))"
)


def _is_no_quote(state: StateBlock, line: int) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    return bool(_NO_QUOTE.match(state.src, start, state.eMarks[line]))


def quote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """`>`, unless it is part of a face or a comparison. A quote ends with its last `>`: in a chat
    the answer comes right below, and CommonMark would take it into the quote. Beyond the depth that
    anyone reads, `>` is text."""
    if state.level >= MAX_DEPTH or _is_no_quote(state, line):
        return False
    if silent:
        return blockquote(state, line, end, silent)
    whole = state.lineMax
    state.lineMax = min(end, _quoted_to(state, line, end))
    try:
        return blockquote(state, line, state.lineMax, silent)
    finally:
        state.lineMax = whole


def _quoted_to(state: StateBlock, line: int, end: int) -> int:
    """The line after a quote's last `>`."""
    for below in range(line + 1, end):
        start = state.bMarks[below] + state.tShift[below]
        is_quoted = state.src.startswith(">", start) and state.sCount[below] >= state.blkIndent
        if not is_quoted or _is_no_quote(state, below):
            return below
    return end


_YEAR = re.compile(r"\d{4,9}[.)](?:[ \t]|\Z)")


def _is_year(state: StateBlock, line: int) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    return bool(_YEAR.match(state.src, start, state.eMarks[line]))


def numbered_or_bulleted(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Lists, unless the number has four digits or more: `2026. A good year` is a sentence."""
    if state.level + 2 > MAX_DEPTH or _is_year(state, line):
        return False
    return list_block(state, line, end, silent)


def end_at_year(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """End a list before such a number. markdown-it asks this about each further item."""
    return silent and _is_year(state, line)


def keep_numbers(state: StateCore) -> None:
    """Keep the numbers that people typed, unless all are the same: that asks for counting."""
    lists: list[list[Token]] = []
    for token in state.tokens:
        if token.type == "ordered_list_open":
            lists.append([])
        elif token.type == "ordered_list_close":
            _keep_numbers(lists.pop())
        elif token.type == "list_item_open" and token.info:
            lists[-1].append(token)


def _keep_numbers(items: Sequence[Token]) -> None:
    numbers = [int(item.info) for item in items]
    if len(set(numbers)) == 1:
        return
    for item, number, before in zip(items[1:], numbers[1:], numbers, strict=False):
        if number != before + 1:
            item.attrs = {"value": number}
