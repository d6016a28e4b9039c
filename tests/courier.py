"""Somebody who sends files to a server and fetches them, by tus. Knows no model."""

import base64
import re
import socket
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import NamedTuple

from rooms.protocol.limits import MAX_PART
from tests.processes import PATIENCE, eventually
from tests.site import Visitor

PART = "application/offset+octet-stream"


def packed(**values: str) -> str:
    """The header `Upload-Metadata`."""
    pairs = ((key, base64.b64encode(value.encode()).decode()) for key, value in values.items())
    return ",".join(f"{key} {value}" for key, value in pairs)


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Courier:
    """Somebody who sends and fetches files at a server."""

    def __init__(self, visitor: Visitor, room: str) -> None:
        self.visitor = visitor
        self.room = room
        found = re.search('name="csrfmiddlewaretoken" value="(.+?)"', visitor.get("/accounts/"))
        assert found
        self.token = found[1]

    @property
    def headers(self) -> dict[str, str]:
        return {**self.visitor.headers, "X-CSRFToken": self.token, "Tus-Resumable": "1.0.0"}

    def asks(self, method: str, path: str, part: bytes | None = None, **headers: str) -> Reply:
        """Send one request, with these headers as well (`Upload_Offset`)."""
        host = self.visitor.address.rpartition("/")[2]
        connection = HTTPConnection(host, timeout=PATIENCE)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, part, {**self.headers, **said})
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def begins(self, length: int, **metadata: str) -> Reply:
        given = packed(**{"filename": "a file", "room": self.room, **metadata})
        return self.asks("POST", "/files/", Upload_Length=str(length), Upload_Metadata=given)

    def adds(self, place: str, offset: int, part: bytes) -> Reply:
        headers = {"Content_Type": PART, "Upload_Offset": str(offset)}
        return self.asks("PATCH", place, part, **headers)

    def offset(self, place: str) -> int:
        return int(self.asks("HEAD", place).headers["Upload-Offset"])

    def sends(self, content: bytes, *, part: int = MAX_PART, **metadata: str) -> str:
        """Send a whole file; return its place."""
        place = self.begins(len(content), **metadata).headers["Location"]
        for offset in range(0, len(content), part):
            added = self.adds(place, offset, content[offset : offset + part])
            assert added.status == 204, added
        return place

    def is_ready(self, place: str) -> str:
        """Wait for a file to be checked; return the address of its content."""
        url = f"{place}/content/file"
        eventually(lambda: self.asks("HEAD", url).status == 200)
        return url

    def begins_a_part(self, place: str, offset: int, size: int, sent: bytes) -> socket.socket:
        """Send a part that the connection ends in the middle of."""
        host, port = self.visitor.address.rpartition("/")[2].split(":")
        client = socket.create_connection((host, int(port)), PATIENCE)
        said = {**self.headers, "Host": f"{host}:{port}", "Upload-Offset": str(offset)}
        said |= {"Content-Type": PART, "Content-Length": str(size)}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        client.sendall(f"PATCH {place} HTTP/1.1\r\n{head}\r\n".encode() + sent)
        return client
