"""Where the chat deviates from CommonMark: rules for markdown-it that show what people meant.

A rule looks at nothing but the message. rooms/text/README.md lists them, with an example each.
"""

from markdown_it import MarkdownIt

from rooms.text.dialect.as_typed import verbatim
from rooms.text.dialect.blocks import (
    MAX_DEPTH,
    end_at_year,
    keep_numbers,
    numbered_or_bulleted,
    quote,
)
from rooms.text.dialect.code import fence
from rooms.text.dialect.escapes import escape
from rooms.text.dialect.marks import emphasis, is_word, strike

__all__ = ["MAX_DEPTH", "install", "is_word"]


def install(markdown: MarkdownIt) -> None:
    """Replace markdown-it's rules with these."""
    block, inline = markdown.block.ruler, markdown.inline.ruler
    block.at("fence", fence, {"alt": ["paragraph", "blockquote", "list"]})
    block.at("blockquote", quote, {"alt": ["paragraph", "blockquote", "list"]})
    block.at("list", numbered_or_bulleted, {"alt": ["paragraph", "blockquote"]})
    block.before("fence", "year", end_at_year, {"alt": ["list"]})
    inline.at("escape", escape)
    inline.at("emphasis", emphasis)
    inline.at("strikethrough", strike)
    inline.before("emphasis", "verbatim", verbatim)
    markdown.core.ruler.after("inline", "numbers", keep_numbers)
