"""The wire is declared once, and what is generated from it is fresh."""

import json
from typing import Any

import pytest

from rooms import protocol
from rooms.errors import ChatError, Invalid
from rooms.management.commands import export_protocol

CONTRACT = {
    "room.open", "room.close", "room.create", "room.direct", "room.join", "room.leave",
    "message.post", "message.edit", "message.delete", "reaction.add", "reaction.remove",
    "history", "room.read", "room.unread", "rooms.read", "rooms.unread",
    "room.star", "room.unstar", "section.fold", "section.unfold",
    "message.report", "member.mute", "member.unmute", "member.ban",
    "removal.preview", "removal.make", "removal.undo",
    "person.ignore", "person.unignore", "typing.start", "typing.stop", "ping",
}  # fmt: skip


def test_every_command_of_the_contract_is_there() -> None:
    assert protocol.COMMAND_TYPES == CONTRACT


def test_what_is_generated_is_fresh() -> None:
    stale = [path.name for path, text in export_protocol.targets() if path.read_text() != text]
    assert not stale, "run `make protocol`"


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [error.code for error in ChatError.__subclasses__()]
    assert len(set(codes)) == len(codes)


def test_every_struct_of_the_wire_says_what_it_is() -> None:
    structs: list[type] = [*protocol.COMMANDS, *protocol.EVENTS, *export_protocol.PARTS]
    for struct in structs:
        assert export_protocol._line(struct), struct.__name__


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ({"type": "message.post", "room": "r", "nonce": "12345678\0", "body": "x"}, "nonce"),
        ({"type": "message.post", "room": "r", "nonce": "12345678", "body": "\0"}, "body"),
        ({"type": "room.open", "room": "\0"}, "room"),
        ({"type": "room.direct", "people": ["bob", "\0"]}, "people"),
        ({"type": "ping", "ref": "\0"}, "ref"),
    ],
)
def test_a_nul_is_refused_before_a_database_is_asked(command: Any, field: str) -> None:
    with pytest.raises(protocol.Refused) as refusal:
        protocol.parse_command(json.dumps({"ref": "1", **command}))
    assert isinstance(refusal.value.error, Invalid)
    assert refusal.value.error.detail == f"`{field}` contains a NUL character."
    assert refusal.value.ref == (None if field == "ref" else "1")


def test_to_write_about_nul_is_no_offence() -> None:
    said = {"type": "message.post", "room": "r", "nonce": "12345678", "body": "\\u0000 is NUL"}
    assert isinstance(protocol.parse_command(json.dumps(said)), protocol.PostMessage)
