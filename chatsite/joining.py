"""One file of scripts and one of styles, made of the many that people work on.

A browser asks for six files at a time, and learns only from each which ones it imports: ninety of
them take a second over a slow line. Not a bundler, since those need Node.js, which whoever runs a
site need not have. Our modules say no more than `import { … } from "…"` and `export` before what
they declare, so each can become a function that keeps its declarations to itself. Anything else of
the module syntax is refused.
"""

import posixpath
import re
from collections.abc import Callable

Read = Callable[[str], str]  # a file's text by its name, such as "js/lib/dom.js"

IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)";$', re.MULTILINE)
IMPORT_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
EXPORT = re.compile(
    r"^export (?=(?:(?:async )?function|class|const) (\w+|\[[\w, ]+\]))", re.MULTILINE
)
NO_EXPORTS = re.compile(r"^export \{\};$", re.MULTILINE)  # of a file that has only types
# `await` at the left margin is a module's own, which a function can't have.
REFUSED = re.compile(r"^(?:import|export|await)\b.*", re.MULTILINE)

SHEET = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)


class JoinError(ValueError):
    """A file says something that can't be joined; the words are for whoever wrote it."""


def join_modules(entry: str, read: Read) -> str:
    """The module and all that it imports as one script. Raises JoinError."""
    return _Modules(read).join(entry)


def join_sheets(entry: str, read: Read) -> str:
    """The style sheet with those that it imports, from its own folder, in their places."""
    folder = posixpath.dirname(entry)
    return SHEET.sub(lambda found: read(posixpath.join(folder, found[1])), read(entry))


class _Modules:
    def __init__(self, read: Read) -> None:
        self._read = read
        self._texts: dict[str, str] = {}  # in the order in which they run
        self._path: list[str] = []
        self._later: list[str] = []

    def join(self, entry: str) -> str:
        self._add(entry)
        while self._later:
            self._add(self._later.pop())
        return "\n".join(self._texts.values())

    def _add(self, name: str) -> None:
        """What it imports runs before it, as the language has it."""
        if name in self._path:
            raise JoinError(f"These import each other: {' → '.join([*self._path, name])}")
        if name in self._texts:
            return
        self._path.append(name)
        text = self._read(name)
        for found in IMPORT.finditer(text):
            self._add(_beside(name, found[2]))
        self._path.pop()
        self._texts[name] = self._as_function(name, text)

    def _as_function(self, name: str, text: str) -> str:
        exported = ", ".join(names.strip("[]") for names in EXPORT.findall(text))
        text = IMPORT.sub(lambda found: _taken(name, found), text)
        text = EXPORT.sub("", NO_EXPORTS.sub("", text))
        text = IMPORT_LATER.sub(lambda found: self._taken_later(name, found), text)
        if refused := REFUSED.search(text):
            raise JoinError(f"{name} can't be joined with others: {refused[0]}")
        return f"const {_variable(name)} = (() => {{\n{text}\nreturn {{ {exported} }};\n}})();"

    def _taken_later(self, name: str, found: re.Match[str]) -> str:
        """Everything has run by the time that the promise is kept."""
        later = _beside(name, found[1])
        self._later.append(later)
        return f"Promise.resolve().then(() => {_variable(later)})"


def _taken(name: str, found: re.Match[str]) -> str:
    names = found[1].replace(" as ", ": ")
    return f"const {{{names}}} = {_variable(_beside(name, found[2]))};"


def _beside(name: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def _variable(name: str) -> str:
    """Where its exports are; it also says in a trace whose function that is."""
    return "$" + re.sub(r"\W", "_", name)
