"""Limits on concurrent requests, handshakes and connections, and prompt refusals beyond them."""

import subprocess
import sys
import textwrap

from tests.processes import ROOT, RawSocket, ServerProcess, eventually, exchange, probe, raw_socket

REQUEST = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_requests_beyond_the_limit_wait_or_get_503() -> None:
    with probe(requests=2, waiting_requests=3, retry_seconds=7) as server:
        clients = [server.connect() for _ in range(5)]
        for client in clients:
            client.sendall(REQUEST % b"/wait/gate")
        server.wait_for_line("waiting gate", times=2)
        answer = exchange(server, REQUEST % b"/wait/gate")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 7\r\n" in answer
        assert server.output.count("waiting gate") == 2, "the three others should be queued"

        clients[4].close()  # a client that leaves the queue is not waited for
        with raw_socket(server, "/echo") as alice:
            alice.handshake()  # a WebSocket needs no slot
            with raw_socket(server, "/open/gate") as opener:
                opener.handshake()
        for client in clients[:4]:
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
            client.close()
        assert server.get("/scope").status == 200
        server.wait_for_line("ended /scope")
        assert server.output.count("waiting gate") == 4
        assert server.get("/events").json()["inside"]["most"] == 4  # two pages, alice, the opener


def test_handshakes_beyond_the_limit_get_503_at_once() -> None:
    with probe(handshakes=2, handshake_seconds=0.6) as server:
        with raw_socket(server, "/never") as a, raw_socket(server, "/never") as b:
            server.wait_for_line("asked", times=2)
            with raw_socket(server, "/echo") as late:
                answer = late.handshake()
            assert answer.startswith("HTTP/1.1 503 ")
            assert "\r\nRetry-After: 5" in answer
            # Time in the application counts towards the deadline, too.
            assert a.handshake().startswith("HTTP/1.1 503 ")
            assert b.handshake().startswith("HTTP/1.1 503 ")
        with raw_socket(server, "/echo") as alice:
            assert alice.handshake().startswith("HTTP/1.1 101 ")


def test_an_accepted_socket_no_longer_counts_as_a_handshake() -> None:
    with probe(handshakes=1) as server:
        sockets = [RawSocket(server.connect(), "/echo") for _ in range(1)]
        for _ in range(3):
            assert sockets[-1].handshake().startswith("HTTP/1.1 101 ")
            sockets.append(RawSocket(server.connect(), "/echo"))
        for each in sockets:
            each.connection.close()


def test_connections_per_address_are_limited() -> None:
    with probe(per_address=3) as server:
        mine = [server.connect(source="127.0.0.7") for _ in range(3)]
        assert exchange(server, REQUEST % b"/scope", source="127.0.0.8").startswith(b"HTTP/1.1 200")
        assert is_turned_away(server, source="127.0.0.7")
        mine.pop().close()
        eventually(lambda: not is_turned_away(server, source="127.0.0.7"))
        for client in mine:
            client.close()


def test_none_lifts_the_limit_per_address() -> None:
    with probe(per_address=None) as server:
        clients = [server.connect() for _ in range(60)]
        assert server.get("/scope").status == 200
        for client in clients:
            client.close()


def test_a_proxy_s_sockets_count_for_their_clients() -> None:
    with probe("127.0.0.1", per_address=2) as server:
        eve = "X-Forwarded-For: 203.0.113.5\r\n"
        sockets = [RawSocket(server.connect(), "/echo", eve) for _ in range(2)]
        for each in sockets:
            assert each.handshake().startswith("HTTP/1.1 101 ")
        with raw_socket(server, "/echo", eve) as third:
            assert third.handshake().startswith("HTTP/1.1 503 ")
        with raw_socket(server, "/echo", "X-Forwarded-For: 203.0.113.6\r\n") as other:
            assert other.handshake().startswith("HTTP/1.1 101 ")
        assert server.get("/scope", {"X-Forwarded-For": "203.0.113.5"}).status == 200
        for each in sockets:
            each.connection.close()
        server.wait_for_line("ended /echo", times=3)
        with raw_socket(server, "/echo", eve) as again:
            assert again.handshake().startswith("HTTP/1.1 101 ")


def test_connections_per_process_are_limited() -> None:
    with probe(connections=3, per_address=None) as server:
        clients = [server.connect() for _ in range(3)]
        assert is_turned_away(server)
        for client in clients:
            client.close()
        eventually(lambda: not is_turned_away(server))


def test_by_default_a_fifth_of_the_descriptors_is_kept_free() -> None:
    script = """
        import resource
        from rooms.server.limits import connections_allowed
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))
        print(connections_allowed())
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    assert subprocess.check_output(command, cwd=ROOT) == b"160\n"


def is_turned_away(server: ServerProcess, **connection: str) -> bool:
    try:
        return exchange(server, REQUEST % b"/scope", **connection) == b""
    except ConnectionError:
        return True
