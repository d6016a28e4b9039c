"""The one field of Exif that matters: how to turn the picture."""

from rooms.files.formats import Damaged, taken

ORIENTATION = 0x0112
MAX_FIELDS = 512


def orientation(block: bytes) -> int:
    """Return the orientation, 1 to 8, that a block of Exif names; 1 if it names none."""
    try:
        order = {b"II": "little", b"MM": "big"}.get(block[:2])
        if order is None:
            return 1

        def number(start: int, length: int) -> int:
            return int.from_bytes(taken(block, start, length), order)  # type: ignore[arg-type]

        start = number(4, 4)
        for field in range(min(number(start, 2), MAX_FIELDS)):
            place = start + 2 + 12 * field
            if number(place, 2) == ORIENTATION:
                value = number(place + 8, 2)
                return value if 1 <= value <= 8 else 1
    except Damaged:
        pass
    return 1
