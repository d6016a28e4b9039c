"""The wire protocol is declared once, and the files generated from it are fresh."""

import json
from typing import Any, get_type_hints

import pytest
from msgspec import structs

from rooms.errors import ChatError, Invalid
from rooms.management.commands import export_protocol
from rooms.protocol import codec, commands, events
from rooms.protocol.commands.command import Command

CONTRACT = {
    "room.open", "room.close", "room.create", "room.direct", "room.join", "room.leave",
    "room.hide", "room.unhide", "member.add", "profile", "profile.zone",
    "message.post", "message.edit", "message.delete", "reaction.add", "reaction.remove",
    "inbox", "inbox.read", "keywords.set", "room.notify", "search",
    "history", "reactions", "mention.preview", "preview.remove", "link.open",
    "room.read", "room.unread", "rooms", "rooms.read", "rooms.unread",
    "room.star", "room.unstar", "room.place", "section.fold", "section.unfold",
    "section.make", "section.rename", "section.move", "section.delete",
    "message.report", "member.mute", "member.unmute", "member.ban",
    "removal.preview", "removal.make", "removal.undo",
    "lobby.open", "lobby.close",
    "person.ignore", "person.unignore", "appearance.set", "typing.start", "typing.stop", "ping",
    "status.set", "quiet.set", "people.watch", "presence.idle",
}  # fmt: skip


def test_every_command_of_the_contract_is_declared() -> None:
    assert commands.COMMAND_TYPES == CONTRACT


def test_generated_files_are_fresh() -> None:
    stale = [path.name for path, text in export_protocol.targets() if path.read_text() != text]
    assert not stale, "run `make protocol`"


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [error.code for error in ChatError.__subclasses__()]
    assert len(set(codes)) == len(codes)


def test_every_wire_struct_is_documented() -> None:
    structs: list[type] = [*commands.COMMANDS, *events.EVENTS, *export_protocol.PARTS]
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
def test_a_nul_is_refused_before_the_database_is_asked(command: Any, field: str) -> None:
    with pytest.raises(codec.Refused) as refusal:
        codec.parse_command(json.dumps({"ref": "1", **command}))
    assert isinstance(refusal.value.error, Invalid)
    assert refusal.value.error.detail == f"`{field}` contains a NUL character."
    assert refusal.value.ref == (None if field == "ref" else "1")


def test_writing_about_nul_is_allowed() -> None:
    said = {"type": "message.post", "room": "r", "nonce": "12345678", "body": "\\u0000 is NUL"}
    assert isinstance(codec.parse_command(json.dumps(said)), commands.messages.PostMessage)


def texts_of(struct: type[Command]) -> list[str]:
    """Return the fields that carry text, a list of texts, or something with text in it."""
    hints = get_type_hints(struct)
    return [field.name for field in structs.fields(struct) if "str" in str(hints[field.name])]


HALVES = [
    (struct, name) for struct in commands.COMMANDS for name in texts_of(struct) if name != "ref"
]


def test_most_commands_carry_text() -> None:
    assert len({struct for struct, _name in HALVES}) > 20


@pytest.mark.parametrize("half", ["\ud83d", "a\ude00b", "\ud83d\ud83d\ude00"], ids=ascii)
@pytest.mark.parametrize(("struct", "name"), HALVES, ids=str)
def test_half_a_character_is_refused_with_the_ref_of_its_command(
    struct: type[Command], name: str, half: str
) -> None:
    tag = struct.__struct_config__.tag
    for value in (half, [half], [{"room": half}]):
        frame = json.dumps({"type": tag, name: value, "ref": "mine"})
        with pytest.raises(codec.Refused, match="half of a character") as refusal:
            codec.parse_command(frame)
        assert refusal.value.ref == "mine"
        assert isinstance(refusal.value.error, Invalid)


def test_whole_characters_and_text_about_halves_are_allowed() -> None:
    body = "😀 \\ud83d \\\\ude00 \\"
    said = {"type": "message.post", "room": "r", "nonce": "12345678", "body": body}
    command = codec.parse_command(json.dumps(said))
    assert isinstance(command, commands.messages.PostMessage)
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
def test_the_refusal_of_any_bad_frame_carries_its_ref(frame: str) -> None:
    with pytest.raises(codec.Refused) as refusal:
        codec.parse_command(frame)
    assert refusal.value.ref == "mine"


@pytest.mark.parametrize(
    "ref", ['"\\ud83d"', '"a\\u0000"', '"' + "r" * 65 + '"', "7", "null", '"mine', '["mine"]']
)
def test_a_ref_that_cannot_be_echoed_is_dropped(ref: str) -> None:
    with pytest.raises(codec.Refused) as refusal:
        codec.parse_command(f'{{"type":"ping","x":"\\ud83d","ref":{ref}}}')
    assert refusal.value.ref is None
    assert codec.refusal(refusal.value.ref, refusal.value.error)
