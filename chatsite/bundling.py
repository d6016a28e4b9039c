"""Bundles scripts and style sheets: a few files instead of many.

Browsers load six files at a time and discover imports one file after another, so ninety modules
take a second on a slow line. Existing bundlers need Node.js, which operators shouldn't have to
install. Our modules use only `import { … } from "…"`, `import("…")`, and `export` before a
declaration, so each can become a function with a scope of its own. Any other module syntax is an
error.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterable

Read = Callable[[str], str]  # a file's text by its name, such as "js/lib/dom.js"

IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"(\.[^"]+)";$', re.MULTILINE)
IMPORT_LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
EXPORT = re.compile(
    r"^export (?=(?:(?:async )?function|class|const) (\w+|\[[\w, ]+\]))", re.MULTILINE
)
NO_EXPORTS = re.compile(r"^export \{\};$", re.MULTILINE)  # in a file that only has types
# An `await` at the left margin is a top-level one, which a function can't contain.
REFUSED = re.compile(r"^(?:import|export|await)\b.*", re.MULTILINE)

SHEET = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)

# A chunk is one function, from the modules that it imports to its own. A second try has another
# address: browsers may remember that the first one failed. What is here is never fetched again, not
# even after another one failed.
LATER = """
const $ran = {};
let $again = "";
const $later = async (name) => {
  const addresses = ($chunks[name] ?? []).filter((address) => !$ran[address]);
  const chunks = await Promise.all(addresses.map((address) => import(address + $again)))
    .catch((error) => {
      $again = `?${Date.now()}`;
      throw error;
    });
  addresses.forEach((address, index) => {
    if (!$ran[address]) Object.assign($modules, chunks[index].default($modules));
    $ran[address] = true;
  });
  return $modules[name];
};
"""


class JoinError(ValueError):
    """A file uses syntax that can't be bundled. The message is for its author."""


def join_modules(entry: str, read: Read) -> str:
    """Bundle a module and everything that it imports, now or later. Raises JoinError."""
    modules = _Modules(entry, read)
    return modules.joined(modules.texts, {})


def split_modules(
    entry: str, read: Read, served: Callable[[str, str], str]
) -> tuple[str, dict[str, str]]:
    """Bundle a module, and apart from it, in chunks, what only `import("…")` asks for. A module
    is in one file only, so what several of these imports need is in a chunk of its own. The files
    are named after their last modules; `served` gets a chunk's name and text, and returns the
    name to load it by. Raises JoinError."""
    modules = _Modules(entry, read)
    first = modules.needs[entry]
    groups: dict[frozenset[str], list[str]] = {}
    for name in modules.texts:
        if name not in first:
            users = frozenset(late for late in modules.later if name in modules.needs[late])
            groups.setdefault(users, []).append(name)
    chunks = {names[-1]: modules.chunk(names) for names in groups.values()}
    addresses: dict[str, list[str]] = {}
    # What more imports need, runs earlier.
    for users, names in sorted(groups.items(), key=lambda group: -len(group[0])):
        address = posixpath.relpath(served(names[-1], chunks[names[-1]]), posixpath.dirname(entry))
        for late in sorted(users):
            addresses.setdefault(_variable(late), []).append(f"./{address}")
    return modules.joined(filter(first.__contains__, modules.texts), addresses), chunks


def join_sheets(entry: str, read: Read) -> str:
    """Inline the imports of a style sheet, which are relative to its folder."""
    folder = posixpath.dirname(entry)
    return SHEET.sub(lambda found: read(posixpath.join(folder, found[1])), read(entry))


class _Modules:
    """An entry and everything that it imports, each as a function."""

    def __init__(self, entry: str, read: Read) -> None:
        self._read = read
        self._path: list[str] = []
        self.texts: dict[str, str] = {}  # in order of execution
        self.uses: dict[str, dict[str, None]] = {}  # what it imports, in order
        self.needs: dict[str, set[str]] = {}  # itself and all that has to run before it
        self.later: list[str] = []  # what `import("…")` names
        self._add(entry)
        for name in self.later:  # which grows meanwhile
            self._add(name)

    def joined(self, names: Iterable[str], chunks: dict[str, list[str]]) -> str:
        """The entry's file, with the addresses of the chunks that each later import needs."""
        names = [*names]
        text = "\n".join(self.texts[name] for name in names)
        if "$later(" not in text:
            return text
        used = set().union(*(self.needs[late] for late in self.later))
        shared = ", ".join(["$later", *(_variable(name) for name in names if name in used)])
        return (
            f"const $chunks = {json.dumps(chunks)};{LATER}{text}\nconst $modules = {{ {shared} }};"
        )

    def chunk(self, names: list[str]) -> str:
        """A file that is loaded later, and gets from the entry what runs there."""
        taken = {used for name in names for used in self.uses[name]} - {*names}
        text = "\n".join(self.texts[name] for name in names)
        scope = ", ".join(["$later", *map(_variable, sorted(taken))])
        own = ", ".join(map(_variable, names))
        return f"export default ({{ {scope} }}) => {{\n{text}\nreturn {{ {own} }};\n}};"

    def _add(self, name: str) -> None:
        """Add a module after its imports, which run first."""
        if name in self._path:
            raise JoinError(f"These import each other: {' → '.join([*self._path, name])}")
        if name in self.texts:
            return
        self._path.append(name)
        text = self._read(name)
        self.uses[name] = {_beside(name, found[2]): None for found in IMPORT.finditer(text)}
        for used in self.uses[name]:
            self._add(used)
        self.needs[name] = {name}.union(*(self.needs[used] for used in self.uses[name]))
        self._path.pop()
        self.texts[name] = self._as_function(name, text)

    def _as_function(self, name: str, text: str) -> str:
        exported = ", ".join(names.strip("[]") for names in EXPORT.findall(text))
        text = IMPORT.sub(lambda found: _taken(name, found), text)
        text = EXPORT.sub("", NO_EXPORTS.sub("", text))
        text = IMPORT_LATER.sub(lambda found: self._taken_later(name, found), text)
        if refused := REFUSED.search(text):
            raise JoinError(f"{name} can't be joined with others: {refused[0]}")
        return f"const {_variable(name)} = (() => {{\n{text}\nreturn {{ {exported} }};\n}})();"

    def _taken_later(self, name: str, found: re.Match[str]) -> str:
        self.later.append(_beside(name, found[1]))
        return f'$later("{_variable(self.later[-1])}")'


def _taken(name: str, found: re.Match[str]) -> str:
    names = found[1].replace(" as ", ": ")
    return f"const {{{names}}} = {_variable(_beside(name, found[2]))};"


def _beside(name: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), address))


def _variable(name: str) -> str:
    """The variable that holds a module's exports. Its name also helps reading stack traces."""
    return "$" + re.sub(r"\W", "_", name)
