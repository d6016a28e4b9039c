"""Message source → safe HTML. Pure: knows no model, does no I/O.

Two walls. markdown-it-py runs a short list of rules and never passes HTML through; nh3 then keeps
only what is listed here, whatever the first wall let slip. Messages are rendered once, when they
are written, and stored: raise `RENDERER_VERSION` whenever the same source gives other HTML.

Where CommonMark surprises people in a chat, the chat wins (rooms/dialect.py), and nothing that
somebody typed ever renders to nothing.
"""

import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

import nh3
from django.utils.translation import gettext_lazy as _
from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token

from rooms import dialect, shortcodes
from rooms.errors import Invalid
from rooms.highlighting import LANGUAGES, TOKEN_CLASSES, code_block
from rooms.hosts import normalized, readable

RENDERER_VERSION = 2

MAX_MARKS = 4  # combining marks on one base: Vietnamese needs 2, pointed Hebrew 4, Zalgo hundreds

# A message beyond these is no prose: parsing it would take up to 0.2 s, and what came out would be
# no easier to read. It is shown as it was typed. Code in fences isn't counted. Together they keep
# the longest message, whatever is in it, near a millisecond per kilobyte, highlighting aside.
MAX_BLOCKS = 300  # paragraphs, quotes, lists and items
MAX_MARKERS = 600  # characters that begin or end emphasis, code, a link or a line: 10 µs each
MAX_LINKS = 80  # what may begin a link: up to 200 µs each, as its end is looked for

MAX_EMPHASIS = 6  # bold in italic in struck …; beyond it the markers stay text
# Characters. What is longer stays text (an address in it is found all the same), so that no text
# is read all too often.
MAX_LINK = 800  # of `[text](url)`
MAX_URL = 2000
# Characters. Every open window gets the HTML, so a message may not outgrow its source at will.
MAX_HTML = 64 * 1024

# -- the second wall -------------------------------------------------------------------------

_SANITISER = nh3.Cleaner(
    tags={
        *("p", "br", "strong", "em", "s", "a"),
        *("code", "pre", "span", "blockquote", "ul", "ol", "li"),
    },
    clean_content_tags={"script", "style"},
    attributes={"a": {"href"}, "ol": {"start"}, "li": {"value"}},
    allowed_classes={
        "p": {"emoji-only"},
        "pre": {"code"},
        "code": {f"language-{name}" for name in LANGUAGES.values()},
        "span": {"code-language", *TOKEN_CLASSES},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow ugc",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)

# -- what people can call --------------------------------------------------------------------


def render(body: str) -> str:
    """The HTML of a message whose source `clean_body` returned. Safe to insert as it is."""
    emoji = _emoji_only(body)
    if not emoji and _PLAIN.fullmatch(body):
        return f"<p>{body}</p>"
    dirty = emoji or _formatted(body) or _literal(body)
    clean = _SANITISER.clean(dirty).rstrip()
    if len(clean) > MAX_HTML:
        return _SANITISER.clean(_literal(body))
    return clean


def excerpt(body: str, length: int = 140) -> str:
    """One line of plain text for previews and notifications: markup stripped, code kept.

    It is text, not HTML: whoever shows it escapes it. At most `length` characters.
    """
    line = " ".join(_text(_parse(body)).split()) or " ".join(body.split())
    if len(line) <= length:
        return line
    end = length - 1
    while end > 0 and _joined(line[end - 1], line[end]):  # never half of a letter or of an emoji
        end -= 1
    return line[:end].rstrip() + "…"


def links(rendered: str) -> list[str]:
    """The addresses that rendered text leads to, each as often as it does."""
    return [html.unescape(found) for found in _HREF.findall(rendered)]


def visible(rendered: str) -> str:
    """What people read of rendered text."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", rendered)))


def clean_body(text: str) -> str:
    """A message's source as it is stored: NFC, whatever breaks a line as `\\n`, no blank lines
    around it, no other control characters and at most `MAX_MARKS` combining marks on each base.

    Raises Invalid, with a sentence for its author, on what can't be a message: NUL (SQLite cuts
    the text there, PostgreSQL refuses it), half a surrogate pair (no encoder takes it) and text
    that nobody would see.
    """
    if "\0" in text:
        raise Invalid(_("The message contains a NUL character, which can't be stored."))
    if _SURROGATES.search(text):
        raise Invalid(_("The text contains half of a character. Remove it and try again."))
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    # Before composing, since that sorts a run of marks in quadratic time, and after it, since a
    # few characters compose to more marks than they came with.
    text = _limit_marks(unicodedata.normalize("NFC", _limit_marks(text)))
    if not _INVISIBLE.sub("", text):
        raise Invalid(_("The message is empty."))
    lines = text.rstrip().split("\n")
    return "\n".join(itertools.dropwhile(lambda line: not line.strip(), lines))


# Exact, since the second wall writes all text with `<` as `&lt;` and all values in `"`.
_HREF = re.compile(r'<a href="([^"]*)"')
# Also between the name of a language and the code.
_BREAK = re.compile(r"<(?:br|/p|/li|/pre|/blockquote)>|</span>(?=<code)")
_TAG = re.compile(r"<[a-z/](?:[^>\"]|\"[^\"]*\")*>")

# A line of words, punctuation and pictures that neither Markdown nor HTML nor a link knows: most of
# what people say. Both walls would return it as it is, in twenty times the time.
_PLAIN = re.compile(
    r"(?!\d+[.)])[^\W_]"  # no list
    r"(?:[^\W_]|[,?!;'\"()%\u2013\u2014\u2018\u2019\u201c\u201d\u2026\U0001f300-\U0001f64f\U0001f900-\U0001f9ff]"
    r"| (?! |\Z)|(?:\.+|:)(?= |\Z)|-(?=[^\W_]))*"
)


# -- hygiene ---------------------------------------------------------------------------------

_SURROGATES = re.compile("[\ud800-\udfff]")
# As Unicode has them (UAX #14): word processors paste a vertical tab where a line is broken within
# a paragraph. Dropped, they would join two words.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# Also the two overrides: no keyboard for a right-to-left script needs them, and `\u202egpj.exe`
# reads `exe.jpg`. Marks, embeddings and isolates stay: people do write those.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]")
# White space, and what Unicode calls default-ignorable, and U+2800, the empty Braille cell.
_INVISIBLE = re.compile(
    "[\\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_MARKS = frozenset({"Mn", "Me"})


def _limit_marks(text: str) -> str:
    """Drop every combining mark beyond `MAX_MARKS` in a row.

    Format characters don't end a row: a zero-width joiner between marks would reset the count.
    """
    if text.isascii():
        return text
    kept, marks = [], 0
    for char in text:
        category = unicodedata.category(char)
        if category in _MARKS:
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif category != "Cf":
            marks = 0
        kept.append(char)
    return "".join(kept)


def _joined(before: str, char: str) -> bool:
    """Whether the two are parts of one character as a person counts."""
    return before == "\u200d" or unicodedata.category(char) in {"Mn", "Me", "Mc", "Cf", "Sk"}


# -- emoji -----------------------------------------------------------------------------------

MAX_EMOJI = 6
# Pictures, not the letters and arrows of the same blocks, which are text until U+FE0F follows.
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
_LONGEST_EMOJI_ONLY = 120  # characters; a family of four with skin tones has 11


def _emoji_only(body: str) -> str:
    """The paragraph of one to six emoji, which are shown bigger, or "" for any other message."""
    body = shortcodes.spelled_out(body) if body.startswith(":") else body
    if len(body) > _LONGEST_EMOJI_ONLY or not _EMOJI_ONLY.fullmatch(body):
        return ""
    return _literal(body).replace("<p>", '<p class="emoji-only">', 1)


# -- the first wall --------------------------------------------------------------------------


def _formatted(body: str) -> str:
    tokens = _parse(body)
    # `-`, `>` and "```" alone, or a link without text, would be messages that nobody sees.
    if not _INVISIBLE.sub("", _text(tokens)):
        return ""
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    return str(rendered)


def _literal(body: str) -> str:
    return "<p>" + html.escape(body).replace("\n", "<br>\n") + "</p>"


class _AsTyped(Exception):
    """The message is beyond reason and stays as it is."""


def _parse(body: str) -> Sequence[Token]:
    """The tokens of `body`; none where it is beyond reason."""
    if len(_EMPTY_ITEMS.findall(body)) > MAX_BLOCKS:
        return ()
    try:
        return _markdown.parse(body)
    except _AsTyped:
        return ()


# No rule is asked about those, so that `_limit_blocks` can't count them.
_EMPTY_ITEMS = re.compile(r"^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]*$", re.MULTILINE)


def _limit_blocks(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Never matches; stands first in the row to count."""
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


def _text(tokens: Iterable[Token]) -> str:
    return "".join(_words(tokens))


def _words(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.children is not None:
            yield from _words(token.children)
            yield "\n"
        elif token.type in {"softbreak", "hardbreak", "fence"}:
            yield token.content + "\n"
        else:
            yield token.content


def _end_item(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """A list item ends with its indentation: the answer stands below a list as it does below a
    quote. Asked about every line."""
    lines = state.env["lines"] = state.env.get("lines", 0) + 1
    if lines > MAX_MARKERS:
        raise _AsTyped
    return silent and state.sCount[line] < state.blkIndent


_SCHEME = re.compile(r"(?<![a-z0-9.+-])https?\Z", re.IGNORECASE)
_MAILTO = re.compile(r"(?<![a-z0-9.+_-])mailto\Z", re.IGNORECASE)
# What `www.` may not follow: a word, or what goes on from one. A script that doesn't part its words
# doesn't part an address from them either.
_WITHIN = re.compile(r"[a-z0-9_@.\-/:=&%?#\\+]", re.IGNORECASE)


def _bare_link(state: StateInline, silent: bool) -> bool:
    """`https://…`, `www.…` and `mailto:…` become links before `_` or `*` in them can mean emphasis.

    markdown-it's own rules do this too, but one searches all pending text at every `://`, which is
    quadratic: 8,000 characters of it take a third of a second; the other takes 15 µs of any text.
    """
    src, pos = state.src, state.pos
    if silent or state.linkLevel:
        return False
    if src[pos] == ":":
        scheme = _SCHEME.search(state.pending[-6:])
        if scheme and src.startswith("://", pos):
            return _link_to(state, scheme.group(), "://", _address)
        mail = _MAILTO.search(state.pending[-7:])
        return bool(mail) and _link_to(state, "mailto", ":", _mailbox)
    if src[pos : pos + 4].lower() == "www." and not _WITHIN.search(state.pending[-1:]):
        return _link_to(state, "", "www.", _address)
    return False


def _link_to(
    state: StateInline, typed: str, begins: str, rest_of: Callable[[str, int, int], str]
) -> bool:
    """Make the link that begins with `typed`, which was taken for text, and `begins`, which stands
    here."""
    start = state.pos + len(begins)
    rest = rest_of(state.src, start, _end_of_emphasis(state, start))
    if not rest or (not typed and "." not in rest):  # `www.` may end a sentence
        return False
    url = state.pending[len(state.pending) - len(typed) :] + state.src[state.pos : start] + rest
    href = normalized(url if typed else f"https://{url}")
    if not _allowed_link(href):
        return False
    if typed:
        state.pending = state.pending[: -len(typed)]
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": href}
    opening.markup = "linkify"
    state.push("text", "", 0).content = readable(url)
    state.push("link_close", "a", -1).markup = "linkify"
    state.pos = start + len(rest)
    return True


def _end_of_emphasis(state: StateInline, start: int) -> int:
    """Where emphasis that began with `_` ends, as in `_see https://…_`; or the end of the text."""
    found = _CLOSING_UNDERSCORE.search(state.src, start, min(state.posMax, start + MAX_URL))
    if not found:
        return state.posMax
    marks = [one for one in state.delimiters if one.marker == ord("_")]
    waiting = sum((one.open and not one.close) - (one.close and not one.open) for one in marks)
    return found.start() if waiting > 0 else state.posMax


_CLOSING_UNDERSCORE = re.compile(r"_+(?![^\W_]|[(\[{/?#&=%~@+$-])")


# Up to the next character that may begin something. markdown-it's own rule also stops at those of
# rules that are off here, such as `!` and `<`, which then costs 2 µs each; `_` within a word, as in
# `snake_case`, never begins emphasis.
_TEXT = re.compile(
    r"(?:[^\n\\`~*_\[\]:wW]+|[wW](?!(?i:ww\.))|:(?!//)(?<!(?i:mailto):)"
    r"|(?<=[^\W_])_+(?=[^\W_]))+"
)


def _plain_text(state: StateInline, silent: bool) -> bool:
    found = _TEXT.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.pending += found.group()
    state.pos = found.end()
    return True


def _near_link(state: StateInline, silent: bool) -> bool:
    """markdown-it's `[text](url)`, which looks for its end nearby and not in all the text. Without
    text it would be a link that nobody sees: then it stays, and the address in it is found."""
    if _NO_LABEL.match(state.src, state.pos):
        return False
    end = state.posMax
    state.posMax = min(end, state.pos + MAX_LINK)
    found = link(state, silent)
    state.posMax = end
    return found


# A label with nothing to see in it.
_NO_LABEL = re.compile(rf"\[(?:{_INVISIBLE.pattern})?\]\(")


def _address(text: str, start: int, end: int) -> str:
    """The longest host, port and path at `start`, without what closes the sentence around it; ""
    when there is none or it has no end."""
    found = _ADDRESS.match(text, start, min(end, start + MAX_URL))
    if not found or found.end() >= start + MAX_URL:
        return ""
    address = found.group()
    if closed := _CLOSED.search(address):
        address = address[: closed.start()]
    return address.rstrip(_ENDS)


def _mailbox(text: str, start: int, end: int) -> str:
    found = _MAILBOX.match(text, start, end)
    return found.group() if found else ""


# What closes an address wherever it stands in one: quotation marks and brackets beyond ASCII (those
# within come in pairs, by the grammar), an ellipsis, a long dash, and what ends a phrase in scripts
# without spaces. A browser copies them encoded.
_CLOSED = re.compile(
    "[\xab\xbb\u2018\u201a-\u201f\u2039\u203a\u2026\u2014\u2015\u3001\u3002\u3008-\u3011\u3014-\u301b"
    "\u301d-\u301f\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d\uff5f-\uff64]"
    "|\u2019(?![^\\W_])"
)
# And at its end: what closes a sentence, and `**` or `~~`, which are markup far more often.
_ENDS = (
    ".,:;!?'*~\u060c\u061b\u061f\u06d4\u0964\u0965\u1362\u1363\u1364\u1365\u1366\u1367\u1368\u2013"
)


_LINK = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#]\S*)?|mailto:[^\s@]+@\S+", re.IGNORECASE)
_CLAIM = re.compile(r"(?:https?://|www\.)[^\s/?#]+", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:www\.)?([^/?#:]+)", re.IGNORECASE)


def _allowed_link(url: str) -> bool:
    """Whether both walls let it through: nh3 parses addresses as browsers do, and drops the `href`
    of what they would not open."""
    if not _LINK.fullmatch(url):
        return False
    return "href" in _SANITISER.clean(f'<a href="{html.escape(url)}">x</a>')


def _host(url: str) -> str:
    found = _HOST.match(url)
    return found.group(1).lower() if found else ""


def _deceives(href: str, label: str) -> bool:
    """Whether the label reads as an address of another host: `[https://bank.example](https://…)`."""
    claim = _CLAIM.search(label)
    if not claim:
        return False
    claimed = re.sub(r"\A(?=www\.)", "https://", claim.group(), flags=re.IGNORECASE)
    return _host(normalized(claimed)) != _host(href)


def _tidy(state: StateCore) -> None:
    """What the rules can't say: links without an address or with a false one, and emphasis
    nested beyond reason, stay text."""
    for block in state.tokens:
        if block.children:
            _tidy_links(block.children)
            _tidy_emphasis(block.children)


def _tidy_links(tokens: Sequence[Token]) -> None:
    start = None
    for index, token in enumerate(tokens):
        if token.type == "link_open":
            start = index
            token.attrs.pop("title", None)
        elif token.type == "link_close" and start is not None:
            opening = tokens[start]
            href = str(opening.attrs.get("href", ""))
            if not href or _deceives(href, _text(tokens[start:index])):
                _make_text(opening, "[")
                _make_text(token, f"]({href})")
            start = None


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
            _make_text(token, token.markup)


def _make_text(token: Token, content: str) -> None:
    token.type, token.tag, token.nesting = "text", "", 0
    token.attrs, token.content = {}, content


def _spell_out(state: StateCore) -> None:
    """Emoji in place of their short codes, but for code and addresses."""
    for block in state.tokens:
        is_address = False
        for token in block.children or ():
            if token.type in {"link_open", "link_close"} and token.markup == "linkify":
                is_address = token.type == "link_open"
            elif token.type == "text" and not is_address:
                token.content = shortcodes.spelled_out(token.content)


# -- wiring ----------------------------------------------------------------------------------


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt(
        "zero",
        {
            "breaks": True,
            # Beyond it markdown-it drops text, so that the rules themselves stop before.
            "maxNesting": 2 * dialect.MAX_DEPTH,
        },
    )
    markdown.enable(["fence", "blockquote", "list"])
    markdown.enable(["newline", "escape", "backticks", "strikethrough", "emphasis", "link"])
    markdown.inline.ruler.enable("linkify")
    dialect.install(markdown)
    markdown.block.ruler.before("fence", "limit", _limit_blocks)
    markdown.block.ruler.push("end_item", _end_item, {"alt": ["paragraph"]})
    markdown.inline.ruler.at("text", _plain_text)
    markdown.inline.ruler.at("linkify", _bare_link)
    markdown.inline.ruler.at("link", _near_link)
    markdown.core.ruler.before("inline", "limit", _limit_markers)
    markdown.core.ruler.push("tidy", _tidy)
    markdown.core.ruler.push("shortcodes", _spell_out)
    markdown.add_render_rule("fence", code_block)
    markdown.validateLink = _allowed_link  # type: ignore[method-assign]
    markdown.normalizeLink = normalized  # type: ignore[method-assign]
    return markdown


# Linkify-it's grammar; a bare `main.py` or `readme.md` is a file, so none of it is guessed.
_grammar = LinkifyIt().re
# No user name before the host: `https://bank.example@evil.example/` leads to the second.
_ADDRESS = re.compile(
    r"(?![^\s/?#]*@)" + _grammar["src_host_port_strict"] + _grammar["src_path"], re.IGNORECASE
)
_MAILBOX = re.compile(_grammar["src_email_name"] + "@" + _grammar["src_host_strict"], re.IGNORECASE)
_markdown = _make_markdown()
