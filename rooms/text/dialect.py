r"""Where the chat deviates from CommonMark: rules for markdown-it that show what people meant.

A rule looks at nothing but the message. rooms/text/README.md lists them, with an example each.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

MAX_DEPTH = 12  # levels of quotes and lists, where a list counts twice; a deeper `>` is text


def install(markdown: MarkdownIt) -> None:
    """Replace markdown-it's rules with these."""
    block, inline = markdown.block.ruler, markdown.inline.ruler
    block.at("fence", fence, {"alt": ["paragraph", "blockquote", "list"]})
    block.at("blockquote", quote, {"alt": ["paragraph", "blockquote", "list"]})
    block.at("list", numbered_or_bulleted, {"alt": ["paragraph", "blockquote"]})
    block.before("fence", "year", _end_at_year, {"alt": ["list"]})
    inline.at("escape", escape)
    inline.at("emphasis", emphasis)
    inline.at("strikethrough", strike)
    inline.before("emphasis", "verbatim", verbatim)
    markdown.core.ruler.after("inline", "numbers", keep_numbers)


# -- emphasis --------------------------------------------------------------------------------

# Next to these, `*` multiplies, `**` is a power, and paths have globs.
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class _Kind(NamedTuple):
    """What kind of character is next to a marker."""

    is_space: bool
    is_mark: bool  # punctuation or a symbol, of any script
    is_cjk: bool
    is_word: bool  # a letter or digit of a script with spaces between words
    is_digit: bool


class _Run(NamedTuple):
    """A run of the same marker."""

    length: int
    opens: bool
    closes: bool


@functools.lru_cache(maxsize=4096)
def _kind(char: str) -> _Kind:
    category = unicodedata.category(char)
    is_cjk = _is_cjk(char, category)
    is_word = category[0] in "LN" and not is_cjk
    is_space = category == "Zs" or char in "\t\n"
    return _Kind(is_space, category[0] in "PS", is_cjk, is_word, is_word and char.isdecimal())


def is_word(char: str) -> bool:
    """Whether it is a letter or digit of a script with spaces between words."""
    return _kind(char).is_word


def _is_cjk(char: str, category: str) -> bool:
    """Decide as the CJK-friendly amendment to CommonMark does: wide or half-width characters other
    than emoji, all of Hangul, and ideographic variation selectors."""
    if "\u1100" <= char <= "\u11ff" or "\U000e0100" <= char <= "\U000e01ef":
        return True
    is_emoji = category == "So" and not "\u3000" <= char <= "\uffff"
    return not is_emoji and unicodedata.east_asian_width(char) in {"W", "F", "H"}


def _flanks(state: StateInline) -> tuple[str, str, int, bool, bool]:
    """Return the characters before and after the run of markers here, the run's length, and whether
    it is left-flanking and right-flanking.

    By the CJK-friendly amendment: in a script without spaces, emphasis could otherwise not end with
    punctuation, as in `**削除。**追加`.
    """
    src, start = state.src, state.pos
    marker, end = src[start], start
    while end < state.posMax and src[end] == marker:
        end += 1
    before = src[start - 1] if start else " "
    if "\ufe00" <= before <= "\ufe0e" and start > 1:
        before = src[start - 2]  # a variation selector: look at what it modifies
    after = src[end] if end < state.posMax else " "
    last, following = _kind(before), _kind(after)
    last_mark = last.is_mark and not last.is_cjk
    next_mark = following.is_mark and not following.is_cjk
    left = not following.is_space and (not next_mark or last.is_space or last_mark or last.is_cjk)
    right = not last.is_space and (
        not last_mark or following.is_space or next_mark or following.is_cjk
    )
    return before, after, end - start, left, right


def _stars(state: StateInline) -> _Run:
    """Between two words, a single star multiplies or is the German gender star, and two stars next
    to a digit are a power; next to a slash, stars are a glob. `**` between letters makes part of a
    word bold."""
    before, after, length, opens, closes = _flanks(state)
    last, following = _kind(before), _kind(after)
    if last.is_word and following.is_word:
        is_text = length == 1 or last.is_digit or following.is_digit
        return _Run(length, opens and not is_text, closes and not is_text)
    if length == 1 and (last.is_word or before in _CLOSING) and after in _OPENING:
        is_product = before in _CLOSING or last.is_digit
        return _Run(length, opens and not is_product, closes and not is_product)
    if length == 1 and before in _CLOSING and following.is_digit:
        return _Run(length, False, False)
    opens = opens and after != "/" and not (before == "/" and length == 1)
    return _Run(length, opens, closes and before != "/")


def _underscores(state: StateInline) -> _Run:
    """Never inside a word, and not between the eyes of a face: `-_-`, `^_^`, `>_<`."""
    before, after, length, left, right = _flanks(state)
    if before + after in _FACES or (before == after and before in _EYES):
        return _Run(length, False, False)
    opens = left and (not right or _kind(before).is_mark)
    return _Run(length, opens, right and (not left or _kind(after).is_mark))


_EYES = frozenset("-^=;.'~@+<>°")
_FACES = frozenset({"><", "<>"})


def emphasis(state: StateInline, silent: bool) -> bool:
    """`*` and `_`, a delimiter for each character of the run; markdown-it pairs them later."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    run = _stars(state) if marker == "*" else _underscores(state)
    for _ in range(run.length):
        _push(state, run, marker, run.length)
    state.pos += run.length
    return True


def strike(state: StateInline, silent: bool) -> bool:
    """`~~`, in pairs; a single `~` is text."""
    if silent or not state.src.startswith("~~", state.pos):
        return False
    _before, _after, length, opens, closes = _flanks(state)
    if length % 2:
        state.push("text", "", 0).content = "~"
    for _ in range(length // 2):
        _push(state, _Run(length, opens, closes), "~~", 0)
    state.pos += length
    return True


def _push(state: StateInline, run: _Run, text: str, length: int) -> None:
    state.push("text", "", 0).content = text
    state.delimiters.append(
        Delimiter(ord(text[0]), length, len(state.tokens) - 1, -1, run.opens, run.closes)
    )


# -- text that looks like markup -------------------------------------------------------------

# Python's special names that aren't English words: `__new__` may be a bold "new".
_SPECIAL_NAMES = (
    "init|main|name|file|dict|repr|str|len|iter|eq|ne|lt|gt|le|ge|hash|doc|mro|bases|slots|del|"
    "getattr|setattr|delattr|getitem|setitem|delitem|getattribute|contains|bool|annotations|"
    "qualname|module|pycache|subclasses|builtins|init_subclass|class_getitem|post_init"
)
_IDENTIFIER = r"_{1,2}[^\W_]++(?:_+[^\W_]++)*_{1,2}"
# With what follows them: a suffix, a call, a path.
_NAME = re.compile(
    rf"__(?:{_SPECIAL_NAMES})__(?!\w)|{_IDENTIFIER}(?=[./\\][^\W_])|__\w+?__(?=\(|\[)"
)
# After `self.`, `src/` and the like, a name continues.
_JOINED = re.compile(r"(?:[^\W_]|[)\]])[./\\]\Z|(?:\A|[\s~.])[/\\]\Z")
_TAIL = re.compile(r"_+\w*")
# `*_*` is a face, `*.*` all files.
_STARRED = re.compile(r"\*[-._^~+=@'\"?!:;,/\\|<>]{1,3}\*(?![\w*])")


def verbatim(state: StateInline, silent: bool) -> bool:
    """Show `__init__.py`, `self.__dict__` and `*.*` as they are typed."""
    src, pos = state.src, state.pos
    found = None
    if src[pos] == "*":
        before = src[pos - 1] if pos else " "
        if not (before == "*" or before.isalnum()):
            found = _STARRED.match(src, pos, state.posMax)
    elif src[pos] == "_":
        is_joined = _JOINED.search(src, max(0, pos - 2), pos)
        found = (_TAIL if is_joined else _NAME).match(src, pos, state.posMax)
    return _as_text(state, found, silent)


def _as_text(state: StateInline, found: re.Match[str] | None, silent: bool) -> bool:
    if not found:
        return False
    if not silent:
        state.pending += found.group()
    state.pos = found.end()
    return True


# -- backslashes -----------------------------------------------------------------------------

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
        _as_text(state, _windows_path(state), silent)
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


# -- quotes and lists ------------------------------------------------------------------------

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


def _end_at_year(state: StateBlock, line: int, end: int, silent: bool) -> bool:
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


# -- code ------------------------------------------------------------------------------------

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
