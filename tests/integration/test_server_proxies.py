"""Forwarding headers are trusted from configured proxies, and from nobody else."""

import ipaddress
import json
from collections.abc import Iterator

import pytest

from rooms.server.proxies import Origin, find_origin, read_address
from tests.processes import ServerProcess, probe, raw_socket

TRUSTED = tuple(ipaddress.ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1", "fd00::/8"))
FORWARDED = {"X-Forwarded-For": "6.6.6.6, 203.0.113.5", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("forwarded", "host"),
    [
        ([], "10.0.0.1"),
        (["203.0.113.5"], "203.0.113.5"),
        (["6.6.6.6, 203.0.113.5"], "203.0.113.5"),  # the client forged 6.6.6.6
        (["203.0.113.5, 10.0.0.2"], "203.0.113.5"),
        (["6.6.6.6", "203.0.113.5, 10.0.0.2"], "203.0.113.5"),
        (["10.0.0.3, 10.0.0.2"], "10.0.0.3"),  # a client inside the network
        (["203.0.113.5:4711"], "203.0.113.5"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["::ffff:203.0.113.5"], "203.0.113.5"),
        (["203.0.113.5, unknown"], "10.0.0.1"),  # an unreadable entry hides everything before it
        (["203.0.113.5, <script>, 10.0.0.2"], "10.0.0.2"),
        ([""], "10.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_not_a_proxy(
    forwarded: list[str], host: str
) -> None:
    assert find_origin("10.0.0.1", 1, forwarded, [], TRUSTED).host == host


def test_headers_from_a_stranger_are_ignored() -> None:
    origin = find_origin("192.0.2.1", 99, ["203.0.113.5"], ["https"], TRUSTED)
    assert origin == Origin("192.0.2.1", 99, secure=False)


@pytest.mark.parametrize(
    ("values", "secure"),
    [([], False), (["http"], False), (["https"], True), (["https, http"], False), (["WSS"], True)],
)
def test_the_last_proxy_says_whether_it_was_encrypted(values: list[str], secure: bool) -> None:
    assert find_origin("10.0.0.1", 1, [], values, TRUSTED).secure is secure


def test_an_address_with_a_zone_is_parsed() -> None:
    assert read_address("fe80::1%eth0") == ipaddress.ip_address("fe80::1")


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """A server that trusts this machine as a proxy."""
    with probe("127.0.0.0/8") as process:
        yield process


def test_a_page_and_a_socket_behind_a_trusted_proxy(server: ServerProcess) -> None:
    scope = server.get("/scope", FORWARDED).json()
    assert scope["client"] == ["203.0.113.5", 0]
    assert scope["scheme"] == "https"
    lines = "".join(f"{name}: {value}\r\n" for name, value in FORWARDED.items())
    with raw_socket(server, "/scope", lines) as alice:
        alice.handshake()
        scope = json.loads(alice.read()[1])
    assert scope["client"] == ["203.0.113.5", 0]
    assert scope["scheme"] == "wss"


def test_one_connection_of_a_proxy_carries_many_clients(server: ServerProcess) -> None:
    with server.connect() as proxy:
        for host in ("203.0.113.5", "203.0.113.6"):
            proxy.sendall(
                f"GET /scope HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {host}\r\n\r\n".encode()
            )
            assert f'"client": ["{host}", 0]'.encode() in proxy.recv(65536)
        proxy.sendall(b"GET /scope HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b'"client": ["127.0.0.1", ' in proxy.recv(65536)


def test_a_page_and_a_socket_from_a_stranger() -> None:
    with probe("10.0.0.0/8") as server:
        scope = server.get("/scope", FORWARDED).json()
        assert scope["client"][0] == "127.0.0.1"
        assert scope["client"][1] > 0
        assert scope["scheme"] == "http"
        lines = "".join(f"{name}: {value}\r\n" for name, value in FORWARDED.items())
        with raw_socket(server, "/scope", lines) as alice:
            alice.handshake()
            scope = json.loads(alice.read()[1])
        assert scope["client"][0] == "127.0.0.1"
        assert scope["scheme"] == "ws"
