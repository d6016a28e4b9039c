"""The guard of everything that the site connects to and somebody else chose."""

import asyncio
import gzip
import ssl
import sys
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from rooms.outgoing import Client, Refused, TooSlow, Unreachable, parse
from rooms.outgoing.addresses import Address, is_public
from rooms.outgoing.guard import resolve
from tests.hostile.fuzz import examples

# The IANA's registries of special-purpose addresses as of November 2026 (RFC 6890, 8190), and
# whether each block is "globally reachable". "N/A" counts as no.
REGISTRY_4 = {
    "0.0.0.0/8": False,
    "0.0.0.0/32": False,
    "10.0.0.0/8": False,
    "100.64.0.0/10": False,
    "127.0.0.0/8": False,
    "169.254.0.0/16": False,
    "172.16.0.0/12": False,
    "192.0.0.0/24": False,
    "192.0.0.0/29": False,
    "192.0.0.8/32": False,
    "192.0.0.170/32": False,
    "192.0.0.171/32": False,
    "192.0.2.0/24": False,
    "192.31.196.0/24": True,
    "192.52.193.0/24": True,
    "192.88.99.0/24": False,
    "192.88.99.2/32": False,
    "192.168.0.0/16": False,
    "192.175.48.0/24": True,
    "198.18.0.0/15": False,
    "198.51.100.0/24": False,
    "203.0.113.0/24": False,
    "240.0.0.0/4": False,
    "255.255.255.255/32": False,
    "224.0.0.0/4": False,  # multicast, which has a registry of its own
}
REGISTRY_6 = {
    "::1/128": False,
    "::/128": False,
    "::ffff:0:0/104": False,  # mapped 0.0.0.0/8; others as the address in them
    "64:ff9b:1::/48": False,
    "100::/64": False,
    "100:0:0:1::/64": False,
    "2001::/23": False,
    "2001::/32": False,  # Teredo
    "2001:2::/48": False,
    "2001:db8::/32": False,
    "2620:4f:8000::/48": True,
    "3fff::/20": False,
    "5f00::/16": False,
    "fc00::/7": False,
    "fe80::/10": False,
    "fec0::/10": False,  # site-local, deprecated
    "ff00::/8": False,
    "::/96": False,  # IPv4-compatible, deprecated
}
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::1"]
PRIVATE = [
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254"),  # noqa: S104
    *("172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.88.99.1", "198.19.0.1"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
]


def wrappings(address: str) -> list[str]:
    """The ways in which IPv6 holds an IPv4 address."""
    bits = int(ip_address(address))
    high, low = f"{bits >> 16:x}", f"{bits & 0xFFFF:x}"
    return [f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{high}:{low}::1"]


@pytest.mark.parametrize(("network", "reachable"), [*REGISTRY_4.items(), *REGISTRY_6.items()])
def test_an_address_is_public_if_the_registry_says_so(network: str, reachable: bool) -> None:
    block: IPv4Network | IPv6Network = ip_network(network)
    assert is_public(block[0]) is is_public(block[-1]) is reachable


@pytest.mark.parametrize("address", PUBLIC)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_private_in_every_wrapping(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not any(is_public(ip_address(one)) for one in wrappings(address))
    assert all(is_public(ip_address(one)) for one in wrappings("1.1.1.1"))


@examples(200)
@given(st.ip_addresses(v=6))
def test_nothing_outside_of_unicast_is_public(address: Any) -> None:
    inside = address in IPv6Network("2000::/3")
    embedded = address in IPv6Network("::ffff:0:0/96") or address in IPv6Network("64:ff9b::/96")
    assert inside or embedded or not is_public(address)


# -- what is connected to ---------------------------------------------------------------------

_watched: list[list[Any]] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _watched:
        _watched[-1].append(args[1][:2])


sys.addaudithook(_hook)


@pytest.fixture
def connected() -> Iterator[list[tuple[str, int]]]:
    """Every address that this process connects to, as Python itself reports it."""
    _watched.append([])
    yield _watched[-1]
    _watched.pop()


Reply = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]
OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def sink(
    reply: bytes | Reply = OK, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """A server of this machine that says this to every request."""
    tasks: set[asyncio.Task[Any] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        tasks.add(task)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                if not isinstance(reply, bytes):
                    await reply(reader, writer)
                    return
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()  # whoever reads no more doesn't get the rest

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        serving = [task for task in tasks if task]
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


def names(**known: str) -> Callable[[str], Any]:
    """A name server that knows these, and otherwise what the system knows without asking."""

    async def ask(host: str) -> Sequence[Address]:
        if host in known:
            return [ip_address(text) for text in known[host].split()]
        if host.endswith(".example"):
            raise Unreachable("no such host")
        return await resolve(host)

    return ask


@asynccontextmanager
async def going_out(**options: Any) -> AsyncIterator[Client]:
    client = Client(**{"resolve": names(), "plain": True, **options})
    try:
        yield client
    finally:
        await client.close()


HERE = (ip_network("127.0.0.1/32"),)
SPELLED = [  # 127.0.0.1, by whoever hopes that a check and a connection read it differently
    *("127.1", "127.0.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1"),
    *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]", "localhost"),
    *("[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[fe80::1%25lo]", "0"),
    *(
        "127.0.0.1.",
        "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
        "127\u30020\u30020\u30021",
        "LOCALHOST",
        "localhost.",
    ),
]
NO_ADDRESSES = [
    *("file:///etc/passwd", "gopher://127.0.0.1/", "ftp://1.1.1.1/", "//1.1.1.1/", "1.1.1.1", ""),
    *("http://", "http:///x", "http://1.1.1.1:0x50/", "http://1.1.1.1:99999/", "http://[::1/"),
    *("http://a@1.1.1.1/", "http://a:b@1.1.1.1/", "http://1.1.1.1\\@127.0.0.1/", "http://a b/"),
    *("http://1.1.1.1/\r\nX: y", "http://1.1.1.1\t/", "http://%31%32%37.0.0.1/", "http://a,b/"),
    *("javascript:alert(1)", "data:,x", "unix:/run/redis.sock", "http+unix://x/", "h" * 3000),
]


def hostile_addresses() -> list[str]:
    addresses = [*PRIVATE, *REGISTRY_4_HOSTS, *(f"[{one}]" for one in REGISTRY_6_HOSTS)]
    addresses += [f"[{one}]" for address in PRIVATE for one in wrappings(address)]
    everywhere = [f"{scheme}://{host}/" for host in addresses for scheme in ("http", "https")]
    return [*everywhere, *(f"http://{host}:{{port}}/" for host in SPELLED), *NO_ADDRESSES]


REGISTRY_4_HOSTS = [str(ip_network(one)[0]) for one, open_ in REGISTRY_4.items() if not open_]
REGISTRY_6_HOSTS = [str(ip_network(one)[-1]) for one, open_ in REGISTRY_6.items() if not open_]


async def test_no_spelling_of_an_address_that_is_not_public_is_connected_to(
    connected: list[Any],
) -> None:
    corpus = hostile_addresses()
    async with sink() as port, going_out() as client:
        for text in corpus:
            with pytest.raises((Refused, Unreachable)):
                await client.get(text.replace("{port}", str(port)))
    assert len(corpus) > 250
    assert connected == []


async def test_what_the_operator_allows_is_connected_to_at_any_port(connected: list[Any]) -> None:
    async with sink() as port, going_out(allow=HERE) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/a?b=c", b"x", {})
        assert (answer.status, answer.body) == (201, b"ok")
        with pytest.raises(Refused):
            await client.get(f"http://127.0.0.2:{port}/")
    assert connected == [("127.0.0.1", port)]


async def test_one_private_address_among_public_ones_refuses_the_name(connected: list[Any]) -> None:
    known = names(**{"both.example": "1.1.1.1 127.0.0.1"})
    async with going_out(resolve=known) as client:
        with pytest.raises(Refused):
            await client.get("http://both.example/")
    assert connected == []


async def test_a_public_address_is_connected_to_at_the_usual_ports_alone(
    connected: list[Any],
) -> None:
    async with going_out(resolve=names(**{"far.example": "1.1.1.1"})) as client:
        for port in (22, 25, 6379, 8080):
            with pytest.raises(Refused):
                await client.get(f"http://far.example:{port}/")
    async with going_out(resolve=names(**{"far.example": "1.1.1.1"}), plain=False) as client:
        for address in (
            "http://far.example/",
            "http://far.example:443/",
            "https://far.example:80/",
        ):
            with pytest.raises(Refused):
                await client.get(address)
    assert connected == []


async def test_a_name_that_changes_its_address_is_looked_up_once_and_connected_to_as_checked(
    connected: list[Any],
) -> None:
    """Rebinding: the first answer is harmless, each later one is this machine."""
    asked = []

    async def rebinding(host: str) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    async with sink() as port, going_out(allow=HERE, resolve=rebinding) as client:
        answer = await client.get(f"http://one.example:{port}/")
        assert answer.status == 201
        assert asked == ["one.example"]
        with pytest.raises(Refused):
            await client.get(f"http://two.example:{port}/")
    assert connected == [("127.0.0.1", port)]


@pytest.mark.parametrize(
    "to",
    [
        *("http://127.0.0.2/", "http://[::1]:22/", "//169.254.169.254/latest/meta-data/"),
        *("file:///etc/passwd", "http://127.0.0.1:22@127.0.0.3/", "http://0x7f000002/"),
    ],
)
async def test_a_redirect_goes_through_the_same_door(to: str, connected: list[Any]) -> None:
    moved = f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
    async with sink(moved) as port, going_out(allow=HERE) as client:
        with pytest.raises(Refused):
            await client.get(f"http://127.0.0.1:{port}/")
        assert (await client.post(f"http://127.0.0.1:{port}/", b"", {})).status == 302
    assert {*connected} == {("127.0.0.1", port)}


@pytest.mark.parametrize("to", ["/again", "//127.0.0.1:{port}/", "http://127.0.0.1:{port}/a?b#c"])
async def test_redirects_have_an_end(to: str) -> None:
    async def moving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        where = to.replace("{port}", str(port))
        steps.append(where)
        writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()

    steps: list[str] = []
    async with sink(moving) as port, going_out(allow=HERE) as client:
        with pytest.raises(Refused):
            await client.get(f"http://127.0.0.1:{port}/", redirects=5)
    assert len(steps) == 6


async def test_no_redirect_leads_to_an_address_that_is_not_public(connected: list[Any]) -> None:
    """The same corpus, each as the place where something else leads to."""
    corpus = [to for to in hostile_addresses() if to.isprintable() and not to.startswith("//")]
    left = iter(corpus)

    async def moving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = next(left, "/").replace("{port}", str(port)).encode()
        head = b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: "
        writer.write(head + to + b"\r\n\r\n")
        await writer.drain()

    here = "127.0.0.5"
    async with (
        sink(moving, host=here) as port,
        going_out(allow=(ip_network(here),)) as client,
    ):
        for _address in corpus:
            # What is no whole address, such as `1.1.1.1`, is a path of the sink: too many steps.
            with pytest.raises((Refused, Unreachable)):
                await client.get(f"http://{here}:{port}/", redirects=1)
        assert len(corpus) > 240
        assert next(left, None) is None, "each was tried"
    assert {*connected} == {(here, port)}


async def test_the_time_is_for_all_redirects_together() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)  # each step is in time
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async with sink(slow) as port, going_out(allow=HERE) as client:
        with pytest.raises(TooSlow):
            await client.get(f"http://127.0.0.1:{port}/", redirects=50, seconds=0.3)


async def test_proxies_of_the_environment_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, connected: list[Any]
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.9:3128")
    async with sink() as port, going_out(allow=HERE) as client:
        await client.get(f"http://127.0.0.1:{port}/")
    assert connected == [("127.0.0.1", port)]


# -- limits -----------------------------------------------------------------------------------


async def test_an_answer_without_end_is_cut() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with sink(endless) as port, going_out(allow=HERE) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/", most=1000)
        assert (len(answer.body), answer.cut) == (1000, True)


async def test_how_much_is_read_depends_on_what_it_is() -> None:
    """A film is not read because somebody linked to it."""
    film = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(film)
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    def wanted(status: int, headers: Mapping[str, str]) -> int:
        assert (status, headers["content-type"]) == (200, "video/mp4")
        return 0

    async with sink(endless) as port, going_out(allow=HERE) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/", most=wanted)
    assert (answer.body, answer.cut) == (b"", True)
    assert sent < 8 * 1024 * 1024  # what the sockets between us hold


def packed(content: bytes, encoding: str = "gzip") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(content)}"
    return head.encode() + b"\r\n\r\n" + content


async def test_what_is_compressed_is_unpacked() -> None:
    for encoding, content in (("gzip", gzip.compress(b"ok")), ("deflate", zlib.compress(b"ok"))):
        async with sink(packed(content, encoding)) as port, going_out(allow=HERE) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/")
        assert (answer.body, answer.cut) == (b"ok", False)


async def test_a_bomb_is_unpacked_no_further_than_the_limit() -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    most = 512 * 1024
    assert len(bomb) < most
    async with sink(packed(bomb)) as port, going_out(allow=HERE) as client:
        tracemalloc.start()
        answer = await client.get(f"http://127.0.0.1:{port}/", most=most)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (len(answer.body), answer.cut) == (most, True)
    assert peak < 8 * most


@pytest.mark.parametrize("content", [b"not gzip", b"\x1f\x8b\x08\x00" + b"\xff" * 60])
async def test_broken_compression_is_unreachable(content: bytes) -> None:
    async with sink(packed(content)) as port, going_out(allow=HERE) as client:
        with pytest.raises(Unreachable):
            await client.get(f"http://127.0.0.1:{port}/")


async def test_headers_without_end_are_refused() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: " + b"x" * 8000 + b"\r\n")
            await writer.drain()

    async with sink(endless) as port, going_out(allow=HERE) as client:
        with pytest.raises(Unreachable):
            await client.get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("drip", [b"", b"H", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_an_answer_that_drips_ends_with_the_deadline(drip: bytes) -> None:
    """The time is for all of it: each single read would be in time."""

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(drip)
            await writer.drain()
            await asyncio.sleep(0.02)  # the rhythm of the drip

    async with sink(dripping) as port, going_out(allow=HERE) as client:
        with pytest.raises((TooSlow, Unreachable) if drip == b"H" else TooSlow):
            await client.get(f"http://127.0.0.1:{port}/", seconds=0.3)


async def test_a_name_server_that_never_answers_ends_with_the_deadline() -> None:
    async def silent(host: str) -> Sequence[Address]:
        await asyncio.Event().wait()
        return []

    async with going_out(resolve=silent) as client:
        with pytest.raises(TooSlow):
            await client.get("http://slow.example/", seconds=0.05)


async def test_connections_are_kept(connected: list[Any]) -> None:
    async with sink() as port, going_out(allow=HERE) as client:
        for _request in range(20):
            await client.post(f"http://127.0.0.1:{port}/", b"x", {})
    assert len(connected) == 1


@pytest.mark.parametrize(
    "answer", [b"\x00\x01", b"HTTP/1.1 200\r\nBroken\r\n\r\n", b"SSH-2.0\r\n\r\n"]
)
async def test_what_is_not_http_is_unreachable(answer: bytes) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    async with sink(other) as port, going_out(allow=HERE) as client:
        with pytest.raises(Unreachable):
            await client.get(f"http://127.0.0.1:{port}/")


# -- TLS --------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of push.example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "push.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("push.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "push.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


async def test_tls_proves_the_name_of_the_address_that_is_connected_to(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate)
    known = names(**{"push.example": "127.0.0.1", "other.example": "127.0.0.1"})
    async with sink(tls=server) as port:
        async with going_out(allow=HERE, resolve=known) as client:
            with pytest.raises(Unreachable):  # nobody vouches for the certificate
                await client.get(f"https://push.example:{port}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with going_out(allow=HERE, resolve=known) as client:
            assert (await client.get(f"https://push.example:{port}/")).status == 201
            with pytest.raises(Unreachable):  # it is somebody else's
                await client.get(f"https://other.example:{port}/")


def test_an_origin_is_written_in_one_way() -> None:
    assert parse("HTTPS://Push.Example:443/a?b#c").origin == "https://push.example"
    assert parse("https://push.example/a b".replace(" ", "%20")).target == "/a%20b"
    assert parse("http://[::1]:8080").origin == "http://[::1]:8080"
