r"""Where the chat wins over CommonMark: rules for markdown-it that show what people meant.

Pure text: a rule looks at the message and at nothing else. The list, with an example for each, is
in README.md, "What people type".
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

MAX_DEPTH = 12  # quotes and lists in one another, where a list counts twice; deeper `>` is text


def install(markdown: MarkdownIt) -> None:
    """Put these rules in the place of markdown-it's."""
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

# Beside these, `*` multiplies, `**` is a power, and a path has its globs.
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class _Kind(NamedTuple):
    """What a neighbour of a marker is."""

    is_space: bool
    is_mark: bool  # punctuation or a symbol, of any script
    is_cjk: bool
    is_word: bool  # a letter or digit of a script that parts its words
    is_digit: bool


class _Run(NamedTuple):
    """A row of equal markers."""

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


def _is_cjk(char: str, category: str) -> bool:
    """As the CJK-friendly amendment to CommonMark has it: wide or half-width, but no emoji; all of
    Hangul; and what chooses a variant of an ideograph."""
    if "\u1100" <= char <= "\u11ff" or "\U000e0100" <= char <= "\U000e01ef":
        return True
    is_emoji = category == "So" and not "\u3000" <= char <= "\uffff"
    return not is_emoji and unicodedata.east_asian_width(char) in {"W", "F", "H"}


def _flanks(state: StateInline) -> tuple[str, str, int, bool, bool]:
    """The characters before and after the markers here, how many they are, and whether they are
    left-flanking and right-flanking.

    By the CJK-friendly amendment: a script without spaces would otherwise have no emphasis that
    ends with punctuation, as in `**削除。**追加`.
    """
    src, start = state.src, state.pos
    marker, end = src[start], start
    while end < state.posMax and src[end] == marker:
        end += 1
    before = src[start - 1] if start else " "
    if "\ufe00" <= before <= "\ufe0e" and start > 1:
        before = src[start - 2]  # it chooses a variant of what stands before it
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
    """Between two words, one star multiplies or is the German gender star, and two beside a digit
    are a power; beside a slash they are a glob. `**` between letters marks half a word."""
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
    """Never inside of a word, and not between the eyes of a face: `-_-`, `^_^`, `>_<`."""
    before, after, length, left, right = _flanks(state)
    if before + after in _FACES or (before == after and before in _EYES):
        return _Run(length, False, False)
    opens = left and (not right or _kind(before).is_mark)
    return _Run(length, opens, right and (not left or _kind(after).is_mark))


_EYES = frozenset("-^=;.'~@+<>°")
_FACES = frozenset({"><", "<>"})


def emphasis(state: StateInline, silent: bool) -> bool:
    """`*` and `_`, each character of a run for itself; markdown-it pairs them afterwards."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    run = _stars(state) if marker == "*" else _underscores(state)
    for _ in range(run.length):
        _push(state, run, marker, run.length)
    state.pos += run.length
    return True


def strike(state: StateInline, silent: bool) -> bool:
    """`~~`, two by two; a lone `~` is text."""
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

# Names that Python gives a meaning and that are no English words: `__new__` may be a bold "new".
_SPECIAL_NAMES = (
    "init|main|name|file|dict|repr|str|len|iter|eq|ne|lt|gt|le|ge|hash|doc|mro|bases|slots|del|"
    "getattr|setattr|delattr|getitem|setitem|delitem|getattribute|contains|bool|annotations|"
    "qualname|module|pycache|subclasses|builtins|init_subclass|class_getitem|post_init"
)
_IDENTIFIER = r"_{1,2}[^\W_]++(?:_+[^\W_]++)*_{1,2}"
# With what follows: a suffix, a call, a path.
_NAME = re.compile(
    rf"__(?:{_SPECIAL_NAMES})__(?!\w)|{_IDENTIFIER}(?=[./\\][^\W_])|__\w+?__(?=\(|\[)"
)
# After `self.`, `src/` and the like, a name goes on.
_JOINED = re.compile(r"(?:[^\W_]|[)\]])[./\\]\Z|(?:\A|[\s~.])[/\\]\Z")
_TAIL = re.compile(r"_+\w*")
# `*_*` is a face, `*.*` all files.
_STARRED = re.compile(r"\*[-._^~+=@'\"?!:;,/\\|<>]{1,3}\*(?![\w*])")


def verbatim(state: StateInline, silent: bool) -> bool:
    """`__init__.py`, `self.__dict__`, `*.*`: what is written as it is shown."""
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
# Of Windows: `C:\…` after the drive, and `\\server\share`.
_DRIVE = re.compile(r"(?<![^\W_])[A-Za-z]:\Z")
_PATH = re.compile(r"(?:\\[^\s\\\"<>|?*`\[\]()]+)*\\?")
_SERVER = re.compile(r"\\\\[\w.-]+(?:\\[^\s\\\"<>|?*`\[\]()]+)+\\?")
_SHRUG = re.compile(r"\\+_(?:\([^\s()]{1,4}\)_/?)?")


def escape(state: StateInline, silent: bool) -> bool:
    r"""A backslash means something only before a character that formats; there it works as in
    CommonMark, and everywhere else it is shown: `\\fileserver\share`, `\d+\.\d+`, `a \`."""
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
    r"""`¯\_(ツ)_/¯`, also with the backslashes that other sites ask for."""
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
    count, char = pos - first, src[pos : pos + 1]  # in a link, the `]` that ends its words as well
    if char in _FORMATTING and not _is_inside_word(src, first, pos, end):
        kept = "\\" * (count // 2)
    elif count == 1 and _begins_block(src, first, char):
        kept = ""
    else:
        kept, char = "\\" * count, ""
    if count % 2 == 0 or pos == end:
        char = ""  # it is live
    if not silent:
        state.pending += kept + char
    state.pos = pos + len(char)
    return True


def _is_inside_word(src: str, first: int, pos: int, end: int) -> bool:
    r"""`Files\_x`: an underscore there never meant emphasis."""
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

# `>_<`, `>.>`, `>///<`: eyes between two arms; `>:(`, `>;-)`: an angry face; `>=5`, `>100`: more.
_NO_QUOTE = re.compile(
    r">(?:[=\d]|(?:[_.oOwWuUvVxX\-~^/,;:*3]{1,5}[<>]|<|[:;][-'o^~]?[()\[\]{}DPpOo03SsCc/\\|@*<>])"
    r"(?!\w))"
)


def _is_no_quote(state: StateBlock, line: int) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    return bool(_NO_QUOTE.match(state.src, start, state.eMarks[line]))


def quote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """`>`, unless it is part of a face or a comparison. It ends with its last `>`: in a chat the
    answer stands right below it, and CommonMark would quote the answer, too. What lies deeper than
    anybody reads is text."""
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
    """The line below a quote's last `>`."""
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
    """A list, unless its number has four digits: `2026. A good year` is a sentence."""
    if state.level + 2 > MAX_DEPTH or _is_year(state, line):
        return False
    return list_block(state, line, end, silent)


def _end_at_year(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Asked about each further item of a list."""
    return silent and _is_year(state, line)


def keep_numbers(state: StateCore) -> None:
    """Items keep the numbers that were typed, unless all have the same, which counts by itself."""
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
ON_ITS_OWN, AT_THE_END = "line", "end"  # how a line closes a block of code


def fence(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A block of code. It may end at the end of its last line, since people type it so; and words
    right after the opening marks are code, unless they are one word, which names the language."""
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
    """What stands in a line, without what its quote or item has before it."""
    indent = max(0, state.sCount[line] - state.blkIndent)
    return " " * indent + state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _closes(text: str, length: int) -> str:
    """Whether and how a line of code closes a fence of so many marks."""
    bare = text.rstrip(" \t")
    if not bare.endswith("`" * length):
        return ""
    runs = [len(run) for run in _RUNS.findall(bare)]
    if bare.lstrip(" ") == "`" * runs[-1]:
        return ON_ITS_OWN if len(text) - len(text.lstrip(" ")) < 4 else ""
    return AT_THE_END if runs.count(length) == 1 and runs[-1] == length else ""


def _fenced_to(state: StateBlock, line: int, end: int, length: int) -> tuple[int, str]:
    """The line with which a block of code ends, and how; or the line before which it ends, and ""
    if nothing closes it."""
    for below in range(line + 1, end):
        if _leaves(state, below):
            return below, ""
        closing = _closes(_line(state, below), length)
        if closing == ON_ITS_OWN or (closing and _pairs_off(state, below + 1, end)):
            return below, closing
    return end, ""


def _leaves(state: StateBlock, line: int) -> bool:
    """Whether a line with something in it is no longer in the item that the block is in."""
    start = state.bMarks[line] + state.tShift[line]
    return start < state.eMarks[line] and state.sCount[line] < state.blkIndent


def _pairs_off(state: StateBlock, line: int, end: int) -> bool:
    """Whether every fence from this line on is closed again. If not, one of them closes the block
    that seemed to end before. Each line is looked at once, whatever the number of blocks."""
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
