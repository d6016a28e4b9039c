"""How the clients of each server speak: payloads in and out, no sockets."""

import secrets
from collections.abc import Callable, Generator
from typing import Protocol

import msgspec

from tests.load.errors import Wrong
from tests.load.people import room_slug, session_key
from tests.load.texts import number_in, text

# Yields what to send (or nothing), is given the next payload, ends when the socket is ready.
Arrival = Generator[bytes | None, bytes, None]
# The number of a message, None for any other event; raises Wrong when it can't follow the last.
Reader = Callable[[bytes], int | None]


def cookie(person: int) -> str:
    return f"Cookie: sessionid={session_key(person)}\r\n"


class Dialect(Protocol):
    def path(self, room: int) -> str: ...

    def headers(self, person: int, address: str) -> str:
        """The handshake's own, each with its line end."""

    def arrive(self, room: int | None) -> Arrival:
        """Be known; with a room, also follow it."""

    def post(self, room: int, number: int) -> bytes: ...

    def answer(self, payload: bytes) -> bytes | None:
        """What to send back when the payload is a heartbeat, which is no event."""

    def is_reply(self, payload: bytes) -> bool:
        """Is it for this client alone, since it has posted? Raises Wrong for a refusal."""

    def reader(self) -> Reader: ...


class Posted(msgspec.Struct):
    number: int
    body: str = ""


class Said(msgspec.Struct):
    """Whatever the site says; what isn't asked for here is skipped."""

    type: str
    revision: int = 0
    message: Posted | None = None
    detail: str = ""


_said = msgspec.json.Decoder(Said).decode


class Chatsite:
    def __init__(self) -> None:
        self._salt = secrets.token_hex(6)

    def path(self, room: int) -> str:
        return "/ws/"

    def headers(self, person: int, address: str) -> str:
        return (
            f"{cookie(person)}Origin: http://{address}\r\nSec-WebSocket-Protocol: chatsite.v1\r\n"
        )

    def arrive(self, room: int | None) -> Arrival:
        said = _said((yield None))
        if said.type != "welcome":
            raise Wrong(f"not welcome: {said}")
        if room is None:
            return
        open_room = {"type": "room.open", "room": room_slug(room), "ref": "open", "limit": 1}
        payload = yield msgspec.json.encode(open_room)
        while not self.is_reply(payload):
            payload = yield None

    def post(self, room: int, number: int) -> bytes:
        return msgspec.json.encode(
            {
                "type": "message.post",
                "ref": str(number),
                "room": room_slug(room),
                "nonce": f"{self._salt}-{number}",
                "body": text(number),
            }
        )

    def answer(self, payload: bytes) -> bytes | None:
        return None

    def is_reply(self, payload: bytes) -> bool:
        said = _said(payload)
        if said.type == "error":
            raise Wrong(f"refused: {said.detail}")
        return said.type == "ok"

    def reader(self) -> Reader:
        last = 0

        def read(payload: bytes) -> int | None:
            nonlocal last
            said = _said(payload)
            if said.type != "message.posted" or said.message is None:
                return None
            if last and said.revision != last + 1:
                raise Wrong(f"revision {said.revision} came after {last}")
            last = said.revision
            return number_in(said.message.body)

        return read


class Message(msgspec.Struct):
    message: str


_message = msgspec.json.Decoder(Message).decode


class Tutorial:
    """`{"message": …}` in both directions, the room in the path: also what `ws` and `raw` speak."""

    def path(self, room: int) -> str:
        return f"/ws/chat/room{room}/"

    def headers(self, person: int, address: str) -> str:
        return f"{cookie(person)}Origin: http://{address}\r\n"

    def arrive(self, room: int | None) -> Arrival:
        yield from ()  # accepted is arrived

    def post(self, room: int, number: int) -> bytes:
        return msgspec.json.encode(Message(text(number)))

    def answer(self, payload: bytes) -> bytes | None:
        return None

    def is_reply(self, payload: bytes) -> bool:
        return False

    def reader(self) -> Reader:
        return lambda payload: number_in(_message(payload).message)


class SocketIO:
    """Engine.IO 4 in text frames: 0 open, 2 ping, 3 pong, 40 connected, 42 event."""

    def path(self, room: int) -> str:
        return "/socket.io/?EIO=4&transport=websocket"

    def headers(self, person: int, address: str) -> str:
        return f"{cookie(person)}Origin: http://{address}\r\n"

    def arrive(self, room: int | None) -> Arrival:
        if not (yield None).startswith(b"0{"):
            raise Wrong("Engine.IO did not open")
        if not (yield b"40").startswith(b"40"):
            raise Wrong("Socket.IO did not connect")
        if room is not None and (yield b'42["join","room%d"]' % room) != b'42["joined"]':
            raise Wrong("could not join")

    def post(self, room: int, number: int) -> bytes:
        return b"42" + msgspec.json.encode(["message", text(number)])

    def answer(self, payload: bytes) -> bytes | None:
        return b"3" if payload == b"2" else None

    def is_reply(self, payload: bytes) -> bool:
        return False

    def reader(self) -> Reader:
        return self._read

    def _read(self, payload: bytes) -> int:
        event = msgspec.json.decode(payload[2:], type=tuple[str, str])
        return number_in(event[1])
