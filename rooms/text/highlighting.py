"""Syntax highlighting of fenced code: which languages, and how much time they may take.

Pygments' lexers aren't made for hostile text. They run within a time budget, only over what looks
like code, and their output is used only if it is the whole code, unchanged.
"""

import functools
import html
import re
import time
from collections.abc import Sequence

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

# Characters. Every open window gets the HTML, so a message may not outgrow its source at will.
MAX_HIGHLIGHTED = 40 * 1024
# CPU time for all highlighting in one message; 8,000 characters of real code take 5 to 25 ms. Many
# lexers are quadratic on hostile input (C's takes 6 s for 8,000 newlines).
HIGHLIGHT_SECONDS = 0.03
MAX_LABEL = 24  # characters that a block's label shows of an unknown language

# Alias → Pygments' name, for lexers that were measured to stay within 60 ms for 8,000 hostile
# characters under the limits of `_highlighted`. Other languages are shown plain, and no language is
# guessed: guessing runs every lexer over the text.
LANGUAGES = {
    alias: name
    for name, aliases in {
        "bash": "sh shell zsh",
        "c": "h",
        "clojure": "clj",
        "console": "shell-session",
        "cpp": "c++ cxx hpp",
        "csharp": "cs c#",
        "css": "",
        "dart": "",
        "diff": "patch udiff",
        "django": "jinja jinja2 html+django",
        "docker": "dockerfile",
        "elixir": "ex exs",
        "erlang": "erl",
        "go": "golang",
        "graphql": "",
        "haskell": "hs",
        "html": "",
        "ini": "cfg",
        "java": "",
        "javascript": "js jsx mjs",
        "json": "",
        "julia": "jl",
        "kotlin": "kt",
        "lua": "",
        "make": "makefile",
        "nginx": "",
        "nix": "",
        "perl": "pl",
        "php": "",
        "powershell": "ps1 pwsh posh",
        "python": "py python3 py3",
        "pytb": "traceback",
        "r": "",
        "ruby": "rb",
        "rust": "rs",
        "scala": "",
        "scss": "",
        "sql": "postgresql sqlite mysql",
        "swift": "",
        "toml": "",
        "typescript": "ts tsx",
        "xml": "svg",
        "yaml": "yml",
        "zig": "",
    }.items()
    for alias in (name, *aliases.split())
}
# Without it, PHP's lexer takes everything before `<?php` for text, and nobody types that in a chat.
LEXER_OPTIONS = {"php": {"startinline": True}}
# Names, punctuation and white space are most of any code and look the same without a span. Errors,
# such as the "…" in a shortened example, are no reason to paint somebody's message red.
PLAIN_TOKENS = frozenset({"", "err", "esc", "n", "p", "w", "x"})
TOKEN_CLASSES = frozenset(STANDARD_TYPES.values()) - PLAIN_TOKENS


def code_block(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: object, env: EnvType
) -> str:
    """Render a fenced block with its language as a label, highlighted if the language is known."""
    code = tokens[index].content.removesuffix("\n")
    typed = tokens[index].info.strip().partition(" ")[0]
    language = LANGUAGES.get(typed.lower())
    if language is None:
        label, attribute, inner = typed[:MAX_LABEL], "", html.escape(code)
    else:
        lexer = _lexer(language)
        label, attribute = lexer.name, f' class="language-{language}"'
        inner = _highlighted(code, lexer, env) or html.escape(code)
    caption = f'<span class="code-language">{html.escape(label)}</span>' if label else ""
    return f'<pre class="code">{caption}<code{attribute}>{inner}</code></pre>\n'


def _lexer(language: str) -> Lexer:
    # A new one each time, since some lexers keep state while they run.
    _warm_up(language)
    return _new_lexer(language)


@functools.cache
def _warm_up(language: str) -> None:
    """Compile the regular expressions of a lexer, and of the lexers inside it, off the clock. That
    takes up to 0.2 s, for which the first message in a language would not be highlighted."""
    for _token in _new_lexer(language).get_tokens("<style>a{b:c}</style><script>d()</script>\n"):
        pass


def _new_lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, **LEXER_OPTIONS.get(language, {}))


_LAST_NEWLINE = re.compile(r"\n(</span>)?\Z")
# A line of 400 characters, 200 of white space, or 40 empty lines.
_UNREADABLE = re.compile(r"[^\n]{400}|\s{200}|\n{40}")


def _highlighted(code: str, lexer: Lexer, env: EnvType) -> str:
    """Return `code` in spans; "" if that takes too long, gets too long or changes the code.

    A lexer can't be interrupted, but it yields after each match, and the slow ones need many
    matches. The few that are slow within a match need something that readable code doesn't have:
    `_UNREADABLE`.
    """
    if _UNREADABLE.search(code):
        return ""
    started = time.thread_time()
    budget = env.get("highlight", HIGHLIGHT_SECONDS)
    parts, seen = [], []
    for kind, text in lexer.get_tokens(code + "\n"):  # some drop a last line that has no newline
        if time.thread_time() - started > budget:
            env["highlight"] = 0
            return ""
        name = _token_class(kind)
        escaped = html.escape(text)
        parts.append(f'<span class="{name}">{escaped}</span>' if name in TOKEN_CLASSES else escaped)
        seen.append(text)
    env["highlight"] = budget - (time.thread_time() - started)
    highlighted = _LAST_NEWLINE.sub(r"\1", "".join(parts))
    # Some lexers reorder lines, and people copy code.
    complete = "".join(seen) == code + "\n"
    return highlighted if complete and len(highlighted) <= MAX_HIGHLIGHTED else ""


@functools.cache
def _token_class(kind: object) -> str:
    while kind not in STANDARD_TYPES:
        kind = kind.parent  # type: ignore[attr-defined]
    return STANDARD_TYPES[kind]  # type: ignore[index]
