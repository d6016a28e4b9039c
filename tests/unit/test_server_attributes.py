"""What the server sets on the classes of Twisted, autobahn and Daphne has to hold in their objects:
a constructor of theirs that sets it again leaves ours without effect, and nothing says so."""

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
from rooms.server.http import Channel, Factory, Request
from rooms.server.transport import Transport
from rooms.server.websocket import Socket, Sockets

ADDRESS: Any = IPv4Address("TCP", "127.0.0.1", 1)


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """One of each class that a connection needs, as their factories make them."""
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
    """The attributes, not the methods, that our classes set for all their objects."""
    return {
        name: value
        for one in reversed(kind.__mro__)
        if one.__module__.startswith("rooms.")
        for name, value in vars(one).items()
        if not name.startswith("__") and not hasattr(value, "__get__")
    }


def in_vain(thing: Any) -> list[str]:
    held = vars(thing)
    return [name for name, value in ours(type(thing)).items() if held.get(name, value) != value]


def test_the_measure_sees_an_attribute_that_a_constructor_sets_again() -> None:
    class Theirs:
        def __init__(self) -> None:
            self.is_on = True

    mine = type("Mine", (Theirs,), {"is_on": False, "__module__": "rooms.mine"})
    assert in_vain(mine()) == ["is_on"]


def test_no_attribute_is_set_in_vain(objects: dict[str, Any]) -> None:
    assert {name: in_vain(thing) for name, thing in objects.items() if in_vain(thing)} == {}
    assert ours(type(objects["socket"]))["maxFramePayloadSize"] == Limits().frame_bytes


def test_what_is_handed_to_a_constructor_or_a_factory_holds(objects: dict[str, Any]) -> None:
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


# Each of ours takes the place of one of theirs that is called by its name; one that they renamed
# would never be called again.
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


def test_every_method_that_is_taken_over_is_still_theirs() -> None:
    for (mine, theirs), names in TAKEN_OVER.items():
        for name in names:
            assert name in vars(mine), (mine, name)
            assert hasattr(theirs, name), (theirs, name)
