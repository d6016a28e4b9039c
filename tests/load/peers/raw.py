"""What one core can do in Python at all: no protocol, no rights, no storage, frames of one turn
of the loop joined. It shows how fast the crowd itself is. `python raw.py PORT`."""

import asyncio
import base64
import hashlib
import socket
import sys
from collections import defaultdict

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

rooms: defaultdict[bytes, set[socket.socket]] = defaultdict(set)
waiting: dict[bytes, list[bytes]] = {}


async def serve(port: int) -> None:
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    while True:
        client, _ = await loop.sock_accept(listener)
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop.add_reader(client, shake_hands, loop, client)


def shake_hands(loop: asyncio.AbstractEventLoop, client: socket.socket) -> None:
    head = client.recv(65536)
    if not head:
        loop.remove_reader(client)
        client.close()
        return
    room = head.split(b" ", 2)[1]
    key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())  # noqa: S324  RFC 6455
    client.send(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    rooms[room].add(client)
    loop.add_reader(client, receive, loop, client, room)


def receive(loop: asyncio.AbstractEventLoop, client: socket.socket, room: bytes) -> None:
    data = client.recv(65536)
    if not data:
        loop.remove_reader(client)
        rooms[room].discard(client)
        client.close()
        return
    if room not in waiting:
        waiting[room] = []
        loop.call_soon(flush, room)
    while data:
        # The crowd's masks are zero, and its frames below 64 KiB and never torn.
        start, size = (
            (8, int.from_bytes(data[2:4], "big")) if data[1] & 127 == 126 else (6, data[1] & 127)
        )
        head = bytes((129, 126)) + data[2:4] if start == 8 else bytes((129, size))
        waiting[room].append(head + data[start : start + size])
        data = data[start + size :]


def flush(room: bytes) -> None:
    joined = b"".join(waiting.pop(room))
    for client in rooms[room]:
        if client.send(joined) != len(joined):
            raise BlockingIOError("the crowd does not read fast enough")


asyncio.run(serve(int(sys.argv[1])))
