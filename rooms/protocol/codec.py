"""Bytes to commands; events and replies to bytes."""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Invalid, UnknownType
from rooms.protocol.commands import COMMAND_TYPES, AnyCommand, History
from rooms.protocol.limits import MAX_REF

_NUL = "\\u0000"  # as JSON writes it: the only way for it to come
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


class _Envelope(msgspec.Struct):
    """What can be told of a command that doesn't fit its struct."""

    type: Any = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)


HALF = _("The text contains half of a character. Remove it and try again.")
_MALFORMED = _("That is not valid JSON. A frame must be one JSON object.")


class Refused(Exception):
    """A frame that is no command: the refusal, and the `ref` that its answer carries."""

    def __init__(self, error: ChatError, ref: str | None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.ref = ref


def parse_command(frame: str) -> AnyCommand:
    """A text frame as a command. Raises Refused with `invalid` or `unknown_type`."""
    try:
        command = _decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _refusal(frame, error) from None
    if _NUL in frame:
        _refuse_nul(command)
    return command


def _refuse_nul(command: AnyCommand) -> None:
    """PostgreSQL refuses to store it or to be asked for it, and SQLite cuts the text there."""
    for name in command.__struct_fields__:
        if any("\0" in text for text in _texts(builtins(getattr(command, name)))):
            ref = None if name == "ref" else command.ref
            raise Refused(Invalid(_("`%(name)s` contains a NUL character."), name=name), ref)


def _texts(value: Any) -> Iterator[str]:
    """Every string in what a command's field holds, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _texts(inside)


def _refusal(frame: str, error: Exception) -> Refused:
    ref = ref_of(frame)
    try:
        envelope = _envelope_decoder.decode(frame)
    except msgspec.ValidationError:
        return Refused(Invalid(_("A frame must be a JSON object with a `type`.")), ref)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Refused(Invalid(_MALFORMED if not _has_half(frame) else HALF), ref)
    if not isinstance(envelope.type, str):
        return Refused(Invalid(_("A command needs a `type`, which is a string.")), ref)
    if envelope.type not in COMMAND_TYPES:
        return Refused(
            UnknownType(_("There is no command '%(type)s'."), type=envelope.type[:64]), ref
        )
    return Refused(Invalid(f"{envelope.type}: {error}."), ref)


# -- frames that are no JSON -----------------------------------------------------------------

# What JSON is made of, as far as it matters here: strings, brackets, and what stands between them.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}:,]', re.DOTALL)
MAX_TOKENS = 10_000  # 1 ms; no command has a hundredth of it
# A pair, and whatever else looks like one half. An escaped backslash begins neither.
_ESCAPES = re.compile(
    r"\\\\|\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F])"
)


def ref_of(frame: str) -> str | None:
    """The `ref` of a frame that a decoder gives up on, for the refusal to carry: whoever waits for
    an answer must not wait for ever. None where none can be read, or said back."""
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
            return _sayable(piece)
        last = piece
    return None


def _sayable(literal: str) -> str | None:
    try:
        ref = str(json.loads(literal, strict=False))
        ref.encode()
    except ValueError:  # an escape that is none, or half of a character
        return None
    return ref if len(ref) <= MAX_REF and "\0" not in ref else None


def _has_half(frame: str) -> bool:
    """Whether half of a surrogate pair is in it, which JSON can write and nothing can encode."""
    return any(found[1] for found in _ESCAPES.finditer(frame))


# -- and back --------------------------------------------------------------------------------


def encode(value: Any) -> bytes:
    """Anything of the above as JSON, UTF-8."""
    return _encoder.encode(value)


def builtins(value: Any) -> Any:
    """The same as dicts, lists and strings, for a page's bootstrap."""
    return msgspec.to_builtins(value)


def ok(ref: str | None, **fields: Any) -> bytes:
    """The reply to a command that was carried out."""
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
    """Which page `history` asks for. Raises Invalid unless it names exactly one."""
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
