"""The folder that all processes of a run share. What takes long to make is made there once."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN_FOLDER = "CHATSITE_TEST_RUN"  # the environment variable that names it


@contextmanager
def made_once(name: str) -> Iterator[Path]:
    """The path of something in it. Nobody else makes it meanwhile: if it isn't there, make it."""
    folder = Path(os.environ[RUN_FOLDER])
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until the file is closed
        yield folder / name
