"""Bytes to commands; events and replies to bytes."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Invalid, UnknownType
from rooms.protocol.commands import COMMAND_TYPES, AnyCommand, History

_NUL = "\\u0000"  # as JSON writes it: the only way for it to come
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


class _Envelope(msgspec.Struct):
    """What can be told of a command that doesn't fit its struct."""

    type: Any = None
    ref: Any = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)


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
        value = getattr(command, name)
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\0" in text for text in texts):
            ref = None if name == "ref" else command.ref
            raise Refused(Invalid(_("`%(name)s` contains a NUL character."), name=name), ref)


def _refusal(frame: str, error: Exception) -> Refused:
    try:
        envelope = _envelope_decoder.decode(frame)
    except msgspec.ValidationError:
        return Refused(Invalid(_("A frame must be a JSON object with a `type`.")), None)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Refused(Invalid(_("That is not valid JSON. A frame must be one JSON object.")), None)
    valid_ref = isinstance(envelope.ref, str) and len(envelope.ref) <= 64
    ref = envelope.ref if valid_ref else None
    if not isinstance(envelope.type, str):
        return Refused(Invalid(_("A command needs a `type`, which is a string.")), ref)
    if envelope.type not in COMMAND_TYPES:
        return Refused(
            UnknownType(_("There is no command '%(type)s'."), type=envelope.type[:64]), ref
        )
    return Refused(Invalid(f"{envelope.type}: {error}."), ref)


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
