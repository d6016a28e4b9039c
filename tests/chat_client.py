"""A client that speaks chat: `await bob.posts("hi")`, `await alice.sees("message.posted", …)`.

Two ways in: `InProcess` drives the ASGI application itself, `Network` a real server through the
`websockets` package, which shares no code with ours.
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import websockets
from websockets.asyncio.client import ClientConnection

DEADLINE = 10.0  # seconds; an event that takes longer has failed to come

Json = dict[str, Any]


class Transport(Protocol):
    async def send(self, text: str | bytes) -> None: ...

    async def receive(self) -> str:
        """The next text frame. Raises Closed."""
        ...

    async def close(self) -> None: ...


class Closed(Exception):
    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"closed {code} {reason}")
        self.code = code
        self.reason = reason


class Refused(AssertionError):
    """The server answered with an error."""

    def __init__(self, reply: Json) -> None:
        super().__init__(f"{reply['code']}: {reply['detail']}")
        self.reply = reply
        self.code: str = reply["code"]


class InProcess:
    """The application with two queues for a network."""

    def __init__(self, application: Any, headers: dict[str, str], path: str = "/ws/") -> None:
        self.scope = {
            "type": "websocket",
            "path": path,
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "subprotocols": ["chatsite.v1"],
            "client": ["127.0.0.1", 1],
            "query_string": b"",
        }
        self._in: asyncio.Queue[Json] = asyncio.Queue()
        self._out: asyncio.Queue[Json] = asyncio.Queue()
        self._in.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.ensure_future(application(self.scope, self._in.get, self._out.put))

        # The answer to the handshake: accept, or close.
        self.handshake: asyncio.Future[Json] = asyncio.get_running_loop().create_future()

    async def send(self, text: str | bytes) -> None:
        key = "text" if isinstance(text, str) else "bytes"
        await self._in.put({"type": "websocket.receive", key: text})

    async def receive(self) -> str:
        message = await self._out.get()
        if not self.handshake.done():
            self.handshake.set_result(message)
            if message["type"] == "websocket.accept":
                message = await self._out.get()
        if message["type"] == "websocket.close":
            await self.close()
            raise Closed(message.get("code", 1000), message.get("reason", ""))
        return str(message["text"])

    async def close(self) -> None:
        await self._in.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait([self.task], timeout=DEADLINE)


class Network:
    """A connection to a real server."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    @classmethod
    async def open(cls, url: str, headers: dict[str, str]) -> "Network":
        socket = await websockets.connect(
            url,
            additional_headers=headers,
            subprotocols=["chatsite.v1"],  # type: ignore[list-item]
            max_size=2**21,
            compression=None,
        )
        return cls(socket)

    async def send(self, text: str | bytes) -> None:
        await self.socket.send(text)

    async def receive(self) -> str:
        try:
            return str(await self.socket.recv())
        except websockets.ConnectionClosed as error:
            frame = error.rcvd
            code, reason = (frame.code, frame.reason) if frame else (1006, "")
            raise Closed(code, reason) from error

    async def close(self) -> None:
        await self.socket.close()


class ChatClient:
    """One tab of one person."""

    def __init__(self, transport: Transport, *, room: str = "") -> None:
        self.transport = transport
        self.room = room
        self.events: list[Json] = []
        self.welcome: Json = {}
        self._replies: dict[str, asyncio.Future[Json]] = {}
        self._news = asyncio.Event()
        self._closed: Closed | None = None
        self._reader = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        try:
            while True:
                frame = json.loads(await self.transport.receive())
                if frame["type"] in {"ok", "error"} and frame.get("ref") in self._replies:
                    self._replies.pop(frame["ref"]).set_result(frame)
                    continue
                self.events.append(frame)
                self._news.set()
        except Closed as closed:
            self._closed = closed
            self._news.set()
            for reply in self._replies.values():
                reply.set_exception(closed)

    async def arrives(self) -> "ChatClient":
        """Wait for the welcome."""
        self.welcome = await self.sees("welcome")
        return self

    async def asks(self, type: str, **fields: Any) -> Json:
        """Send a command; its reply, whether ok or error."""
        ref = uuid.uuid4().hex
        reply: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._replies[ref] = reply
        await self.sends({"type": type, "ref": ref, **fields})
        async with asyncio.timeout(DEADLINE):
            return await reply

    async def does(self, type: str, **fields: Any) -> Json:
        """Send a command that must be carried out."""
        reply = await self.asks(type, **fields)
        if reply["type"] != "ok":
            raise Refused(reply)
        return reply

    async def is_refused(self, type: str, **fields: Any) -> str:
        """Send a command that must be refused; the code."""
        reply = await self.asks(type, **fields)
        assert reply["type"] == "error", reply
        assert reply["detail"], "a refusal says what was wrong"
        return str(reply["code"])

    async def sends(self, frame: Any) -> None:
        """Send anything at all."""
        raw = frame if isinstance(frame, str | bytes) else json.dumps(frame)
        await self.transport.send(raw)

    async def opens(self, room: str | None = None, **fields: Any) -> Json:
        self.room = room or self.room
        return await self.does("room.open", room=self.room, **fields)

    async def opens_until(self, fits: Callable[[list[Json]], bool], room: str | None = None) -> Any:
        """Open a room again and again until its messages are so; return them."""
        async with asyncio.timeout(DEADLINE):
            while True:
                messages = (await self.opens(room))["messages"]
                if fits(messages):
                    return messages
                await asyncio.sleep(0.05)  # a poll against a deadline

    async def posts(self, body: str, *, nonce: str | None = None, **fields: Any) -> Json:
        fields.setdefault("room", self.room)
        reply = await self.does(
            "message.post", body=body, nonce=nonce or uuid.uuid4().hex, **fields
        )
        message: Json = reply["message"]
        return message

    async def sees(self, type: str, **expected: Any) -> Json:
        """The first event of the type whose fields, or whose message's fields, are as expected.
        It is taken out; what came before it stays."""
        return await self._until(
            lambda event: _matches(event, type, expected), f"{type} {expected}"
        )

    async def is_closed(self) -> int:
        """Wait for the close; its code."""
        async with asyncio.timeout(DEADLINE):
            while self._closed is None:
                await self._wait()
        return self._closed.code

    async def has_seen(self, type: str) -> list[Json]:
        """What has come of a type by now: everything sent before the answer to a ping."""
        await self.does("ping")
        return [event for event in self.events if event["type"] == type]

    async def leaves(self) -> None:
        await self.transport.close()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def _until(self, matches: Callable[[Json], bool], what: str) -> Json:
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    for index, event in enumerate(self.events):
                        if matches(event):
                            return self.events.pop(index)
                    if self._closed:
                        raise self._closed
                    await self._wait()
        except TimeoutError:
            raise AssertionError(f"never saw {what}, but {self.events}") from None

    def _wait(self) -> Awaitable[Any]:
        self._news.clear()
        return self._news.wait()


def _matches(event: Json, type: str, expected: Json) -> bool:
    if event["type"] != type:
        return False
    message = event.get("message") or {}
    return all(event.get(key, message.get(key)) == value for key, value in expected.items())
