"""The second wall: an allow-list of HTML, whatever got through the Markdown rules."""

import re
from typing import Any

import nh3

from rooms.text import pictures
from rooms.text.highlighting import LANGUAGES, TOKEN_CLASSES

_TAGS = {
    *("p", "br", "strong", "em", "s", "a"),
    *("code", "pre", "span", "blockquote", "ul", "ol", "li"),
}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "li": {"value"}}
_CLASSES = {
    "p": {"emoji-only"},
    "pre": {"code"},
    "code": {f"language-{name}" for name in LANGUAGES.values()},
    "span": {"code-language", *TOKEN_CLASSES},
}
_OPTIONS: dict[str, Any] = {
    "clean_content_tags": {"script", "style"},
    "url_schemes": {"http", "https", "mailto"},
    "link_rel": "noopener noreferrer nofollow ugc",
    "set_tag_attribute_values": {"a": {"target": "_blank"}},
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    allowed_classes=_CLASSES,
    url_relative="deny",
    **_OPTIONS,
)

# The only relative address of a message is that of a custom emoji.
_CODE = re.compile(f":{pictures.NAME.pattern}:")
_EXACTLY = {
    ("img", "src"): pictures.ADDRESS,
    ("img", "alt"): _CODE,
    ("img", "title"): _CODE,
    ("source", "srcset"): pictures.ADDRESS,
    ("source", "media"): re.compile(re.escape(pictures.NO_MOTION)),
    ("a", "href"): re.compile(r"(?:https?:|mailto:).*", re.DOTALL | re.IGNORECASE),
}


def _only_exact(tag: str, attribute: str, value: str) -> str | None:
    form = _EXACTLY.get((tag, attribute))
    return value if form is None or form.fullmatch(value) else None


_PICTURE_CLEANER = nh3.Cleaner(
    tags={*_TAGS, "picture", "source", "img"},
    attributes={**_ATTRIBUTES, "img": {"src", "alt", "title"}, "source": {"srcset", "media"}},
    allowed_classes={**_CLASSES, "img": {"emoji"}},
    attribute_filter=_only_exact,
    url_relative="pass_through",
    **_OPTIONS,
)


def sanitised(html: str, *, has_pictures: bool = False) -> str:
    """Return HTML without anything that isn't on the list."""
    return (_PICTURE_CLEANER if has_pictures else _CLEANER).clean(html)
