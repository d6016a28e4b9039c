"""Links in messages: which text becomes one, and which links can't be trusted.

Addresses become links as people type them; `[text](url)` does unless the text claims another
address.
"""

import html
import re
from collections.abc import Callable, Sequence

from linkify_it import LinkifyIt  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, link
from markdown_it.token import Token

from rooms.text.bodies import INVISIBLE
from rooms.text.hosts import normalized, readable
from rooms.text.sanitiser import sanitised
from rooms.text.tokens import make_text, text_of

# Characters. Anything longer stays text (an address in it is still found), so that no text is read
# too many times.
MAX_LINK = 800  # of `[text](url)`
MAX_URL = 2000

# Linkify-it's grammar. Addresses without a scheme aren't guessed: `main.py` is a file.
_grammar = LinkifyIt().re
# No user name before the host: `https://bank.example@evil.example/` leads to the second one.
_ADDRESS = re.compile(
    r"(?![^\s/?#]*@)" + _grammar["src_host_port_strict"] + _grammar["src_path"], re.IGNORECASE
)
_MAILBOX = re.compile(_grammar["src_email_name"] + "@" + _grammar["src_host_strict"], re.IGNORECASE)


def install(markdown: MarkdownIt) -> None:
    """Replace markdown-it's rules for links with these."""
    markdown.inline.ruler.enable("linkify")
    markdown.inline.ruler.at("linkify", _bare_link)
    markdown.inline.ruler.at("link", _near_link)
    markdown.validateLink = _allowed_link  # type: ignore[method-assign]
    markdown.normalizeLink = normalized  # type: ignore[method-assign]


def tidy(tokens: Sequence[Token]) -> None:
    """Turn links without an address, or with a deceptive one, back into text."""
    start = None
    for index, token in enumerate(tokens):
        if token.type == "link_open":
            start = index
            token.attrs.pop("title", None)
        elif token.type == "link_close" and start is not None:
            opening = tokens[start]
            href = str(opening.attrs.get("href", ""))
            if not href or _deceives(href, text_of(tokens[start:index])):
                make_text(opening, "[")
                make_text(token, f"]({href})")
            start = None


_SCHEME = re.compile(r"(?<![a-z0-9.+-])https?\Z", re.IGNORECASE)
_MAILTO = re.compile(r"(?<![a-z0-9.+_-])mailto\Z", re.IGNORECASE)
# What `www.` may not follow: a word, or something that continues one. In scripts without spaces
# between words, there is no space before an address either.
_WITHIN = re.compile(r"[a-z0-9_@.\-/:=&%?#\\+]", re.IGNORECASE)


def _bare_link(state: StateInline, silent: bool) -> bool:
    """Turn `https://…`, `www.…` and `mailto:…` into links before a `_` or `*` inside them can mean
    emphasis.

    markdown-it has rules for this, too. One of them searches all pending text at every `://`, which
    is quadratic (a third of a second for 8,000 characters); the other takes 15 µs for any text.
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
    """Make a link that starts with `typed`, which is pending as text, and then `begins`."""
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
    """Where the emphasis ends that started with a `_` before the link, as in `_see https://…_`; or
    the end of the text."""
    found = _CLOSING_UNDERSCORE.search(state.src, start, min(state.posMax, start + MAX_URL))
    if not found:
        return state.posMax
    marks = [one for one in state.delimiters if one.marker == ord("_")]
    waiting = sum((one.open and not one.close) - (one.close and not one.open) for one in marks)
    return found.start() if waiting > 0 else state.posMax


_CLOSING_UNDERSCORE = re.compile(r"_+(?![^\W_]|[(\[{/?#&=%~@+$-])")


def _near_link(state: StateInline, silent: bool) -> bool:
    """markdown-it's `[text](url)`, but it looks for the end only nearby, not in the whole text. A
    link without text would be invisible, so its source stays and only the address is linked."""
    if _NO_LABEL.match(state.src, state.pos):
        return False
    end = state.posMax
    state.posMax = min(end, state.pos + MAX_LINK)
    found = link(state, silent)
    state.posMax = end
    return found


# A label without anything visible.
_NO_LABEL = re.compile(rf"\[(?:{INVISIBLE.pattern})?\]\(")


def _address(text: str, start: int, end: int) -> str:
    """Return the longest host, port and path at `start`, without the punctuation of the sentence
    around it; "" if there is none, or it is too long."""
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


# What ends an address anywhere in it: quotation marks and brackets beyond ASCII (the grammar takes
# those of ASCII only in pairs), an ellipsis, a long dash, and the punctuation of scripts without
# spaces. In addresses that are copied from a browser, they are percent-encoded.
_CLOSED = re.compile(
    "[\xab\xbb\u2018\u201a-\u201f\u2039\u203a\u2026\u2014\u2015\u3001\u3002\u3008-\u3011\u3014-\u301b"
    "\u301d-\u301f\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d\uff5f-\uff64]"
    "|\u2019(?![^\\W_])"
)
# What an address can't end with: the end of a sentence, and `**` or `~~`, which are usually markup.
_ENDS = (
    ".,:;!?'*~\u060c\u061b\u061f\u06d4\u0964\u0965\u1362\u1363\u1364\u1365\u1366\u1367\u1368\u2013"
)


_LINK = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#]\S*)?|mailto:[^\s@]+@\S+", re.IGNORECASE)
_CLAIM = re.compile(r"(?:https?://|www\.)[^\s/?#]+", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:www\.)?([^/?#:]+)", re.IGNORECASE)


def _allowed_link(url: str) -> bool:
    """Whether both walls let an address through. nh3 parses addresses as browsers do, and drops the
    `href` of any that they wouldn't open."""
    if not _LINK.fullmatch(url):
        return False
    return "href" in sanitised(f'<a href="{html.escape(url)}">x</a>')


def _host(url: str) -> str:
    found = _HOST.match(url)
    return found.group(1).lower() if found else ""


def _deceives(href: str, label: str) -> bool:
    """Whether a label reads as an address of another host: `[https://bank.example](https://…)`."""
    claim = _CLAIM.search(label)
    if not claim:
        return False
    claimed = re.sub(r"\A(?=www\.)", "https://", claim.group(), flags=re.IGNORECASE)
    return _host(normalized(claimed)) != _host(href)
