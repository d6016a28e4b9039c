"""Folders for files that are being made, on this machine. What a killed process left is removed by
the next one that makes something."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from django.conf import settings

PREFIX = "working"


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, which is removed afterwards with all that is left in it. On the disk of the
    stored files, so that a finished one is moved there and not copied."""
    parent = Path(settings.FILES_DIR) / PREFIX
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    with ExitStack() as stack:
        path = None
        while path is None:
            path = _made(parent, stack)
        stack.callback(shutil.rmtree, path, ignore_errors=True)
        yield path


def _made(parent: Path, stack: ExitStack) -> Path | None:
    """Make a folder and hold it until the stack ends; None if somebody who sweeps found it before
    it was held."""
    path = Path(tempfile.mkdtemp(dir=parent))
    try:
        stack.enter_context(_held(path))
    except (FileNotFoundError, BlockingIOError):
        return None
    return path if path.exists() else None


def _sweep(parent: Path) -> None:
    for path in parent.iterdir():
        # Gone by now, or held by the process that makes something in it.
        with suppress(FileNotFoundError, BlockingIOError), _held(path):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold a folder. The kernel lets go of it if the process is killed. Raises BlockingIOError if
    somebody else holds it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
