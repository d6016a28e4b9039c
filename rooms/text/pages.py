"""What a web page says of itself, for the previews of links to it. Pure.

The page is a stranger's. Building its whole tree isn't safe: HTML's rules for repairing what isn't
closed make gigabytes of elements from half a megabyte of text. So a walk that only goes forward
picks out the few tags that matter, and the parser reads those. Everything comes out as plain text
on one line, of bounded length.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rooms.text.bodies import INVISIBLE, MAX_MARKS
from rooms.text.hosts import familiar

MAX_TITLE = 200  # characters, as the database has them
MAX_DESCRIPTION = 300
MAX_SITE = 100
MAX_ADDRESS = 2000

MOST_TAGS = 500  # that are looked at
LONGEST_TAG = 4096  # characters; a longer one is no title and no address


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself. `picture` is the address of one, http or https."""

    title: str = ""
    description: str = ""
    site: str = ""
    picture: str = ""


def read(content: bytes, *, charset: str, url: str) -> Page:
    """Read a page, or its beginning, that was found at `url`; `charset` is what its server said,
    perhaps nothing."""
    said = _said(decoded(content, charset))
    picture = next(filter(None, (_address(url, said.get(name)) for name in _PICTURE)), "")
    return Page(
        title=_first(said, _TITLE, MAX_TITLE),
        description=_first(said, _DESCRIPTION, MAX_DESCRIPTION),
        site=_first(said, _SITE, MAX_SITE) or host(url),
        picture=picture,
    )


def host(url: str) -> str:
    """The name by which people know a site that says none."""
    return line(familiar((urlsplit(url).hostname or "").removeprefix("www.")), MAX_SITE)


# Where each is said, the best place first: Open Graph, Twitter's cards, plain HTML.
_TITLE = ("og:title", "twitter:title", "<title>")
_DESCRIPTION = ("og:description", "twitter:description", "description")
_SITE = ("og:site_name", "application-name")
_PICTURE = (
    *("og:image:secure_url", "og:image:url", "og:image"),
    *("twitter:image", "twitter:image:src", "<image_src>"),
)
_KNOWN = {*_TITLE, *_DESCRIPTION, *_SITE, *_PICTURE}


def _first(said: dict[str, str], names: Iterable[str], most: int) -> str:
    return next(filter(None, (line(said.get(name, ""), most) for name in names)), "")


def _address(base: str, found: str | None) -> str:
    """An address in a page, as it is meant there; "" for none that can be fetched."""
    try:
        whole = urljoin(base, (found or "").strip())
        is_web = bool(found) and urlsplit(whole).scheme in {"http", "https"}
    except ValueError:
        return ""
    return whole if is_web and len(whole) <= MAX_ADDRESS else ""


# -- tags ------------------------------------------------------------------------------------

_BEGIN = re.compile(
    r"<(?:(?P<comment>!--)|(?P<skipped>script|style|template|noscript|textarea|svg|iframe)(?![\w-])"
    r"|(?P<title>title)(?![\w-])|(?:meta|link)(?![\w-]))",
    re.IGNORECASE,
)
_VOID = re.compile(r"<\w+(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>")
_NAMED = re.compile(r"<title(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>[^<]*+", re.IGNORECASE)
_END = re.compile(
    r"</(?P<name>script|style|template|noscript|textarea|svg|iframe)(?![\w-])", re.IGNORECASE
)


def _said(text: str) -> dict[str, str]:
    """Return what the tags that matter say; of several with one name, the first counts."""
    tree = LexborHTMLParser(f"<!doctype html><head>{''.join(_tags(text))}")
    said: dict[str, str] = {}
    for node in tree.css("meta, link, title"):
        name, value = _pair(node)
        if name in _KNOWN and value.strip():
            said.setdefault(name, value)
    return said


def _pair(node: LexborNode) -> tuple[str, str]:
    if node.tag == "title":
        return "<title>", node.text()
    told = {name: value or "" for name, value in node.attributes.items()}
    if node.tag == "link":
        return f"<{told.get('rel', '').strip().lower()}>", told.get("href", "")
    name = told.get("property") or told.get("name", "")
    return name.strip().lower(), told.get("content", "")


def _tags(text: str) -> Iterator[str]:
    """Yield the tags that may say something. Each step begins behind the last one and looks no
    further than it has to, so the time doesn't depend on how the page is made."""
    at = 0
    for _count in range(MOST_TAGS):
        found = _BEGIN.search(text, at)
        if not found:
            return
        at = found.end()
        if found["comment"]:
            end = text.find("-->", at)
            at = end if end >= 0 else len(text)
        elif found["skipped"]:
            at = _behind(text, at, found["skipped"].lower())
        else:
            piece = text[found.start() : found.start() + LONGEST_TAG]
            tag = (_NAMED if found["title"] else _VOID).match(piece)
            if tag:
                yield tag.group() + ("</title>" if found["title"] else "")
                at = found.start() + tag.end()


def _behind(text: str, at: int, name: str) -> int:
    """Where an element ends that holds no tags, or others' titles."""
    for end in _END.finditer(text, at):
        if end["name"].lower() == name:
            return end.end()
    return len(text)


# -- text ------------------------------------------------------------------------------------

_JOINERS = "\u200c\u200d"  # of letters and emoji
_NOT_SHOWN = {"Cc", "Cf", "Cn", "Co", "Cs"}


def line(text: str, most: int) -> str:
    """Return text as one line of at most so many characters: without controls, without what turns
    its direction, and without letters that nobody sees."""
    kept, marks = [], 0
    for char in text[: 4 * most]:
        kind = unicodedata.category(char)
        if char.isspace():
            kept.append(" ")
        elif kind in {"Mn", "Me"}:
            marks += 1
            if marks <= MAX_MARKS:
                kept.append(char)
            continue
        elif kind not in _NOT_SHOWN or char in _JOINERS:
            kept.append(char)
        if kind != "Cf":
            marks = 0
    clean = " ".join("".join(kept).split())
    if not INVISIBLE.sub("", clean):
        return ""
    if len(clean) > most:
        clean = clean[: most - 1].rstrip(f" {_JOINERS}") + "…"
    return clean


# -- charsets --------------------------------------------------------------------------------

_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_META = re.compile(rb"<meta[^<>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
# By Python's names. Not every codec of Python's is one of pages: `zip` and `idna` are no charsets.
_PAGES = {
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030", "big5", "big5hkscs"),
    *("euc_jp", "shift_jis", "cp932", "iso2022_jp", "euc_kr", "cp949", "johab", "tis-620"),
    *("koi8-r", "koi8-u", "cp866", "cp874", "mac-roman", "mac-cyrillic"),
    *(f"cp125{one}" for one in range(9)),
    *(f"iso8859-{one}" for one in range(1, 17)),
}
# As browsers read what is declared so.
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030"}


def decoded(content: bytes, charset: str) -> str:
    """Decode a page as browsers do: by its mark, its server's word, its own, or else UTF-8."""
    for mark, name in _BOMS.items():
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    own = _META.search(content[:4096])
    name = _codec(charset) or _codec(own[1].decode("ascii", "ignore") if own else "")
    if not name:
        name = "utf-8" if _is_utf8(content) else "cp1252"
    return content.decode(name, "replace")


def _codec(name: str) -> str:
    if not _NAME.fullmatch(name):
        return ""
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return ""
    known = _WIDER.get(known, known)
    return known if known in _PAGES else ""


def _is_utf8(content: bytes) -> bool:
    """The last character may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return True
