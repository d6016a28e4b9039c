"""Sound: MP3, AAC, WAV, FLAC and Ogg. What is kept is what is heard; names of songs and artists,
covers and comments go, since recorders write places and people there, too."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from rooms.files.formats import Damaged, Data, Header, Steps, big, little, taken

# -- frames: MPEG and AAC ----------------------------------------------------------------------

SEARCH = 64 * 1024  # bytes in which a frame must begin again after something else
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def mp3_frame(data: Data, place: int) -> int:
    """Return the length of the MPEG frame (layer 3) that begins here, 0 if none does."""
    head = bytes(data[place : place + 4])
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, bits = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version == 1 or rate == 3 or bits in {0, 15}:
        return 0
    kbits = (_KBITS_1 if version == 3 else _KBITS_2)[bits]
    size = (144 if version == 3 else 72) * kbits * 1000 // _RATES[version][rate]
    return size + (head[2] >> 1 & 1)


def aac_frame(data: Data, place: int) -> int:
    """Return the length of the ADTS frame that begins here, 0 if none does."""
    head = bytes(data[place : place + 7])
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > 7 else 0


def tag_end(data: Data) -> int:
    """Where the ID3v2 tags at the beginning end, 0 if there are none."""
    place = 0
    while (head := bytes(data[place : place + 10]))[:3] == b"ID3" and len(head) == 10:
        if not 2 <= head[3] <= 4 or max(head[6:10]) > 0x7F:
            break
        size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        place += 10 + size + (10 if head[5] & 0x10 else 0)
    return place


def framed(data: Data, frame: Callable[[Data, int], int]) -> bool:
    """Whether two frames follow the tags, or one that ends the file."""
    place = tag_end(data)
    length = frame(data, place)
    end = place + length
    return bool(length) and (end >= len(data) - 128 or bool(frame(data, end)))


def cut_frames(data: Data, target: BinaryIO, frame: Callable[[Data, int], int]) -> None:
    """Copy the frames and nothing between, before or after. Raises Damaged if there are none."""
    place, size, written = tag_end(data), len(data), 0
    while place < size:
        start = place
        while (length := frame(data, place)) and place + length <= size:
            place += length
        target.write(data[start:place])
        written += place - start
        place = _next_frame(data, place, frame)
    if not written:
        raise Damaged


def _next_frame(data: Data, place: int, frame: Callable[[Data, int], int]) -> int:
    """Where frames go on, or the end of the file."""
    end = place + SEARCH
    while (place := data.find(b"\xff", place, end)) >= 0:
        length = frame(data, place)
        if length and frame(data, place + length):
            return place
        place += 1
    return len(data)


# -- WAV -----------------------------------------------------------------------------------------

WAV_KEPT = {b"fmt ", b"fact", b"data"}


def wav(data: Data, steps: Steps) -> Header:
    """Read the duration. Raises Damaged."""
    rate = length = 0
    for kind, body, end in _wav_chunks(data, steps):
        if kind == b"fmt ":
            rate = little(data, body + 8, 4)
        elif kind == b"data":
            length = end - body
    if not length:
        raise Damaged
    return Header("audio/wav", "audio", duration=length / rate if rate else None)


def cut_wav(data: Data, target: BinaryIO) -> None:
    """Copy the samples and how they are to be read. Raises Damaged."""
    target.write(b"RIFF\0\0\0\0WAVE")
    for kind, body, end in _wav_chunks(data):
        if kind in WAV_KEPT:
            target.write(kind + (end - body).to_bytes(4, "little") + data[body:end])
            target.write(b"\0" * ((end - body) % 2))
    length = target.tell() - 8
    target.seek(4)
    target.write(length.to_bytes(4, "little"))
    target.seek(0, 2)


def _wav_chunks(data: Data, steps: Steps | None = None) -> Iterator[tuple[bytes, int, int]]:
    if taken(data, 0, 4) != b"RIFF" or taken(data, 8, 4) != b"WAVE":
        raise Damaged
    limit = min(len(data), 8 + little(data, 4, 4))
    place = 12
    while place + 8 <= limit:
        if steps:
            steps.take()
        kind, length = bytes(data[place : place + 4]), little(data, place + 4, 4)
        body = place + 8
        # One that was recorded to the end of the disk says that its data is longer than it is.
        end = min(body + length, limit)
        yield kind, body, end
        place = end + (end - body) % 2


# -- FLAC ----------------------------------------------------------------------------------------

STREAM_INFO, SEEK_TABLE = 0, 3


def flac(data: Data, steps: Steps) -> Header:
    """Read the duration. Raises Damaged."""
    for kind, body, _end in _flac_blocks(data, steps):
        if kind == STREAM_INFO:
            rate, count = big(data, body + 10, 3) >> 4, big(data, body + 13, 5) & (1 << 36) - 1
            return Header("audio/flac", "audio", duration=count / rate if rate and count else None)
    raise Damaged


def cut_flac(data: Data, target: BinaryIO) -> None:
    """Copy the frames and how they are to be read. Raises Damaged."""
    kept, place = [], 4
    for kind, body, end in _flac_blocks(data):
        if kind in {STREAM_INFO, SEEK_TABLE}:
            kept.append((kind, bytes(data[body:end])))
        place = end
    target.write(b"fLaC")
    for number, (kind, content) in enumerate(kept):
        last = 0x80 if number == len(kept) - 1 else 0
        target.write(bytes([kind | last]) + len(content).to_bytes(3, "big") + content)
    if not kept or kept[0][0] != STREAM_INFO or bytes(data[place : place + 1]) != b"\xff":
        raise Damaged
    target.write(data[place:])


def _flac_blocks(data: Data, steps: Steps | None = None) -> Iterator[tuple[int, int, int]]:
    place = tag_end(data)
    if taken(data, place, 4) != b"fLaC":
        raise Damaged
    place += 4
    while True:
        if steps:
            steps.take()
        head = big(data, place, 1)
        end = place + 4 + big(data, place + 1, 3)
        if end > len(data):
            raise Damaged
        yield head & 0x7F, place + 4, end
        if head & 0x80:
            return
        place = end


# -- Ogg -----------------------------------------------------------------------------------------

OPUS_RATE = 48_000  # of its positions, whatever the rate of the sound
COMMENTS = (b"OpusTags", b"\x03vorbis")
FIRST_PAGE = 0x02


class Page(NamedTuple):
    start: int
    body: int
    end: int
    flags: int
    position: int
    stream: int
    laces: bytes


def ogg(data: Data, steps: Steps) -> Header:
    """Tell sound from films. Raises Damaged for what is neither Opus nor Vorbis."""
    kinds = set()
    for page in _pages(data, steps):
        if not page.flags & FIRST_PAGE:
            break
        begin = bytes(data[page.body : page.body + 8])
        kinds.add({b"OpusHead": "opus", b"\x80theora\x32"[:8]: "theora"}.get(begin, begin[:7]))
    if kinds <= {"opus", b"\x01vorbis"} and kinds:
        return Header("audio/ogg", "audio")
    raise Damaged


def clean_ogg(file: BinaryIO, data: Data) -> None:
    """Blank the comments in `file`, which is a copy of `data`, and cut what comes after the last
    page. Raises Damaged."""
    end, open_streams = 0, set[int]()
    for page in _pages(data):
        end = page.end
        content = bytes(data[page.body : page.end])
        begins = any(content.startswith(mark) for mark in COMMENTS)
        if begins or page.stream in open_streams:
            length, is_whole = _packet(page)
            if begins:
                content = _without_comments(content, length)
            else:
                content = bytes(length) + content[length:]
            if is_whole:
                open_streams.discard(page.stream)
            else:
                open_streams.add(page.stream)
            _write_page(file, data, page, content)
    if not end or open_streams:
        raise Damaged
    file.truncate(end)


def _packet(page: Page) -> tuple[int, bool]:
    """The length of the first packet on a page, and whether it ends there."""
    length = 0
    for lace in page.laces:
        length += lace
        if lace < 255:
            return length, True
    return length, False


def _without_comments(content: bytes, length: int) -> bytes:
    """Keep the name of the encoder, and say that there are no comments."""
    mark = next(one for one in COMMENTS if content.startswith(one))
    place = len(mark) + 4 + little(content, len(mark), 4)
    framing = b"\x01" if mark == COMMENTS[1] else b""
    head = taken(content, 0, place) + bytes(4) + framing
    if len(head) > length:
        raise Damaged
    return head + bytes(length - len(head)) + content[length:]


def _write_page(file: BinaryIO, data: Data, page: Page, content: bytes) -> None:
    head = bytearray(data[page.start : page.body])
    head[22:26] = bytes(4)
    head[22:26] = _checksum(bytes(head) + content).to_bytes(4, "little")
    file.seek(page.start)
    file.write(head + content)


def _pages(data: Data, steps: Steps | None = None) -> Iterator[Page]:
    """Walk through the pages until something else comes. Raises Damaged if there are none."""
    place = 0
    if taken(data, 0, 4) != b"OggS":
        raise Damaged
    while data[place : place + 4] == b"OggS" and place + 27 <= len(data):
        if steps:
            steps.take()
        count = big(data, place + 26, 1)
        laces = bytes(data[place + 27 : place + 27 + count])
        body = place + 27 + count
        end = body + sum(laces)
        if end > len(data):
            return
        flags, stream = big(data, place + 5, 1), little(data, place + 14, 4)
        yield Page(place, body, end, flags, little(data, place + 6, 8), stream, laces)
        place = end


def _table() -> list[int]:
    table = []
    for value in range(256):
        value <<= 24
        for _bit in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(value)
    return table


_TABLE = _table()


def _checksum(content: bytes) -> int:
    """Ogg's CRC-32: not reflected, and begun with 0."""
    value = 0
    for byte in content:
        value = value << 8 & 0xFFFFFF00 ^ _TABLE[value >> 24 ^ byte]
    return value
