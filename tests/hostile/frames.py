"""Frames that no honest client sends: any JSON, commands with wrong or hostile values, and bytes
that are not WebSocket frames at all."""

import json
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from rooms.protocol.commands import COMMANDS
from rooms.protocol.limits import MAX_FRAME
from tests.hostile.fuzz import STRANGE, messages
from tests.processes import BINARY, CLOSE, PING, PONG, TEXT, frame

HUGE = MAX_FRAME
NAMES = ["lounge", "back-office", "no-such-room", "Lounge", "LOUNGE ", "lounge\n", "../lounge", ""]
NUMBERS = [0, 1, 2, -1, 7, 100, 101, 2**31, 2**53, 2**53 + 1, 2**63, -(2**63), 10**40, 1e308, 0.5]
WORDS = [*NAMES, *STRANGE, "__proto__", "x" * 65, "x" * 9000, "%s%n", "{0.__class__}", "' OR 1=1--"]

words = st.sampled_from(WORDS) | st.text(max_size=20)
scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.floats() | words
values = st.recursive(
    scalars,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(words, inside, max_size=4),
    max_leaves=8,
)


def as_json(value: Any) -> str:
    """Any value of Python's json, including `NaN` and halves of characters."""
    return json.dumps(value)


@st.composite
def commands(draw: st.DrawFn) -> str:
    """A command whose fields mostly have the right type, but now and then a wrong one or none."""
    struct = draw(st.sampled_from(COMMANDS))
    fields: dict[str, Any] = {"type": struct.__struct_config__.tag}
    for field in structs.fields(struct):
        match draw(st.integers(0, 9)):
            case 0:
                continue
            case 1 | 2:
                fields[field.name] = draw(values)
            case _:
                fields[field.name] = draw(_fitting(field.name))
    if draw(st.integers(0, 5)) == 0:
        fields[draw(words)] = draw(values)
    return as_json(fields)


def _fitting(name: str) -> st.SearchStrategy[Any]:
    match name:
        case "room":
            return st.sampled_from(["lounge", "lounge", "lounge", *NAMES])
        case "ref":
            return st.none() | st.text(max_size=10)
        case "number" | "before" | "after" | "around" | "since" | "limit" | "reply_to":
            return st.none() | st.sampled_from([1, 2, 3, 50, 100, 2**53])
        case "body":
            return messages(longest=9000)
        case "nonce":
            return st.text(min_size=8, max_size=64)
        case "emoji":
            return st.sampled_from(["👍", "❤️", "x", "<b>", "👍" * 9])
        case "kind":
            return st.sampled_from(["public", "private"])
        case "user":
            return st.sampled_from(["wanda", "eve", "nobody", "WANDA", "@wanda"])
        case "seconds" | "removal":
            return st.none() | st.sampled_from([1, 60, 2**53])
        case "scope":
            return st.sampled_from(["hour", "day", "room"])
        case "reason":
            return st.sampled_from(["spam", "abuse", "other"]) | words
        case "people":
            return st.lists(st.sampled_from(["wanda", "eve", "nobody", ""]), max_size=11)
        case "at":
            return st.sampled_from(["2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "now"])
    return words


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """JSON that ends early or has trailing data, or text that isn't JSON at all."""
    text = draw(commands() | values.map(as_json))
    match draw(st.integers(0, 4)):
        case 0:
            return text[: draw(st.integers(0, max(0, len(text) - 1)))]
        case 1:
            at = draw(st.integers(0, len(text)))
            return (
                text[:at]
                + draw(st.sampled_from(["\\", '"', "}", "]", "\0", "//", "\\u12"]))
                + text[at:]
            )
        case 2:
            depth = draw(st.sampled_from([50, 1024, 30_000]))
            return '{"type":"ping","x":' + draw(st.sampled_from(["[", '{"a":'])) * depth
        case 3:
            return '{"type":"message.post","room":"lounge","nonce":"12345678","body":"' + "x" * HUGE
    return draw(st.text(max_size=40))


texts = commands() | damaged() | values.map(as_json)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@st.composite
def raw(draw: st.DrawFn) -> bytes:
    """Bytes on an open socket: frames with wrong headers, control frames, fragments, noise."""
    payload = draw(st.binary(max_size=200) | commands().map(encoded))
    match draw(st.integers(0, 8)):
        case 0:
            return draw(st.binary(min_size=1, max_size=300))
        case 1:
            opcode = draw(st.integers(0, 15))
            return frame(payload[:125], opcode, final=draw(st.booleans()))
        case 2:
            return frame(
                payload,
                draw(st.sampled_from([TEXT, BINARY])),
                size=draw(st.sampled_from([0, 125, 126, 65535, 65536, 2**31, 2**62])),
            )
        case 3:
            pieces = draw(st.lists(st.binary(max_size=9), min_size=1, max_size=30))
            return frame(pieces[0], TEXT, final=False) + b"".join(
                frame(piece, 0, final=draw(st.booleans())) for piece in pieces[1:]
            )
        case 4:
            return frame(payload[:125], draw(st.sampled_from([PING, PONG])))
        case 5:
            code = draw(st.sampled_from([0, 999, 1000, 1005, 1006, 1011, 1015, 2999, 4999, 65535]))
            return frame(code.to_bytes(2, "big") + payload[:123], CLOSE)
        case 6:  # unmasked, or with the bits of an extension that wasn't negotiated
            first = draw(st.sampled_from([0x81, 0xC1, 0xB1, 0xF1]))
            return bytes([first, draw(st.sampled_from([0x05, 0x85]))]) + bytes(4) + b"hello"
        case 7:
            return frame(draw(st.sampled_from([b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])))
    return frame(payload, BINARY)
