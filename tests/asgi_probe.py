"""A plain ASGI application that shows what the server does, and a way to run it.

`python -m tests.asgi_probe PORT [LIMITS as JSON] [TRUSTED PROXIES with commas]`, or with several
processes `python -m tests.asgi_probe workers PORT COUNT`
"""

import asyncio
import ipaddress
import json
import logging
import os
import socket
import sys
import time
from array import array
from typing import Any

from rooms.fanout.envelopes import Frame
from rooms.server import Limits, Server, listen
from rooms.server.allowance import Rate
from rooms.server.workers import Workers, inherit

EVENTS: list[str] = []  # what happened in this process, for `/events`
INSIDE = {"now": 0, "most": 0}
FORGOTTEN: list[asyncio.Task[None]] = []
MISCHIEF = os.environ.get("MISCHIEF", "")
GATES: dict[str, asyncio.Event] = {}


async def application(scope: Any, receive: Any, send: Any) -> None:
    INSIDE["now"] += 1
    INSIDE["most"] = max(INSIDE["most"], INSIDE["now"])
    try:
        kind = HTTP if scope["type"] == "http" else SOCKETS
        await kind[scope["path"].strip("/").split("/")[0]](scope, receive, send)
    finally:
        INSIDE["now"] -= 1
        log(f"ended {scope['path']}")


def log(event: str) -> None:
    EVENTS.append(event)
    # One write, since several workers share the pipe: `print` may write the line's end by itself.
    os.write(sys.stdout.fileno(), f"{event}\n".encode())


# HTTP


async def answer(send: Any, value: Any, status: int = 200) -> None:
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def show_scope(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, {k: scope[k] for k in ("client", "scheme", "root_path", "method", "path")})


async def show_process(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, os.getpid())


async def show_events(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, {"events": EVENTS, "inside": INSIDE})


async def measure_body(scope: Any, receive: Any, send: Any) -> None:
    size = pieces = 0
    while True:
        message = await receive()
        size += len(message["body"])
        pieces += 1
        if not message["more_body"]:
            break
    await answer(send, {"size": size, "pieces": pieces})


async def wait(scope: Any, receive: Any, send: Any) -> None:
    """/wait/NAME answers after /open/NAME was asked."""
    name = scope["path"].split("/")[2]
    log(f"waiting {name}")
    await GATES.setdefault(name, asyncio.Event()).wait()
    await answer(send, {"waited": name})


async def open_gate(scope: Any, receive: Any, send: Any) -> None:
    """/open/NAME, as a page, or as a WebSocket where pages wait in line."""
    GATES.setdefault(scope["path"].split("/")[2], asyncio.Event()).set()
    if scope["type"] == "http":
        await answer(send, {})
    else:
        await receive()
        await send({"type": "websocket.close"})


async def hang(scope: Any, receive: Any, send: Any) -> None:
    """In a thread, where nothing can cancel it."""
    log("hanging")
    await asyncio.to_thread(time.sleep, 60)


async def pour(scope: Any, receive: Any, send: Any) -> None:
    """/pour/N sends N MiB in pieces of 64 KiB."""
    pieces = int(scope["path"].split("/")[2]) * 16
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(pieces):
        await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    log("poured")


async def pull(scope: Any, receive: Any, send: Any) -> None:
    """/pull/N has the server fetch N MiB by the extension; /pull/N/M says so of N and has M."""
    said, *has = [int(part) * 2**20 for part in scope["path"].split("/")[2:]]

    async def read(start: int, most: int) -> bytes:
        return numbered(start, min(start + most, *has, said))

    headers = [(b"content-length", b"%d" % said)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await scope["extensions"]["pull"](read, (0, said))
    await send({"type": "http.response.body", "body": b""})
    log("pulled")


def numbered(start: int, end: int) -> bytes:
    """A part of an endless body, of which every four bytes are where they are."""
    whole = array("I", range(start // 4, end // 4 + 1)).tobytes()
    return whole[start % 4 :][: max(0, end - start)]


async def fail(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("on purpose")


async def fail_halfway(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("on purpose")


# WebSockets


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Echoes; obeys `close CODE REASON` and `fail`, and says how the end came."""
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            log(f"disconnect {message['code']}")
            await send({"type": "websocket.send", "text": "into the void"})
            log("still fine")
            return
        match (message.get("text") or "").split(" ", 2):
            case ["close", code, reason]:
                await send({"type": "websocket.close", "code": int(code), "reason": reason})
                await send({"type": "websocket.send", "text": "after the close"})
                await send({"type": "websocket.close", "code": 4999})
            case ["fail"]:
                raise RuntimeError("on purpose")
            case ["leave"]:
                return
            case _:
                await send({**message, "type": "websocket.send"})


async def show_socket_scope(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    shown = {k: scope[k] for k in ("client", "scheme", "root_path", "path")}
    await send({"type": "websocket.send", "text": json.dumps(shown)})
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def flood(scope: Any, receive: Any, send: Any) -> None:
    """/flood/N sends N MiB in frames of 64 KiB, however slowly they are read."""
    await receive()
    await send({"type": "websocket.accept"})
    for _ in range(int(scope["path"].split("/")[2]) * 16):
        await send({"type": "websocket.send", "bytes": bytes(65536)})
    log("flooded")
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def flood_and_close(scope: Any, receive: Any, send: Any) -> None:
    """Closes while the socket is full."""
    await receive()
    await send({"type": "websocket.accept"})
    pouring = asyncio.ensure_future(flood_forever(send))
    await receive()
    await send({"type": "websocket.close", "code": 4410})
    begin = time.monotonic()
    while (message := await receive())["type"] != "websocket.disconnect":
        pass
    pouring.cancel()
    log(f"gone {message['code']} {time.monotonic() - begin:.2f}")


async def flood_forever(send: Any) -> None:
    while True:
        await send({"type": "websocket.send", "bytes": bytes(65536)})
        await asyncio.sleep(0)


async def write_frames(scope: Any, receive: Any, send: Any) -> None:
    """`COUNT SIZE` writes so many numbered frames by the extension, some of them at once, `close`
    then closes."""
    await receive()
    await send({"type": "websocket.accept"})
    frames = scope["extensions"]["frames"]

    def overflow() -> None:
        log("overflow")
        frames.close(4410, "too slow")

    frames.on_overflow(overflow, bound=2**20)
    while (message := await receive())["type"] != "websocket.disconnect":
        count, size, *close = message["text"].split()
        for number in range(int(count)):
            put = frames.send if number % 5 in {0, 3} else frames.write
            put(Frame(str(number).ljust(int(size)).encode()))
            if number % 5 == 4:
                await asyncio.sleep(0)  # what is ready in one turn is made in one turn
        if close:
            frames.close(4001, "bye")
            frames.write(Frame(b"after the close"))
            frames.send(Frame(b"after the close"))
    log("gone")


async def busy(scope: Any, receive: Any, send: Any) -> None:
    """Takes nothing until /open/busy, then counts what comes until the text `end`."""
    await receive()
    await send({"type": "websocket.accept"})
    await GATES.setdefault("busy", asyncio.Event()).wait()
    count = size = 0
    while (message := await receive())["type"] != "websocket.disconnect":
        text = message["text"]
        if text == "end":
            await send({"type": "websocket.send", "text": f"{count} {size}"})
        count += 1
        size += len(text)


async def never_accept(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    log("asked")
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def reject(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close"})


async def stubborn(scope: Any, receive: Any, send: Any) -> None:
    """Ignores the disconnect; only a cancellation ends it."""
    await receive()
    await send({"type": "websocket.accept"})
    try:
        await asyncio.Event().wait()
    finally:
        log("finally")


async def leave_a_task(scope: Any, receive: Any, send: Any) -> None:
    async def forgotten() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log("the forgotten was cancelled")
            raise

    await receive()
    await send({"type": "websocket.accept"})
    FORGOTTEN.append(asyncio.create_task(forgotten()))
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def consume(scope: Any, receive: Any, send: Any) -> None:
    """One of Channels' consumers, in a site without settings of its own."""
    from channels.generic.websocket import AsyncWebsocketConsumer
    from django.conf import settings

    if not settings.configured:
        layer = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
        settings.configure(CHANNEL_LAYERS={"default": layer})
    await AsyncWebsocketConsumer.as_asgi()(scope, receive, send)


HTTP = {
    "": show_scope,
    "scope": show_scope,
    "process": show_process,
    "events": show_events,
    "body": measure_body,
    "wait": wait,
    "open": open_gate,
    "hang": hang,
    "pour": pour,
    "pull": pull,
    "fail": fail,
    "fail-halfway": fail_halfway,
}
SOCKETS = {
    "echo": echo,
    "scope": show_socket_scope,
    "flood": flood,
    "flood-and-close": flood_and_close,
    "busy": busy,
    "frames": write_frames,
    "never": never_accept,
    "reject": reject,
    "stubborn": stubborn,
    "open": open_gate,
    "consumer": consume,
    "leave-a-task": leave_a_task,
}


async def on_start() -> None:
    log("started")
    if "fail-to-start" in MISCHIEF:
        raise RuntimeError("on purpose")


async def on_drain() -> None:
    log("draining")
    asyncio.get_running_loop().call_later(0.3, GATES.setdefault("drain", asyncio.Event()).set)
    if "fail-to-drain" in MISCHIEF:
        raise RuntimeError("on purpose")
    if "hang-in-drain" in MISCHIEF:
        await asyncio.Event().wait()


def limit(value: Any) -> Any:
    """As JSON has it, where a rate is a pair."""
    return Rate(*value) if isinstance(value, list) else value


def main(port: str, limits: str = "{}", proxies: str = "") -> int:
    logging.basicConfig(level=logging.INFO)
    listener = listen("127.0.0.1", int(port))
    if "fixed-buffers" in MISCHIEF:
        # For its connections, too. By itself, the kernel gives each as much as it thinks fit.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200_000)
    server = Server(
        application,
        listener,
        limits=Limits(**{name: limit(value) for name, value in json.loads(limits).items()}),
        trusted_proxies=tuple(ipaddress.ip_network(p) for p in proxies.split(",") if p),
        takes_files=lambda path: path == "/body/file",
        on_start=on_start,
        on_drain=on_drain,
    )
    return server.run()


def run_workers(port: str, count: str) -> int:
    logging.basicConfig(level=logging.INFO)
    command = [sys.executable, "-m", "tests.asgi_probe", "worker"]
    if "die" in MISCHIEF:
        command = [sys.executable, "-c", "raise SystemExit(3)"]
    return Workers(command, listen("127.0.0.1", int(port)), int(count)).run()


def run_worker(descriptor: str) -> int:
    async def start() -> None:
        server.stop_without(sys.stdin.fileno())
        await on_start()

    server = Server(
        application,
        inherit(int(descriptor)),
        limits=Limits(drain_seconds=1),
        on_start=start,
        on_drain=on_drain,
    )
    return server.run()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["workers", *rest]:
            sys.exit(run_workers(*rest))
        case ["worker", descriptor]:
            sys.exit(run_worker(descriptor))
        case rest:
            sys.exit(main(*rest))
