"""Frames to commands; events and replies to bytes."""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Invalid, UnknownType
from rooms.protocol.commands import COMMAND_TYPES, AnyCommand
from rooms.protocol.commands.history import History
from rooms.protocol.limits import MAX_REF

_NUL = "\\u0000"  # JSON strings can't contain it in any other form
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


class _AnyType(msgspec.Struct):
    """The one field to look at in a command that doesn't fit its struct."""

    type: Any = None


_type_decoder = msgspec.json.Decoder(_AnyType)


HALF = _("The text contains half of a character. Remove it and try again.")
_MALFORMED = _("That is not valid JSON. A frame must be one JSON object.")


class Refused(Exception):
    """A frame that isn't a command: the error to reply with, and the `ref` of that reply."""

    def __init__(self, error: ChatError, ref: str | None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.ref = ref


def parse_command(frame: str) -> AnyCommand:
    """Parse a text frame. Raises Refused with `invalid` or `unknown_type`."""
    try:
        command = _decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _refusal(frame, error) from None
    if _NUL in frame:
        _refuse_nul(command)
    return command


def _refuse_nul(command: AnyCommand) -> None:
    """PostgreSQL accepts it neither in values nor in queries, and SQLite truncates text there."""
    for name in command.__struct_fields__:
        if any("\0" in text for text in _texts(builtins(getattr(command, name)))):
            ref = None if name == "ref" else command.ref
            raise Refused(Invalid(_("`%(name)s` contains a NUL character."), name=name), ref)


def _texts(value: Any) -> Iterator[str]:
    """Every string in the value of a field, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _texts(inside)


def _refusal(frame: str, error: Exception) -> Refused:
    ref = ref_of(frame)
    try:
        command = _type_decoder.decode(frame)
    except msgspec.ValidationError:
        return Refused(Invalid(_("A frame must be a JSON object with a `type`.")), ref)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Refused(Invalid(_MALFORMED if not _has_half(frame) else HALF), ref)
    if not isinstance(command.type, str):
        return Refused(Invalid(_("A command needs a `type` that is a string.")), ref)
    if command.type not in COMMAND_TYPES:
        return Refused(
            UnknownType(_("There is no command '%(type)s'."), type=command.type[:64]), ref
        )
    return Refused(Invalid(f"{command.type}: {error}."), ref)


# -- frames that aren't JSON -----------------------------------------------------------------

# The tokens of JSON that matter here: strings, brackets, colons and commas.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}:,]', re.DOTALL)
MAX_TOKENS = 10_000  # takes 1 ms; no command has a hundredth as many
# A surrogate pair, or (captured) a lone half. An escaped backslash starts neither.
_ESCAPES = re.compile(
    r"\\\\|\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F])"
)


def ref_of(frame: str) -> str | None:
    """The `ref` of a frame that can't be decoded, so that the refusal carries it and the client
    doesn't wait for ever. None if there isn't one that can be read and sent back."""
    depth, key, last = 0, "", ""
    for found in itertools.islice(_TOKEN.finditer(frame), MAX_TOKENS):
        piece = found.group()
        if piece in "{[":
            depth += 1
        elif piece in "}]":
            depth -= 1
        elif piece == ":":
            key = last
        elif depth == 1 and last == ":" and key == '"ref"' and piece[0] == '"':
            return _decoded_ref(piece)
        last = piece
    return None


def _decoded_ref(literal: str) -> str | None:
    try:
        ref = str(json.loads(literal, strict=False))
        ref.encode()
    except ValueError:  # an invalid escape, or a lone surrogate
        return None
    return ref if len(ref) <= MAX_REF and "\0" not in ref else None


def _has_half(frame: str) -> bool:
    """Whether it contains a lone surrogate, which JSON can express and UTF-8 can't."""
    return any(found[1] for found in _ESCAPES.finditer(frame))


# -- events and replies -----------------------------------------------------------------------


def encode(value: Any) -> bytes:
    """Encode an event or a shape as JSON in UTF-8."""
    return _encoder.encode(value)


def builtins(value: Any) -> Any:
    """Convert a struct to dicts, lists and strings, as for a page's bootstrap."""
    return msgspec.to_builtins(value)


def ok(ref: str | None, **fields: Any) -> bytes:
    """The reply to a command that succeeded."""
    return _encoder.encode({"type": "ok", "ref": ref, **fields})


def refusal(ref: str | None, error: ChatError) -> bytes:
    """The reply to a command that was refused."""
    reply: dict[str, Any] = {
        "type": "error",
        "ref": ref,
        "code": error.code,
        "detail": error.detail,
    }
    if error.retry_after is not None:
        reply["retry_after"] = error.retry_after
    return _encoder.encode(reply)


def one_of(command: History) -> tuple[Literal["before", "after", "around"], int | datetime]:
    """Which page a `history` command asks for. Raises Invalid unless it names exactly one."""
    match command.before, command.after, command.around, command.at:
        case int(number), None, None, None:
            return "before", number
        case None, int(number), None, None:
            return "after", number
        case None, None, int(number), None:
            return "around", number
        case None, None, None, datetime() as moment:
            return "around", moment
    raise Invalid(_("history needs exactly one of `before`, `after`, `around` and `at`."))
