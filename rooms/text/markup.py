"""Message source → safe HTML. Pure: knows no model, does no I/O.

There are two walls. markdown-it-py runs a short list of rules and never passes HTML through; nh3
then keeps only what is on its list (rooms/text/sanitiser.py), whatever the first wall let slip.
Messages are rendered once, when they are written, and stored: raise `RENDERER_VERSION` whenever the
same source gives different HTML.

Where CommonMark surprises people in a chat, the chat deviates (rooms/text/dialect/). Nothing that
people type ever renders to nothing.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from rooms.text import dialect, mentions, shortcodes
from rooms.text import links as link_rules
from rooms.text.bodies import INVISIBLE
from rooms.text.highlighting import code_block
from rooms.text.pictures import NO_PICTURES, Picture, parted
from rooms.text.sanitiser import sanitised
from rooms.text.tokens import make_text, text_of

RENDERER_VERSION = 3
MENTIONS_SINCE = 3  # the first renderer that knew of mentions

# A message beyond these limits isn't prose: parsing it would take up to 0.2 s, and the result would
# be no easier to read. It is shown as it was typed. Fenced code isn't counted. Together, the limits
# keep even the longest message near a millisecond per kilobyte, highlighting aside.
MAX_BLOCKS = 300  # paragraphs, quotes, lists and items
MAX_MARKERS = 600  # characters that start or end emphasis, code, a link or a line: 10 µs each
MAX_LINKS = 80  # possible starts of a link: up to 200 µs each to look for its end

MAX_EMPHASIS = 6  # levels of bold in italic in struck …; beyond, the markers stay text
# Characters. Every open window gets the HTML, so it may not be arbitrarily longer than its source.
MAX_HTML = 64 * 1024


EXCERPT = 140  # characters
NO_NAMES: Mapping[str, str] = MappingProxyType({})


def render(body: str, pictures: Mapping[str, Picture] = NO_PICTURES) -> str:
    """Return the HTML of a message whose source came from `clean_body`, with the site's own emoji
    by name. Safe to insert as it is. Names after an `@` are text; see `marked`."""
    return _rendered(body, pictures, _NO_ENV)


def marked(body: str, pictures: Mapping[str, Picture] = NO_PICTURES) -> mentions.Marked:
    """Do the same, with marks around the names that may be mentions."""
    return mentions.Marked(_rendered(body, pictures, {"names": mentions.MOST * ("@" in body)}))


def _rendered(body: str, pictures: Mapping[str, Picture], env: Mapping[str, Any]) -> str:
    if not body:
        return ""
    emoji = _emoji_only(body, pictures)
    if not emoji and _PLAIN.fullmatch(body):
        return f"<p>{body}</p>"
    dirty = emoji or _formatted(body, pictures, env) or _literal(body)
    clean = sanitised(dirty, has_pictures=bool(pictures)).rstrip()
    if len(clean) > MAX_HTML:
        return sanitised(_literal(body))
    return clean


def excerpt(body: str, length: int = EXCERPT, names: Mapping[str, str] = NO_NAMES) -> str:
    """Return one line of plain text for previews and notifications: markup stripped, code kept, and
    people whom it mentions called by their `names`, by username.

    It is text, not HTML, and has to be escaped where it is shown. At most `length` characters.
    """
    env = {"names": mentions.MOST} if names else _NO_ENV
    text = mentions.named(text_of(_parse(body, env=env)), names)
    return shortened(text, length) or shortened(body, length)


def shortened(text: str, length: int = EXCERPT) -> str:
    """Return plain text on one line, with at most `length` characters."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    end = length - 1
    while end > 0 and _joined(line[end - 1], line[end]):  # never half a letter or emoji
        end -= 1
    return line[:end].rstrip() + "…"


def links(rendered: str) -> list[str]:
    """Return the addresses that rendered text links to, once for each link."""
    return [html.unescape(found) for found in _HREF.findall(rendered)]


def visible(rendered: str) -> str:
    """Return the visible text of rendered HTML. A picture's is its name."""
    return html.unescape(_TAG.sub("", _IMAGE.sub(r"\1", _BREAK.sub("\n", rendered))))


# Regular expressions are exact here: the second wall writes every `<` in text as `&lt;`, and every
# attribute value in double quotes.
_HREF = re.compile(r'<a href="([^"]*)"')
# Including the boundary between a language's name and the code.
_BREAK = re.compile(r"<(?:br|/p|/li|/pre|/blockquote)>|</span>(?=<code)")
_IMAGE = re.compile(r'<img [^>]*?alt="([^"]*)"[^>]*>')
_TAG = re.compile(r"<[a-z/](?:[^>\"]|\"[^\"]*\")*>")

# A line of words, punctuation and emoji without any Markdown, HTML or links, which is most of what
# people say. Both walls would return it unchanged, in twenty times the time.
_PLAIN = re.compile(
    r"(?!\d+[.)])[^\W_]"  # not a list
    r"(?:[^\W_]|[,?!;'\"()%\u2013\u2014\u2018\u2019\u201c\u201d\u2026\U0001f300-\U0001f64f\U0001f900-\U0001f9ff]"
    r"| (?! |\Z)|(?:\.+|:)(?= |\Z)|-(?=[^\W_]))*"
)


def _joined(before: str, char: str) -> bool:
    """Whether two characters are parts of what people would call one."""
    return before == "\u200d" or unicodedata.category(char) in {"Mn", "Me", "Mc", "Cf", "Sk"}


# -- emoji -----------------------------------------------------------------------------------

MAX_EMOJI = 6
# Emoji, without the letters and arrows of the same blocks, which are text unless U+FE0F follows.
_PICTURE = (
    "(?:[\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f201-\U0001f251"
    "\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0"
    "\U0001f90c-\U0001f9ff\U0001fa70-\U0001faff\u231a\u231b\u23e9-\u23f3\u25fd\u25fe"
    "\u2600-\u27bf\u2b1b\u2b1c\u2b50\u2b55]\ufe0f?"
    "|[\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u21aa\u25aa-\u25fc\u2934\u2935\u2b05-\u2b07"
    "\u3030\u303d\u3297\u3299\U0001f170-\U0001f17f]\ufe0f)"
)
_EMOJI = (
    f"(?:[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3"
    f"|\U0001f3f4[\U000e0020-\U000e007e]{{1,6}}\U000e007f"
    f"|{_PICTURE}[\U0001f3fb-\U0001f3ff]?(?:\u200d{_PICTURE}[\U0001f3fb-\U0001f3ff]?){{0,5}})"
)
_EMOJI_ONLY = re.compile(rf"(?:{_EMOJI}[ \n]*){{1,{MAX_EMOJI}}}")
_ANY_EMOJI = "\U0001f600"
_LONGEST_CODES_ONLY = 300  # characters; six short codes have at most 258, and spaces
_LONGEST_EMOJI_ONLY = 120  # characters; a family of four with skin tones has 11


def _emoji_only(body: str, pictures: Mapping[str, Picture] = NO_PICTURES) -> str:
    """Return a message of one to six emoji, which are shown bigger; "" for any other message."""
    if len(body) > _LONGEST_CODES_ONLY:
        return ""
    body = shortcodes.spelled_out(body) if body.startswith(":") or pictures else body
    parts = [*parted(body, pictures)]
    bare = "".join(part if isinstance(part, str) else _ANY_EMOJI for part in parts)
    if len(bare) > _LONGEST_EMOJI_ONLY or not _EMOJI_ONLY.fullmatch(bare):
        return ""
    shown = "".join(_lines(part) if isinstance(part, str) else part.html for part in parts)
    return f'<p class="emoji-only">{shown}</p>'


# -- the first wall --------------------------------------------------------------------------


_NO_ENV: Mapping[str, Any] = MappingProxyType({})


def _formatted(
    body: str, pictures: Mapping[str, Picture] = NO_PICTURES, env: Mapping[str, Any] = _NO_ENV
) -> str:
    tokens = _parse(body, pictures, env)
    # `-`, `>` and "```" alone, or a link without text, would be invisible messages.
    if not INVISIBLE.sub("", text_of(tokens)):
        return ""
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    return str(rendered)


def _literal(body: str) -> str:
    return f"<p>{_lines(body)}</p>"


def _lines(text: str) -> str:
    return html.escape(text).replace("\n", "<br>\n")


class _AsTyped(Exception):
    """The message is over a limit and stays as it was typed."""


def _parse(
    body: str, pictures: Mapping[str, Picture] = NO_PICTURES, env: Mapping[str, Any] = _NO_ENV
) -> Sequence[Token]:
    """Return the tokens of `body`; none if it is over a limit."""
    if len(_EMPTY_ITEMS.findall(body)) > MAX_BLOCKS:
        return ()
    try:
        return _markdown.parse(body, {**env, "pictures": pictures})
    except _AsTyped:
        return ()


# No rule is asked about empty items, so `_limit_blocks` can't count them.
_EMPTY_ITEMS = re.compile(r"^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]*$", re.MULTILINE)


def _limit_blocks(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Never matches: as the first rule of all, it counts blocks."""
    if not silent:
        blocks = state.env["blocks"] = state.env.get("blocks", 0) + 1
        if blocks > MAX_BLOCKS:
            raise _AsTyped
    return False


_MARKERS = re.compile(r"[*_~`\n\\\]]")
_LINKS = re.compile(r"\[|://|mailto:|www\.", re.IGNORECASE)


def _limit_markers(state: StateCore) -> None:
    inline = [token.content for token in state.tokens if token.type == "inline"]
    for pattern, limit in ((_MARKERS, MAX_MARKERS), (_LINKS, MAX_LINKS)):
        if sum(len(pattern.findall(text)) for text in inline) > limit:
            raise _AsTyped


def _end_item(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """End a list item with its indentation: people write their answer below a list, as they do
    below a quote. markdown-it asks this about every line."""
    lines = state.env["lines"] = state.env.get("lines", 0) + 1
    if lines > MAX_MARKERS:
        raise _AsTyped
    return silent and state.sCount[line] < state.blkIndent


# Up to the next character that may start something. markdown-it's own rule also stops at characters
# of rules that are off here, such as `!` and `<`, for 2 µs each. A `_` inside a word, as in
# `snake_case`, never starts emphasis, and neither do those that a username begins with.
_TEXT = re.compile(
    r"(?:[^\n\\`~*_\[\]:wW]+|[wW](?!(?i:ww\.))|:(?!//)(?<!(?i:mailto):)"
    r"|(?<=[^\W_])_+(?=[^\W_])|(?<![\w@]@)(?<=@)_+(?=[A-Za-z0-9]))+"
)


def _plain_text(state: StateInline, silent: bool) -> bool:
    found = _TEXT.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.pending += found.group()
    state.pos = found.end()
    return True


def _tidy(state: StateCore) -> None:
    """Do what the rules can't: turn links without an address, or with a deceptive one, and emphasis
    that is nested too deeply, back into text."""
    for block in state.tokens:
        if block.children:
            link_rules.tidy(block.children)
            _tidy_emphasis(block.children)


_EMPHASIS = frozenset({"em", "strong", "s"})


def _tidy_emphasis(tokens: Sequence[Token]) -> None:
    depth = 0
    for token in tokens:
        if token.tag not in _EMPHASIS:
            continue
        depth += token.nesting == 1
        too_deep = depth > MAX_EMPHASIS
        depth -= token.nesting == -1
        if too_deep:
            make_text(token, token.markup)


def _spell_out(state: StateCore) -> None:
    """Replace short codes with emoji, except in code and addresses."""
    pictures = state.env["pictures"]
    for block in state.tokens:
        if block.children:
            block.children = [*_with_emoji(block.children, pictures)]


def _with_emoji(tokens: Sequence[Token], pictures: Mapping[str, Picture]) -> Iterator[Token]:
    is_address = False
    for token in tokens:
        if token.type in {"link_open", "link_close"} and token.markup == "linkify":
            is_address = token.type == "link_open"
        if token.type == "text" and not is_address:
            token.content = shortcodes.spelled_out(token.content)
            if pictures:
                yield from _illustrated(token, pictures)
                continue
        yield token


def _illustrated(text: Token, pictures: Mapping[str, Picture]) -> Iterator[Token]:
    for part in parted(text.content, pictures):
        if isinstance(part, str):
            yield Token("text", "", 0, content=part)
        else:
            yield Token("emoji", "", 0, content=part.code, meta={"html": part.html})


def _mark_names(state: StateCore) -> None:
    """Mark the names that may be mentions, if this is asked for."""
    left = state.env.get("names", 0)
    for block in state.tokens:
        if left and block.children and "@" in block.content:
            left -= mentions.mark(block.children, left)


def _picture(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: object, _env: EnvType
) -> str:
    return str(tokens[index].meta["html"])


# -- wiring ----------------------------------------------------------------------------------


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt(
        "zero",
        {
            "breaks": True,
            # Beyond this markdown-it drops text, so the rules themselves have to stop before.
            "maxNesting": 2 * dialect.MAX_DEPTH,
        },
    )
    markdown.enable(["fence", "blockquote", "list"])
    markdown.enable(["newline", "escape", "backticks", "strikethrough", "emphasis", "link"])
    dialect.install(markdown)
    link_rules.install(markdown)
    markdown.block.ruler.before("fence", "limit", _limit_blocks)
    markdown.block.ruler.push("end_item", _end_item, {"alt": ["paragraph"]})
    markdown.inline.ruler.at("text", _plain_text)
    markdown.core.ruler.before("inline", "limit", _limit_markers)
    markdown.core.ruler.push("tidy", _tidy)
    markdown.core.ruler.push("shortcodes", _spell_out)
    markdown.core.ruler.push("mentions", _mark_names)
    markdown.add_render_rule("fence", code_block)
    markdown.add_render_rule("emoji", _picture)
    return markdown


_markdown = _make_markdown()
