"""A real server's sockets: handshake statuses, frame sizes, clients that never read."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from tests.processes import RawSocket, raw_socket
from tests.site import AS_DEPLOYED, Site, Visitor, serving


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site"), env=AS_DEPLOYED) as site:
        yield site


@pytest.fixture(scope="module")
def alice(site: Site) -> Visitor:
    return site.visitor().signs_up("alice")


def headers(visitor: Visitor, origin: str) -> str:
    lines = {**visitor.headers, "Origin": origin}
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items())


def command(socket: RawSocket, **fields: object) -> None:
    socket.send(json.dumps(fields).encode())


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1"])
def test_another_site_s_page_gets_403(site: Site, alice: Visitor, origin: str) -> None:
    with raw_socket(site.server, "/ws/", headers(alice, origin)) as socket:
        assert "403" in socket.handshake().splitlines()[0]


def test_a_visitor_gets_4401_after_the_handshake(site: Site) -> None:
    with raw_socket(site.server, "/ws/") as socket:
        assert "101" in socket.handshake().splitlines()[0]
        assert socket.read_close()[0] == 4401


def test_the_subprotocol_is_confirmed_when_offered(site: Site, alice: Visitor) -> None:
    offer = "Sec-WebSocket-Protocol: other, chatsite.v1\r\n"
    with raw_socket(site.server, "/ws/", offer) as socket:
        assert "sec-websocket-protocol: chatsite.v1" in socket.handshake().lower()


async def test_a_frame_beyond_64_kib_costs_the_socket_with_4413(site: Site, alice: Visitor) -> None:
    client = await alice.connects()
    await client.sends("x" * (64 * 1024 + 1))
    assert await client.is_closed() == 4413
    await client.leaves()


async def test_logging_in_delays_no_socket(site: Site, alice: Visitor) -> None:
    """Checking a password takes a third of a second with the production hasher."""
    client = await alice.connects()
    visitors = [site.visitor() for _ in range(8)]
    log_ins = asyncio.gather(*(asyncio.to_thread(one.logs_in, "alice") for one in visitors))
    answers = 0
    while not log_ins.done():
        await client.does("ping")
        answers += 1
    await log_ins
    assert answers > 10 * len(visitors), (
        "about one answer per log-in would mean that the server waits for them"
    )
    await client.leaves()


async def test_a_client_that_never_reads_is_cut_off_and_nobody_else_waits(
    site: Site, alice: Visitor
) -> None:
    bob = await asyncio.to_thread(site.visitor().signs_up, "bob")
    writer, reader = await alice.connects(), await bob.connects()
    room = (await writer.does("room.create", name="Flood", kind="public"))["room"]["slug"]
    await writer.opens(room)
    await reader.opens(room)
    # A raw socket sends `Host: localhost`, so the origin must be that one.
    connection = site.server.connect(receive_buffer=4096)
    slow = RawSocket(connection, "/ws/", headers(bob, "http://localhost"))
    assert "101" in slow.handshake().splitlines()[0]
    assert json.loads(slow.read()[1])["type"] == "welcome"
    command(slow, type="room.open", room=room)
    body = "é" * 8000  # 32 kB as text and as HTML; the kernel buffers some megabytes
    for number in range(1, 201):
        await writer.posts(body)
        await reader.sees("message.posted", number=number)
    # The 4410 waits behind what the client doesn't read; two seconds later the connection is cut.
    await asyncio.to_thread(slow.seconds_until_lost)
    for client in (writer, reader):
        await client.leaves()
