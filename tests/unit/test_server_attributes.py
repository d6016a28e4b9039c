"""Attributes that the server sets on classes of Twisted, autobahn and Daphne have to survive in
their objects: a constructor upstream that sets one again would silently undo ours."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import daphne.http_protocol
import daphne.server
import daphne.ws_protocol
import pytest
from twisted.internet import tcp
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport
from twisted.web.http import HTTPChannel

from rooms.server import Limits, Server
from rooms.server.http import Channel, Factory
from rooms.server.request import Request
from rooms.server.transport import Transport
from rooms.server.websocket import Socket, Sockets

ADDRESS: Any = IPv4Address("TCP", "127.0.0.1", 1)


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """One object of each class that a connection needs, as its factory makes it."""
    monkeypatch.setattr(Channel, "expect_within", lambda self, seconds: None)
    server: Any = Server(application=None, listener=None, limits=Limits())  # type: ignore[arg-type]
    factory = Factory(server)
    channel: Any = factory.buildProtocol(ADDRESS)
    transport = StringTransport()  # type: ignore[no-untyped-call]
    channel.makeConnection(transport)
    sockets = Sockets(server)
    socket: Any = sockets.buildProtocol(ADDRESS)
    socket.makeConnection(transport)
    yield {
        "server": server,
        "factory": factory,
        "channel": channel,
        "request": channel.requestFactory(channel, 0),
        "sockets": sockets,
        "socket": socket,
    }
    channel.setTimeout(None)


def ours(kind: type) -> dict[str, Any]:
    """Return the attributes, without methods, that our classes set for all their objects."""
    return {
        name: value
        for one in reversed(kind.__mro__)
        if one.__module__.startswith("rooms.")
        for name, value in vars(one).items()
        if not name.startswith("__") and not hasattr(value, "__get__")
    }


def overwritten(thing: Any) -> list[str]:
    held = vars(thing)
    return [name for name, value in ours(type(thing)).items() if held.get(name, value) != value]


def test_the_check_notices_an_attribute_that_a_constructor_overwrites() -> None:
    class Theirs:
        def __init__(self) -> None:
            self.is_on = True

    mine = type("Mine", (Theirs,), {"is_on": False, "__module__": "rooms.mine"})
    assert overwritten(mine()) == ["is_on"]


def test_no_class_attribute_is_overwritten_by_a_constructor(objects: dict[str, Any]) -> None:
    assert {name: overwritten(thing) for name, thing in objects.items() if overwritten(thing)} == {}
    assert ours(type(objects["socket"]))["maxFramePayloadSize"] == Limits().frame_bytes


def test_constructor_and_factory_arguments_take_effect(objects: dict[str, Any]) -> None:
    channel, socket = objects["channel"], objects["socket"]
    assert objects["request"]._parsePOSTFormSubmission is False
    assert type(objects["request"]) is Request
    assert channel.timeOut == Limits().idle_seconds
    assert socket.maxMessagePayloadSize == socket.maxFramePayloadSize == Limits().frame_bytes
    assert socket.openHandshakeTimeout == socket.closeHandshakeTimeout == 0
    assert (socket.failByDrop, socket.allowNullOrigin, socket.tcpNoDelay) == (True, True, True)
    assert (socket.autoPingInterval, socket.autoPingTimeout) == (0, 0), "the pings are ours"
    assert socket.perMessageCompressionAccept([SimpleNamespace()]) is None
    assert objects["server"].server_name == ""
    assert not objects["server"].proxy_forwarded_address_header


# Each of these overrides an upstream method by name; if upstream renamed it, ours would never be
# called.
TAKEN_OVER = {
    (Channel, HTTPChannel): (
        *("connectionMade", "dataReceived", "lineReceived", "allHeadersReceived"),
        *("lineLengthExceeded", "_respondToBadRequestAndDisconnect", "_send100Continue"),
        "connectionLost",
    ),
    (Request, daphne.http_protocol.WebRequest): (
        *("handleContentChunk", "process", "handle_exception", "basic_error", "finish"),
        "connectionLost",
    ),
    (Factory, daphne.http_protocol.HTTPFactory): ("protocol", "buildProtocol"),
    (Socket, daphne.ws_protocol.WebSocketProtocol): (
        *("connectionMade", "onConnect", "sendHttpErrorResponse", "onOpen", "dataReceived"),
        *("processData", "onMessageBegin", "onMessageFrameBegin", "onMessage", "onPong"),
        *("_fail_connection", "handle_reply", "onClose"),
    ),
    (Transport, tcp.Server): ("startWriting", "doWrite", "connectionLost"),
    (Server, daphne.server.Server): (
        *("run", "stop", "protocol_connected", "protocol_disconnected", "create_application"),
        "handle_reply",
    ),
}


def is_ours(kind: type, name: str) -> bool:
    """Return whether this class, or a base of it that is ours, defines the method."""
    own = (one for one in kind.__mro__ if one.__module__.startswith("rooms."))
    return any(name in vars(one) for one in own)


def test_every_overridden_method_still_exists_upstream() -> None:
    for (mine, theirs), names in TAKEN_OVER.items():
        for name in names:
            assert is_ours(mine, name), (mine, name)
            assert hasattr(theirs, name), (theirs, name)
