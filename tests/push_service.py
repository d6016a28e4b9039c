"""A push service of the test: it opens what arrives as a browser would, by the steps of RFC 8291,
and answers as it is told."""

import asyncio
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.processes import PATIENCE


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Keys:
    """What a browser makes when it subscribes."""

    def __init__(self, private: int | None = None, auth: bytes = b"0123456789abcdef") -> None:
        curve = ec.SECP256R1()
        self._private = (
            ec.derive_private_key(private, curve) if private else ec.generate_private_key(curve)
        )
        self.point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.auth = auth

    @property
    def said(self) -> dict[str, str]:
        return {"p256dh": text_of(self.point), "auth": text_of(self.auth)}

    def open(self, body: bytes) -> bytes:
        """Read a record of aes128gcm."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self._private.exchange(ec.ECDH(), point)
        secret = _derive(shared, self.auth, b"WebPush: info\0" + self.point + theirs, 32)
        key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert padded[-1] == 2, "the last record ends with 2"
        return padded[:-1]


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass
class Arrived:
    """A push that a browser got."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def notification(self) -> dict[str, Any]:
        told: dict[str, Any] = self.said["notification"]
        return told


class PushService:
    """At `http://127.0.0.1:<port>/<name>` a browser of that name is told. What it answers is in
    `answers` by the name: a status and headers, `slow`, or `never`."""

    def __init__(self) -> None:
        self.browsers: dict[str, Keys] = {}
        self.arrived: list[Arrived] = []
        self.connections = 0
        self.answers: dict[str, Any] = {}
        self.port = 0
        self.keys: set[str] = set()  # of the sites that sent something
        self._serving: set[asyncio.Task[Any] | None] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self, name: str) -> dict[str, Any]:
        """What a browser of this name tells the site."""
        keys = self.browsers.setdefault(name, Keys())
        return {"endpoint": f"{self.origin}/{name}", "keys": keys.said}

    def at(self, name: str) -> list[Arrived]:
        return [one for one in self.arrived if one.path == f"/{name}"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                _method, path, _version = head[0].split(" ")
                lines = [line.partition(": ") for line in head[1:] if line]
                headers = {name.lower(): value for name, _, value in lines}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                await self._take(path, headers, body, writer)
        except (asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(task)
            writer.transport.abort()

    async def end(self) -> None:
        """Hang up, whatever is still to be answered."""
        tasks = [task for task in self._serving if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(
        self, path: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        name = path.removeprefix("/")
        push = Arrived(time.monotonic(), path, headers, body)
        self._check_site(headers["authorization"])
        if name in self.browsers:
            push.said = json.loads(self.browsers[name].open(body))
        self.arrived.append(push)
        answer = self.answers.get(name, 201)
        if callable(answer):
            answer = answer(push)
        if answer == "never":
            await asyncio.Event().wait()
        status, told = answer if isinstance(answer, tuple) else (answer, {})
        said = "".join(f"{one}: {value}\r\n" for one, value in told.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{said}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()

    def _check_site(self, authorization: str) -> None:
        """The token is signed with the key that goes with it, for this service, for a day."""
        scheme, _, rest = authorization.partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(parts["k"]))
        claims = jwt.decode(parts["t"], point, algorithms=["ES256"], audience=self.origin)
        assert claims["exp"] - time.time() <= 24 * 3600
        assert claims["sub"].startswith(("mailto:", "https://"))
        self.keys.add(parts["k"])


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """One in this loop."""
    service = PushService()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        await service.end()


@contextmanager
def push_service_beside() -> Iterator[PushService]:
    """One in a thread of its own, for tests that aren't asynchronous."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE)

    running = push_service()
    yield run(running.__aenter__())
    run(running.__aexit__(None, None, None))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
