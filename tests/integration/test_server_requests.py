"""HTTP: a request costs bounded time and memory, and the response doesn't identify the server."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.processes import ServerProcess, exchange, probe, raw_socket, read_to_end

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with probe(
        body_bytes=MIB,
        upload_bytes=3 * MIB,
        header_seconds=0.5,
        body_seconds=0.8,
        idle_seconds=1,
    ) as process:
        yield process


def test_a_body_within_the_limit_arrives_whole(server: ServerProcess) -> None:
    answer = server.get("/body", method="POST", body=b"x" * MIB).json()
    assert answer == {"size": MIB, "pieces": 16}


def test_a_body_in_chunks_arrives_whole(server: ServerProcess) -> None:
    pieces = iter([b"x" * 1000] * 300)
    answer = server.get("/body", method="POST", body=pieces, encode_chunked=True)
    assert answer.json()["size"] == 300_000


def test_an_empty_body_is_one_empty_piece(server: ServerProcess) -> None:
    assert server.get("/body").json() == {"size": 0, "pieces": 1}


def test_a_length_beyond_the_limit_gets_413_before_the_body(server: ServerProcess) -> None:
    request = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 400000000\r\n\r\n"
    assert exchange(server, request).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_expects_100_continue_before_too_large_a_body_gets_413(
    server: ServerProcess,
) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    answer = exchange(server, head % (2 * MIB))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in answer
    with server.connect() as client:
        client.sendall(head % 3)
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")


def test_chunks_beyond_the_limit_get_413_and_are_not_kept(server: ServerProcess) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with server.connect() as mallory:
        before = server.memory
        mallory.sendall(b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        # Like a client that reads only after sending; the kernel buffers some of it.
        mallory.sendall(chunk * 24)
        assert read_to_end(mallory).startswith(b"HTTP/1.1 413 ")
        assert server.memory - before < 4


def test_only_upload_addresses_accept_larger_bodies(server: ServerProcess) -> None:
    body = b"x" * (2 * MIB)
    for path in ("/body/file", "/body/file?of=mine"):
        assert server.get(path, method="POST", body=body).json()["size"] == 2 * MIB
    for path in ("/body", "/body/file/", "/body/file/..", "/body/fil%65", "/body?/body/file"):
        assert server.get(path, method="POST", body=body).status == 413, path
        pieces = iter([body[:65536]] * 20)
        assert server.get(path, method="POST", body=pieces, encode_chunked=True).status == 413, path


def test_a_client_that_is_still_sending_reads_the_413(server: ServerProcess) -> None:
    assert server.get("/body", method="POST", body=b"x" * (MIB + 1)).status == 413


def test_headers_that_trickle_end_in_408(server: ServerProcess) -> None:
    seconds, answer = trickle(server, b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.4 <= seconds < 6


def test_headers_that_trickle_on_a_used_connection_end_in_408(server: ServerProcess) -> None:
    with server.connect() as mallory:
        mallory.sendall(b"GET /scope HTTP/1.1\r\nHost: x\r\n\r\n")
        mallory.recv(65536)
        seconds, answer = trickle(server, b"GET /" + b"x" * 1000, mallory)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert seconds < 6


def test_a_body_that_trickles_ends_in_408(server: ServerProcess) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with server.connect() as mallory:
        mallory.sendall(head)
        seconds, answer = trickle(server, b"x" * 1000, mallory)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.6 <= seconds < 6


def test_a_silent_connection_is_closed(server: ServerProcess) -> None:
    begin = time.monotonic()
    with server.connect() as mallory, pytest.raises(ConnectionResetError):
        mallory.recv(1)
    assert 0.4 <= time.monotonic() - begin < 6


def test_a_connection_is_reused_and_closed_when_idle(server: ServerProcess) -> None:
    with server.connect() as bob:
        for _ in range(3):
            bob.sendall(b"GET /scope HTTP/1.1\r\nHost: x\r\n\r\n")
            assert bob.recv(65536).startswith(b"HTTP/1.1 200 ")
        begin = time.monotonic()
        assert bob.recv(1) == b""
        assert 0.8 <= time.monotonic() - begin < 6


def test_a_slow_request_has_no_deadline(server: ServerProcess) -> None:
    with server.connect() as bob:
        bob.sendall(b"GET /wait/long HTTP/1.1\r\nHost: x\r\n\r\n")
        bob.settimeout(1.5)
        with pytest.raises(TimeoutError):
            bob.recv(1)
        bob.settimeout(10)
        server.get("/open/long")
        assert bob.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
def test_other_methods_are_405(server: ServerProcess, method: str) -> None:
    answer = exchange(server, f"{method} /scope HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n" in answer


def test_daphne_root_path_is_refused_from_everyone(server: ServerProcess) -> None:
    assert server.get("/scope", {"Daphne-Root-Path": "/evil"}).status == 400
    with raw_socket(server, "/scope", "Daphne-Root-Path: /evil\r\n") as mallory:
        assert mallory.handshake().startswith("HTTP/1.1 400 ")
    assert server.get("/scope").json()["root_path"] == ""


def test_no_header_names_the_server(server: ServerProcess) -> None:
    answers = [server.get("/scope"), server.get("/fail"), server.get("/scope", method="TRACE")]
    for answer in answers:
        assert "Server" not in answer.headers
        assert b"aphne" not in answer.body
    with raw_socket(server, "/echo") as bob:
        assert "server:" not in bob.handshake().lower()


# Each of these could make a proxy in front see different requests than the server.
SMUGGLED = [
    b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"Content-Length: +3\r\n\r\nabc",
    b"Content-Length: 0x3\r\n\r\nabc",
    b"Content-Length: -1\r\n\r\nabc",
    b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
    b"X-Nul: a\0b\r\n\r\n",
    b"X-Tab: a\x0bb\r\n\r\n",
    b"Bad Name: x\r\n\r\n",
    b": nameless\r\n\r\n",
    b"no colon\r\n\r\n",
    b"".join(b"X-%d: x\r\n" % number for number in range(600)) + b"\r\n",
]


@pytest.mark.parametrize("rest", SMUGGLED, ids=lambda rest: repr(rest[:40]))
def test_an_ambiguous_request_gets_400(server: ServerProcess, rest: bytes) -> None:
    answer = exchange(server, b"POST /scope HTTP/1.1\r\nHost: x\r\n" + rest)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    "head", [b"GET /" + b"x" * 20_000, b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000]
)
def test_a_line_without_an_end_is_431(server: ServerProcess, head: bytes) -> None:
    assert exchange(server, head).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "line",
    [b"GET /", b"GET", b"", b"GET / HTTP/1.1 x", b"GET / HTTP/9", b"\x16\x03\x01\x02", b"a b"],
)
def test_a_line_that_is_not_a_request_is_refused_without_logging(
    server: ServerProcess, line: bytes
) -> None:
    """Scanners send them all day, followed by headers and whole requests."""
    begun = len(server.lines)
    rest = b"\r\nHost: x\r\n\r\nGET /scope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = exchange(server, line + rest)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b'"type": "http"' not in answer or line == b""
    assert server.get("/scope").status == 200
    assert {*server.lines[begun:]} <= {"ended /scope"}  # the application's own output


@pytest.mark.parametrize(
    "hosts",
    [
        b"",
        b"Host: \r\n",
        b"Host: a\r\nHost: a\r\n",
        b"Host: a\r\nHost: b\r\n",
        b"Host: a b\r\n",
        b"Host: a/b\r\n",
        b"Host: u@a\r\n",
        b"Host: a:b\r\n",
        b"Host: [::1\r\n",
    ],
)
def test_a_request_must_name_its_host_once(server: ServerProcess, hosts: bytes) -> None:
    """RFC 9112 3.2, for pages and for sockets."""
    upgrade = (
        b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    )
    for head in (b"GET /scope HTTP/1.1\r\n", b"GET /echo HTTP/1.1\r\n" + upgrade):
        assert exchange(server, head + hosts + b"\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("host", ["x", "x:", "x:80", "[::1]:80", "a-b.example", "xn--bcher-kva"])
def test_a_host_must_be_a_name_or_an_address(server: ServerProcess, host: str) -> None:
    head = f"GET /scope HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    assert exchange(server, head.encode()).startswith(b"HTTP/1.1 200 ")


def test_only_http_1_0_may_omit_the_host(server: ServerProcess) -> None:
    assert exchange(server, b"GET /scope HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 ")


def test_pipelined_requests_are_answered_in_order(server: ServerProcess) -> None:
    request = b"GET /scope?%d HTTP/1.1\r\nHost: x\r\n%s\r\n"
    answer = exchange(
        server, request % (1, b"") + request % (2, b"") + request % (3, b"Connection: close\r\n")
    )
    assert answer.count(b"HTTP/1.1 200 OK") == 3


def trickle(
    server: ServerProcess, data: bytes, connection: socket.socket | None = None
) -> tuple[float, bytes]:
    """Send a byte every 50 ms until a response comes; return the seconds and the response."""
    begin = time.monotonic()
    client = connection or server.connect()
    client.settimeout(0.05)
    try:
        for byte in data:
            client.sendall(bytes([byte]))
            try:
                return time.monotonic() - begin, client.recv(1000)
            except TimeoutError:
                continue
        raise AssertionError("It read everything")
    finally:
        if connection is None:
            client.close()
