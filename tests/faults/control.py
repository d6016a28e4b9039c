"""Knobs that a test turns inside a running server: numbers in a file mapped by both processes, so
that reading one costs no system call."""

import mmap
import struct
from pathlib import Path

NUMBER = struct.Struct("d")


class Knob:
    """One of the numbers, as an attribute. They are stored in declaration order."""

    count = 0

    def __init__(self) -> None:
        self.offset = Knob.count * NUMBER.size
        Knob.count += 1

    def __get__(self, control: "Control", owner: type) -> float:
        number: float = NUMBER.unpack_from(control.memory, self.offset)[0]
        return number

    def __set__(self, control: "Control", number: float) -> None:
        NUMBER.pack_into(control.memory, self.offset, number)


class Control:
    """The control file of a server, created if missing."""

    clock_ahead = Knob()  # seconds; behind when negative
    lost_share = Knob()  # share of the layer's messages, 0 to 1
    believes_layer = Knob()  # don't look in the database for what the layer lost
    # These strike once, at the next commit that stores a message:
    die_before_commit = Knob()
    die_after_commit = Knob()
    lose_reply_to_commit = Knob()
    # And these when a file that was sent is made ready: in the middle of decoding it, or of storing
    # what was made.
    die_while_decoding = Knob()
    die_while_storing = Knob()
    die_before_indexing = Knob()  # at the next commit that adds to the index of the search

    def __init__(self, path: Path) -> None:
        size = Knob.count * NUMBER.size
        if not path.exists():
            path.write_bytes(bytes(size))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), size)

    def reset(self) -> None:
        self.memory[:] = bytes(len(self.memory))
