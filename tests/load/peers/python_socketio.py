"""Rooms on python-socketio, served by uvicorn: `python python_socketio.py PORT`.

Sessions are those of tests/load/people.py.
"""

import re
import sys
from typing import Any

import socketio  # type: ignore[import-not-found]  # in a virtual environment of its own
import uvicorn  # type: ignore[import-not-found]

sessions = {f"{person:032d}": person for person in range(5000)}
rooms: dict[str, str] = {}
sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@sio.event  # type: ignore[untyped-decorator]
async def connect(sid: str, environ: dict[str, Any]) -> bool:
    found = re.search(r"sessionid=(\w+)", environ.get("HTTP_COOKIE", ""))
    return found is not None and found[1] in sessions


@sio.event  # type: ignore[untyped-decorator]
async def join(sid: str, room: str) -> None:
    rooms[sid] = room
    await sio.enter_room(sid, room)
    await sio.emit("joined", to=sid)


@sio.event  # type: ignore[untyped-decorator]
async def message(sid: str, text: str) -> None:
    await sio.emit("message", text, room=rooms[sid])


@sio.event  # type: ignore[untyped-decorator]
async def disconnect(sid: str, reason: str) -> None:
    rooms.pop(sid, None)


uvicorn.run(socketio.ASGIApp(sio), port=int(sys.argv[1]), log_level="warning")
