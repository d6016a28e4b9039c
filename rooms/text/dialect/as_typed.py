"""Text that looks like markup."""

import re

from markdown_it.rules_inline import StateInline

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
    return as_text(state, found, silent)


def as_text(state: StateInline, found: re.Match[str] | None, silent: bool) -> bool:
    """Show what was found as it is typed, if anything was."""
    if not found:
        return False
    if not silent:
        state.pending += found.group()
    state.pos = found.end()
    return True
