"""Static files as they are served: bundled, minified, compressed, with hashes in their names."""

from collections.abc import Callable, Iterator
from typing import Any

import rcssmin
import rjsmin
from django.contrib.staticfiles.finders import find
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from servestatic.compress import Compressor
from servestatic.storage import CompressedManifestStaticFilesStorage

from chatsite.bundling import join_modules, join_sheets, split_modules

# The files that pages load. With DEBUG, browsers get them as they are, with their imports.
ENTRIES = (
    *("js/admin.js", "js/main.js", "js/offline.js"),
    *("js/passkeys.js", "js/plain-page.js", "js/settings.js", "js/signed-out.js"),
    *("css/admin.css", "css/desk.css", "css/site.css", "css/web.css"),
    "js/support.js",
)
SPLIT = {"js/main.js"}  # the others are small, or are kept for when there is no connection
CLASSIC = {"js/support.js"}  # not a module: it runs in browsers that don't know modules
PARTS = ("js/", "css/")  # everything in these folders is an entry or part of one


class AssetStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped library
    """Bundles each of ENTRIES with its imports, and compresses the files that pages name."""

    _brotli = True

    def post_process(
        self, paths: dict[str, tuple[Storage, str]], *args: Any, **options: Any
    ) -> Iterator[Any]:
        texts: dict[str, str] = {}
        for entry in paths.keys() & {*ENTRIES}:
            texts |= files_of(entry, self._served)
        ours = {name: (GeneratedFile(text), name) for name, text in texts.items()}
        others = {name: file for name, file in paths.items() if not name.startswith(PARTS)}
        yield from super().post_process(others | ours, *args, **options)

    def _served(self, name: str, text: str) -> str:
        return str(self.hashed_name(name, ContentFile(text.encode())))

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """Skip the copies without a hash in their names, which no page loads."""
        hashed = paths & {*self.hashed_files.values()}
        django = {name for name in hashed if name.startswith("admin/")}
        yield from super().compress_files(hashed - django)
        self._brotli = False  # few load these: not worth the seconds
        yield from super().compress_files(django)

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(**options | {"use_brotli": self._brotli})


class GeneratedFile(Storage):
    """A storage with one generated file, which Django reads more than once."""

    def __init__(self, text: str) -> None:
        self._content = text.encode()

    def _open(self, name: str, mode: str = "rb") -> "ContentFile[bytes]":
        return ContentFile(self._content, name=name)


def files_of(entry: str, served: Callable[[str, str], str]) -> dict[str, str]:
    """The bundled and minified files of an entry, by name, keeping licences (`/*!`). `served`
    returns the name by which a file with this text is loaded. Raises JoinError."""
    if entry.endswith(".css"):
        return {entry: str(rcssmin.cssmin(join_sheets(entry, read), keep_bang_comments=True))}
    if entry in CLASSIC:
        return {entry: minified(read(entry))}
    if entry not in SPLIT:
        return {entry: minified(join_modules(entry, read))}
    text, chunks = split_modules(entry, read, lambda name, text: served(name, minified(text)))
    return {name: minified(text) for name, text in {**chunks, entry: text}.items()}


def minified(script: str) -> str:
    return str(rjsmin.jsmin(script, keep_bang_comments=True))


def read(name: str) -> str:
    path = find(name)
    if path is None:
        raise FileNotFoundError(name)
    with open(path, encoding="utf-8") as file:
        return file.read()
