"""A room by path on uWebSockets, which is C++, through socketify: `python uwebsockets.py PORT`.
Sessions are those of tests/load/people.py."""

import json
import re
import sys
from typing import Any

from socketify import (  # type: ignore[import-not-found]  # in a virtual environment of its own
    App,
    OpCode,
)

SESSIONS = {str(person).zfill(32) for person in range(5000)}
SESSION = re.compile(r"sessionid=(\w+)")


def upgrade(response: Any, request: Any, context: Any) -> None:
    found = SESSION.search(request.get_header("cookie") or "")
    if found is None or found[1] not in SESSIONS:
        response.write_status(403).end("")
        return
    key = request.get_header("sec-websocket-key")
    response.upgrade(key, None, None, context, request.get_url())


def opened(socket: Any) -> None:
    socket.subscribe(socket.get_user_data())


def received(socket: Any, data: str, _: OpCode) -> None:
    text = json.dumps({"message": json.loads(data)["message"]})
    app.publish(socket.get_user_data(), text, OpCode.TEXT)


app = App()
app.ws("/*", {"upgrade": upgrade, "open": opened, "message": received})
app.listen({"host": "127.0.0.1", "port": int(sys.argv[1])}, lambda _: None)
app.run()
