"""Decodes pictures in a child process, one at a time: a decoder that crashes, hangs or takes
gigabytes takes down nothing but itself.

The child is started when it is needed, kept for the next picture, and ends by itself after a
minute. It gets none of our descriptors and nothing of our environment, which may hold passwords.
Its answers are checked like those of a stranger.
"""

import atexit
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import msgspec

SECONDS = 20.0  # that one task may take by the clock, beyond its processor time when others run
WAIT_SECONDS = 60.0  # for those before it
ROOT = Path(__file__).resolve().parents[2]
IDLE = 3  # what a child ends with that waited for long enough
MAX_ANSWER = 64 * 1024


class Refused(Exception):
    """The file can't be taken. `reason` is a word of `pixels.Refused`, or `disk`; `limits` when
    the child crashed or ran into its limits."""

    def __init__(self, reason: str, count: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.count = count


class Closed(Exception):
    """The process ends, or others take too long: nothing is known of the file."""


class _Ended(Exception):
    """The child ended instead of answering."""


class _Answer(msgspec.Struct):
    made: dict[str, Any] | None = None
    reason: str = ""
    count: int = 0


_answer = msgspec.json.Decoder(_Answer)


class Decoder:
    """The child of this process."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = 0  # times

    @property
    def pid(self) -> int | None:
        """The child's process, if there is one."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def run(
        self,
        task: str,
        source: Path,
        folder: Path,
        *,
        seconds: float = SECONDS,
        wait: float = WAIT_SECONDS,
        **told: Any,
    ) -> dict[str, Any]:
        """Have a task of `pixels.py` done: with the file at `source`, into `folder`, in so many
        seconds. Blocks. Raises Refused, and Closed if it can't be done now."""
        asked = {"task": task, "source": str(source), "folder": str(folder), **told}
        if not self._turn.acquire(timeout=wait):
            raise Closed
        try:
            answered = self._answer_to(msgspec.json.encode(asked) + b"\n", seconds)
        finally:
            self._turn.release()
        try:
            answer = _answer.decode(answered)
        except msgspec.MsgspecError:
            raise Refused("limits") from None
        if answer.reason == "disk":
            raise OSError(f"{folder} can't be written")
        if answer.made is None:
            raise Refused(answer.reason, answer.count)
        return answer.made

    def close(self) -> None:
        """End the child, also in the middle of a task."""
        self._closed += 1
        self._kill()
        if self._turn.acquire(timeout=1):
            try:
                self._end()
            finally:
                self._turn.release()

    def _answer_to(self, line: bytes, seconds: float) -> bytes:
        closed = self._closed
        try:
            try:
                return self._ask(line, seconds)
            except _Ended:
                if not self._ended_idle():
                    raise
                return self._ask(line, seconds)
        except (_Ended, TimeoutError):
            self._end()
            if self._closed > closed:
                raise Closed from None
            raise Refused("limits") from None

    def _ask(self, line: bytes, seconds: float) -> bytes:
        """Return the child's answer. Raises _Ended and TimeoutError."""
        child = self._child if self.pid is not None else None
        child = child or self._start()
        assert child.stdin is not None  # noqa: S101
        assert child.stdout is not None  # noqa: S101
        try:
            child.stdin.write(line)
            child.stdin.flush()
        except OSError:
            raise _Ended from None
        return _line(child.stdout.fileno(), time.monotonic() + seconds)

    def _start(self) -> "subprocess.Popen[bytes]":
        self._end()
        child = subprocess.Popen(
            [sys.executable, "-m", "rooms.files.child"],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what decoders say of files isn't for the log
            process_group=0,  # Ctrl-C is for us
        )
        self._child = child
        # Whenever it ends, it is waited for: a dead child is no zombie until the next picture.
        Thread(target=child.wait, name="decoder", daemon=True).start()
        return child

    def _ended_idle(self) -> bool:
        """Whether the child had ended by itself just when it was asked."""
        return self._child is not None and self._child.wait() == IDLE

    def _end(self) -> None:
        self._kill()
        child, self._child = self._child, None
        if child is not None:
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    _close(pipe)
            child.wait()

    def _kill(self) -> None:
        child = self._child
        if child is not None and child.poll() is None:
            child.kill()


def _close(pipe: Any) -> None:
    with suppress(BrokenPipeError):  # what was left to write was for nobody
        pipe.close()


def _line(descriptor: int, until: float) -> bytes:
    """Read a line from a pipe. Raises TimeoutError then, and _Ended at its end."""
    poll = select.poll()  # select can't see descriptors beyond 1,024
    poll.register(descriptor, select.POLLIN)
    begun = b""
    while not begun.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError
        some = os.read(descriptor, MAX_ANSWER)
        begun += some
        if not some or len(begun) > MAX_ANSWER:
            raise _Ended
    return begun


def _environment() -> dict[str, str]:
    kept: Sequence[str] = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        # One arena, so that what a picture took is given back.
        "MALLOC_ARENA_MAX": "1",
    }


_here = Decoder()


def here() -> Decoder:
    """The decoder of this process."""
    return _here


def _forget() -> None:
    """In a forked process: the child is the parent's."""
    global _here
    _here = Decoder()


def _close_here() -> None:
    _here.close()


os.register_at_fork(after_in_child=_forget)
atexit.register(_close_here)
