"""A tab that behaves like the real page: it reconnects by itself, catches up from where it was, and
asks again about anything unanswered. Everything it sees goes into the history."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.faults.accounts import Account
from tests.faults.beliefs import Beliefs
from tests.faults.history import (
    Answer,
    Change,
    Event,
    History,
    Json,
    Message,
    Ok,
    Older,
    Page,
    Post,
    Reading,
    Refusal,
)

EVENTS = {
    *("message.posted", "message.edited", "message.updated"),
    *("message.deleted", "message.reacted"),
}
WAITABLE = {"unavailable", "rate_limited", "slow_mode"}  # the page retries after these
SILENCE_SECONDS = 2.0  # then it pings, and after as long again drops the connection
OPEN_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 1.0  # the page waits up to 30 s, too long for a test


class Hung(Exception):
    """The server is connected and silent."""


class Tab:
    """One tab of one person in one room, on whichever worker answers."""

    def __init__(
        self,
        account: Account,
        room: str,
        addresses: Sequence[str],
        dice: random.Random,
        history: History,
    ) -> None:
        self.account = account
        self.room = room
        self.addresses = addresses
        self.history = history
        self.reading = Reading(account.name)
        history.readings.append(self.reading)
        self.unanswered: dict[str, Post] = {}  # by nonce, in order of posting
        self.opened = asyncio.Event()  # set while the room is open
        self.believes = Beliefs(account.name, account.id)
        self.beside: Sequence[str] = ()  # other rooms to keep open while its person is in them
        # Its own dice, so that one tab's luck doesn't depend on another's timing.
        self._dice = random.Random(dice.random())
        self._connection: ClientConnection | None = None
        self._address = ""
        self._replies: dict[str, Callable[[Json], None]] = {}
        self._at_once = False
        self._tasks: set[asyncio.Task[None]] = set()

    # -- life --

    def starts(self) -> None:
        self._spawn(self._live())

    async def leaves(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def vanishes(self, *, at_once: bool) -> None:
        """Tear the connection down without a close; `at_once` reconnects without a pause."""
        if self._connection is not None:
            self._at_once = at_once
            self._connection.transport.abort()

    def is_on(self, address: str) -> bool:
        return self.opened.is_set() and self._address == address

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        # Tasks that answer a refusal end by themselves; `_live` runs until cancelled.
        if not task.cancelled() and task.exception() is None:
            self._tasks.discard(task)

    @property
    def failures(self) -> list[BaseException]:
        """Return bugs of this client, which must not look like a quiet server."""
        done = [task for task in self._tasks if task.done() and not task.cancelled()]
        return [error for task in done if (error := task.exception())]

    async def _live(self) -> None:
        attempt = 0
        while True:
            self._address = self._dice.choice(self.addresses)
            try:
                async with self._connected() as self._connection:
                    await self._serve(self._connection)
            except (OSError, TimeoutError, websockets.WebSocketException, Hung) as error:
                self.reading.losses.append(f"{time.monotonic():.2f} {self._address} {error!r}")
            finally:
                # Replies still owed by the old connection won't come on the next one.
                attempt = 0 if self.opened.is_set() else attempt + 1
                self._connection = None
                self.opened.clear()
                self._replies.clear()
            if not self._at_once:
                longest = min(LONGEST_PAUSE_SECONDS, 0.1 * 2**attempt)
                await asyncio.sleep(self._dice.uniform(0, longest))
            self._at_once = False

    def _connected(self) -> Any:
        return websockets.connect(
            self._address.replace("http", "ws", 1) + "/ws/",
            additional_headers=self.account.headers(self._address),
            subprotocols=["chatsite.v1"],  # type: ignore[list-item]
            compression=None,
            max_size=2**21,
            open_timeout=OPEN_SECONDS,
            close_timeout=1,
            ping_interval=None,  # browsers can't send pings either
            proxy=None,
        )

    async def _serve(self, connection: ClientConnection) -> None:
        silent = False
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    frame = json.loads(await connection.recv())
            except TimeoutError:
                if silent:
                    connection.transport.abort()
                    raise Hung from None
                silent = True
                await connection.send('{"type":"ping"}')
                continue
            silent = False
            await self._hear(frame)

    # -- hearing --

    async def _hear(self, frame: Json) -> None:
        self.believes.hear(frame)
        if frame["type"] == "welcome":
            self._ask(self._opened, "room.open", since=self.reading.position)
            for room in self.beside:
                self._open_beside(room)
        elif frame["type"] == "room.added":
            self._open_beside(frame["room"]["slug"])
        elif frame["type"] in {"ok", "error"}:
            if (replied := self._replies.pop(frame.get("ref") or "", None)) is not None:
                replied(frame)
        elif frame["type"] in EVENTS and frame["room"] == self.room:
            message = Message.of_wire(frame["message"])
            event = Event(frame["type"], frame["revision"], message, time.monotonic())
            self.reading.record(event)

    def _open_beside(self, room: str) -> None:
        def replied(reply: Json) -> None:
            if reply["type"] == "ok":
                self.believes.opened(reply["room"])

        if room in self.beside and room in self.believes.rooms:
            self._ask(replied, "room.open", room=room, limit=1)

    def _opened(self, reply: Json) -> None:
        if reply["type"] == "error":
            self._later()
            return
        self.believes.opened(reply["room"])
        messages = [Message.of_wire(message) for message in reply["messages"]]
        page = Page(
            since=self.reading.position,
            revision=reply["revision"],
            reset=reply["reset"],
            messages=messages,
            at=time.monotonic(),
        )
        self.reading.record(page)
        self.opened.set()
        self._fill()
        for post in list(self.unanswered.values()):
            self._send(post)

    def _fill(self) -> None:
        """Request what a reset left out, like someone scrolling up to the beginning."""
        shown = self.reading.shown
        for number in range(max(shown, default=0), 0, -1):
            if number not in shown:
                self._ask(self._filled, "history", before=number + 1, limit=100)
                return

    def _filled(self, reply: Json) -> None:
        if reply["type"] == "error":
            self._later()
            return
        messages = [Message.of_wire(message) for message in reply["messages"]]
        self.reading.record(Older(messages))
        self._fill()

    def _later(self) -> None:
        """Drop the connection and come back after a pause."""
        if self._connection is not None:
            self._connection.transport.abort()

    # -- saying --

    def posts(self, body: str, *, reply_to: int | None = None, fickle: bool = False) -> Post:
        """Post something. A fickle person gives up after a refusal, where others retry."""
        nonce = str(uuid.UUID(int=self._dice.getrandbits(128)))
        post = Post(nonce, self.account.id, body, reply_to, fickle, said_at=time.monotonic())
        self.history.posts.append(post)
        self.says(post)
        return post

    def says(self, post: Post) -> None:
        """Send this post until it is answered, even if another tab has sent it, too."""
        self.unanswered[post.nonce] = post
        self.repeats(post)

    def repeats(self, post: Post) -> None:
        """Send it once more, as if the first one had got lost."""
        if self.opened.is_set():
            self._send(post)

    def changes(self, type: str, number: int, **fields: Any) -> None:
        """Edit, delete or react, once."""
        change = Change({"type": type, "number": number, **fields})

        def replied(reply: Json) -> None:
            change.answer = _answer(reply)

        if self.opened.is_set():
            self.history.changes.append(change)
            self._ask(replied, type, number=number, **fields)

    def _send(self, post: Post) -> None:
        def replied(reply: Json) -> None:
            post.answers.append(answer := _answer(reply))
            if isinstance(answer, Refusal) and answer.code in WAITABLE and not post.fickle:
                self._spawn(self._send_later(post, reply.get("retry_after") or 0.2))
            else:
                self.unanswered.pop(post.nonce, None)

        post.sent.append(self._address)
        fields = {} if post.reply_to is None else {"reply_to": post.reply_to}
        self._ask(replied, "message.post", nonce=post.nonce, body=post.body, **fields)

    async def _send_later(self, post: Post, seconds: float) -> None:
        connection = self._connection
        await asyncio.sleep(self._dice.uniform(seconds, seconds * 1.5))
        # Otherwise the connection was lost in between, and reopening the room has sent it again.
        if (
            connection is self._connection
            and self.opened.is_set()
            and post.nonce in self.unanswered
        ):
            self._send(post)

    def _ask(self, replied: Callable[[Json], None], type: str, **fields: Any) -> None:
        ref = uuid.uuid4().hex
        self._replies[ref] = replied
        command = json.dumps({"type": type, "ref": ref, "room": self.room, **fields})
        self._spawn(self._transmit(command))

    async def _transmit(self, command: str) -> None:
        """Send in the order of asking: tasks start in order, and `send` takes the frame before it
        waits. Frames that can't be sent are never answered; others deal with that."""
        if self._connection is not None:
            try:
                await self._connection.send(command)
            except websockets.ConnectionClosed:
                return


def _answer(reply: Json) -> Answer:
    if reply["type"] == "error":
        return Refusal(reply["code"])
    return Ok(Message.of_wire(reply["message"]), time.monotonic())
