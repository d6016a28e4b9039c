"""What a test turns inside a server that runs: numbers in a file that both processes have mapped,
so that reading one costs no system call."""

import mmap
import struct
from pathlib import Path

NUMBER = struct.Struct("d")


class Knob:
    """One of the numbers, as an attribute. They lie in the order in which they are declared."""

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
    """Opens the file of a server, and makes it where there is none."""

    clock_ahead = Knob()  # seconds; behind when negative
    lost_share = Knob()  # of the layer's messages, 0 to 1
    believes_layer = Knob()  # nothing that it lost is looked for in the database
    # Each strikes once, at the next commit that stores a message:
    die_before_commit = Knob()
    die_after_commit = Knob()
    lose_reply_to_commit = Knob()

    def __init__(self, path: Path) -> None:
        size = Knob.count * NUMBER.size
        if not path.exists():
            path.write_bytes(bytes(size))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), size)

    def reset(self) -> None:
        self.memory[:] = bytes(len(self.memory))
