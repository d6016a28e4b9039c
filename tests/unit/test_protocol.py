"""The wire is declared once, and what is generated from it is fresh."""

from rooms import protocol
from rooms.errors import ChatError
from rooms.management.commands import export_protocol

CONTRACT = {
    "room.open", "room.close", "room.create", "room.direct", "room.join", "room.leave",
    "message.post", "message.edit", "message.delete", "reaction.add", "reaction.remove",
    "history", "room.read", "typing.start", "typing.stop", "ping",
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
