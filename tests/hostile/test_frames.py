"""A real server under frames that hypothesis made. Whatever comes, its sender gets an answer for
each or loses the socket, nobody else waits for it, and the log knows of no bug."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import protocol
from tests.conftest import Measure
from tests.hostile.frames import encoded, raw, texts
from tests.hostile.fuzz import examples
from tests.processes import CLOSE, PING, PONG, TEXT, RawSocket
from tests.site import Site, Visitor, serving

ROOM = "lounge"
SECOND = 1.0
NOT_UTF8 = 1007
INTERNAL_ERROR = 1011


class Lost(Exception):
    """The socket is gone: with a close code, or 0 without."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Tab:
    """A socket of somebody who is signed in; what it sends may be anything."""

    def __init__(self, site: Site, visitor: Visitor, source: str = "") -> None:
        cookie = f"Cookie: {visitor.headers['Cookie']}\r\n"
        self.connection = site.server.connect(source=source)
        self.raw = RawSocket(self.connection, "/ws/", cookie)
        assert self.raw.handshake().startswith("HTTP/1.1 101 ")
        assert self.receives()["type"] == "welcome"

    def sends(self, data: bytes) -> None:
        """Raises Lost."""
        try:
            self.connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.reads_the_end()

    def says(self, text: str) -> None:
        payload = encoded(text)
        try:
            self.raw.send(payload)
        except (BrokenPipeError, ConnectionResetError):
            self.reads_the_end()

    def reads_the_end(self) -> None:
        while True:
            self.receives()

    def receives(self) -> Any:
        """The next event or reply. Raises Lost."""
        try:
            opcode, payload = self.raw.read()
            while opcode not in {TEXT, CLOSE}:
                if opcode == PING:
                    self.raw.send(payload, PONG)
                opcode, payload = self.raw.read()
        except (EOFError, ConnectionResetError):
            raise Lost(0) from None
        if opcode == CLOSE:
            raise Lost(int.from_bytes(payload[:2], "big"))
        return json.loads(payload)

    def replies(self, until: str, count: int = 0) -> list[Any]:
        """Those until the one with this ref, and until there are so many: a post is answered when
        it is stored, and what was asked after it may be answered before. Raises Lost."""
        replies: list[Any] = []
        is_over = False
        while not is_over or len(replies) < count:
            event = self.receives()
            if event["type"] in {"ok", "error"} and event["ref"] == until:
                is_over = True
            elif event["type"] in {"ok", "error"}:
                replies.append(event)
        return replies

    def pings(self) -> float:
        """Seconds until the answer."""
        begin = time.monotonic()
        self.says('{"type":"ping","ref":"still there"}')
        self.replies("still there")
        return time.monotonic() - begin


class Stage:
    """A site, somebody hostile, and somebody who only wants to chat."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.eve = site.visitor().signs_up("eve")
        wanda = site.visitor().signs_up("wanda")
        for name, kind in (("Lounge", "public"), ("Back office", "private")):
            wanda.post("/rooms/new/", name=name, kind=kind, topic="")
        self.eve.post(f"/rooms/{ROOM}/join/", page=f"/rooms/{ROOM}/")
        self.wanda = Tab(site, wanda)
        self.wanda.says(json.dumps({"type": "room.open", "room": ROOM, "ref": "open"}))
        self.wanda.replies("open")
        self.waits: list[float] = []

    def attacks(self, source: str = "") -> Tab:
        return Tab(self.site, self.eve, source)

    def is_unharmed(self) -> None:
        """Wanda is answered, and the log is silent."""
        self.waits.append(self.wanda.pings())
        assert "Traceback" not in self.site.server.output
        assert " ERROR " not in self.site.server.output


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with serving(tmp_path_factory.mktemp("stage")) as site:
        stage = Stage(site)
        yield stage
        stage.wanda.connection.close()


def has_no_reply(text: str) -> bool:
    try:
        command = protocol.parse_command(text)
    except (protocol.Refused, UnicodeError):
        return False
    return isinstance(command, protocol.StartTyping | protocol.StopTyping)


def answers(eve: Tab, frames: list[str]) -> list[Any]:
    """Raises Lost."""
    for text in frames:
        eve.says(text)
    eve.says('{"type":"ping","ref":"the end"}')
    return eve.replies("the end", sum(not has_no_reply(text) for text in frames))


@examples(250)
@given(st.lists(texts, min_size=1, max_size=8))
def test_every_frame_is_answered_or_ends_its_socket(stage: Stage, frames: list[str]) -> None:
    eve, code, replies = stage.attacks(), None, []
    try:
        replies = answers(eve, frames)
    except Lost as lost:
        code = lost.code
    eve.connection.close()
    assert code in {None, NOT_UTF8, *protocol.Close}
    if code is None:
        assert len(replies) == sum(not has_no_reply(text) for text in frames)
    for reply in replies:
        assert reply["type"] == "ok" or (reply["code"] and reply["detail"])
        assert reply.get("code") != "unavailable", "a bug, or what the database could not take"
    stage.is_unharmed()


@examples(250)
@given(st.lists(raw(), min_size=1, max_size=6))
def test_bytes_that_are_no_frames_cost_their_sender_the_socket_at_most(
    stage: Stage, pieces: list[bytes]
) -> None:
    eve, code = stage.attacks(), None
    eve.connection.settimeout(0.02)  # a half frame is waited for, which is an answer, too
    try:
        for piece in pieces:
            eve.sends(piece)
        eve.reads_the_end()
    except Lost as lost:
        code = lost.code
    except TimeoutError:
        pass
    eve.connection.close()
    assert code != INTERNAL_ERROR
    stage.is_unharmed()


def test_others_were_served_within_the_same_second(stage: Stage, measure: Measure) -> None:
    """After all of the above; one in twenty may have met a busy machine."""
    waits = sorted([*stage.waits, stage.wanda.pings()])
    usual, longest = 1000 * waits[len(waits) // 2], 1000 * waits[-1]
    measure(f"hostile frames: others wait {usual:.1f} ms, at most {longest:.0f} ms")
    assert waits[len(waits) * 19 // 20] < SECOND
