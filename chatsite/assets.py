"""The static files as they are sent: joined, without comments, compressed, named by their hash."""

from collections.abc import Iterator
from typing import Any

import rcssmin
import rjsmin
from django.contrib.staticfiles.finders import find
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from servestatic.storage import CompressedManifestStaticFilesStorage

from chatsite.joining import join_modules, join_sheets

# What pages ask for. With DEBUG the browser gets the same files as they are, and what they import.
ENTRIES = (
    *("js/admin.js", "js/main.js", "js/offline.js"),
    *("js/passkeys.js", "js/settings.js", "js/signed-out.js"),
    *("css/admin.css", "css/desk.css", "css/site.css"),
    "js/support.js",
)
CLASSIC = {"js/support.js"}  # no modules, and in JavaScript that is older than what joins them
PARTS = ("js/", "css/")  # beneath which everything is an entry, or in one


class AssetStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped library
    """Collects each of ENTRIES with all that it imports in it, and compresses what pages name."""

    def post_process(
        self, paths: dict[str, tuple[Storage, str]], *args: Any, **options: Any
    ) -> Iterator[Any]:
        entries = {name: (Made(joined(name)), name) for name in ENTRIES if name in paths}
        others = {name: file for name, file in paths.items() if not name.startswith(PARTS)}
        yield from super().post_process(others | entries, *args, **options)

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """Not the copies without a hash in their names, which no page asks for."""
        yield from super().compress_files(paths & {*self.hashed_files.values()})


class Made(Storage):
    """Where Django, which reads it more than once, finds what is made of an entry."""

    def __init__(self, text: str) -> None:
        self._content = text.encode()

    def _open(self, name: str, mode: str = "rb") -> "ContentFile[bytes]":
        return ContentFile(self._content, name=name)


def joined(entry: str) -> str:
    """Licences, which begin with `/*!`, stay. Raises JoinError."""
    if entry in CLASSIC:
        return str(rjsmin.jsmin(read(entry), keep_bang_comments=True))
    if entry.endswith(".css"):
        return str(rcssmin.cssmin(join_sheets(entry, read), keep_bang_comments=True))
    return str(rjsmin.jsmin(join_modules(entry, read), keep_bang_comments=True))


def read(name: str) -> str:
    path = find(name)
    if path is None:
        raise FileNotFoundError(name)
    with open(path, encoding="utf-8") as file:
        return file.read()
