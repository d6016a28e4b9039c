"""Helpers for markdown-it's tokens."""

from collections.abc import Iterable, Iterator

from markdown_it.token import Token


def text_of(tokens: Iterable[Token]) -> str:
    """The text of tokens, without their markup."""
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


def make_text(token: Token, content: str) -> None:
    """Turn a token into plain text."""
    token.type, token.tag, token.nesting = "text", "", 0
    token.attrs, token.content = {}, content
