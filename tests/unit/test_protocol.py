"""The wire is declared once, and what is generated from it is fresh."""

import json
from typing import Any, get_type_hints

import pytest
from msgspec import structs

from rooms import protocol
from rooms.errors import ChatError, Invalid
from rooms.management.commands import export_protocol

CONTRACT = {
    "room.open", "room.close", "room.create", "room.direct", "room.join", "room.leave",
    "message.post", "message.edit", "message.delete", "reaction.add", "reaction.remove",
    "history", "reactions", "room.read", "room.unread", "rooms", "rooms.read", "rooms.unread",
    "room.star", "room.unstar", "section.fold", "section.unfold",
    "message.report", "member.mute", "member.unmute", "member.ban",
    "removal.preview", "removal.make", "removal.undo",
    "lobby.open", "lobby.close",
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
        (
            {
                "type": "rooms.unread",
                "rooms": [{"room": "a\0", "number": 1, "before": 0, "read_revision": 1}],
            },
            "rooms",
        ),
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


def texts_of(struct: type[protocol.Command]) -> list[str]:
    """The fields that carry text, a list of texts, or something with text in it."""
    hints = get_type_hints(struct)
    return [field.name for field in structs.fields(struct) if "str" in str(hints[field.name])]


HALVES = [
    (struct, name) for struct in protocol.COMMANDS for name in texts_of(struct) if name != "ref"
]


def test_most_commands_carry_text() -> None:
    assert len({struct for struct, _name in HALVES}) > 20


@pytest.mark.parametrize("half", ["\ud83d", "a\ude00b", "\ud83d\ud83d\ude00"], ids=ascii)
@pytest.mark.parametrize(("struct", "name"), HALVES, ids=str)
def test_half_of_a_character_is_refused_by_name_to_who_waits_for_the_answer(
    struct: type[protocol.Command], name: str, half: str
) -> None:
    tag = struct.__struct_config__.tag
    for value in (half, [half], [{"room": half}]):
        frame = json.dumps({"type": tag, name: value, "ref": "mine"})
        with pytest.raises(protocol.Refused, match="half of a character") as refusal:
            protocol.parse_command(frame)
        assert refusal.value.ref == "mine"
        assert isinstance(refusal.value.error, Invalid)


def test_whole_characters_and_words_about_halves_are_no_offence() -> None:
    body = "😀 \\ud83d \\\\ude00 \\"
    said = {"type": "message.post", "room": "r", "nonce": "12345678", "body": body}
    command = protocol.parse_command(json.dumps(said))
    assert isinstance(command, protocol.PostMessage)
    assert command.body == body


@pytest.mark.parametrize(
    "frame",
    [
        '{"ref":"mine","type":"ping","x":NaN}',
        '{"type":"ping","x":{"ref":"other"},"ref":"mine"',
        '{"type":"ping","x":[1,"ref",{"ref":"other"}],"y":"ref","ref" : "mine"}}',
        '{"type":"ping", "ref":"mine","x":' + "[" * 5000,
        '{"x":"a \\" \\\\","ref":"mine","type":"ping","y":"\x01"}',
        '{"ref":"mine","type":7}',
        '{"ref":"mine","type":"no.such"}',
        '{"ref":"mine","type":"room.open","room":7}',
        '{"ref":"\\u006dine","type":"ping"}x',
    ],
    ids=ascii,
)
def test_whatever_is_wrong_with_a_frame_its_refusal_carries_the_ref(frame: str) -> None:
    with pytest.raises(protocol.Refused) as refusal:
        protocol.parse_command(frame)
    assert refusal.value.ref == "mine"


@pytest.mark.parametrize(
    "ref", ['"\\ud83d"', '"a\\u0000"', '"' + "r" * 65 + '"', "7", "null", '"mine', '["mine"]']
)
def test_a_ref_that_cannot_be_said_back_is_none(ref: str) -> None:
    with pytest.raises(protocol.Refused) as refusal:
        protocol.parse_command(f'{{"type":"ping","x":"\\ud83d","ref":{ref}}}')
    assert refusal.value.ref is None
    assert protocol.refusal(refusal.value.ref, refusal.value.error)
