"""Files for tests: sent by tus like a browser does, or put where they would be afterwards."""

import asyncio
import base64
import io
import re
import socket
from collections.abc import AsyncIterable, Mapping
from http.client import HTTPConnection
from typing import Any, NamedTuple, cast

from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from PIL import Image

from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.models import Message, Room, Upload, User
from rooms.protocol.limits import MAX_PART
from tests.processes import PATIENCE, eventually
from tests.site import Visitor

PART = "application/offset+octet-stream"


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 40), colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def packed(**values: str) -> str:
    """The header `Upload-Metadata`."""
    pairs = ((key, base64.b64encode(value.encode()).decode()) for key, value in values.items())
    return ",".join(f"{key} {value}" for key, value in pairs)


class Sender:
    """Somebody who sends files for a room, through Django's own client."""

    def __init__(self, browser: Client, room: Room | None = None) -> None:
        self.browser = browser
        self.room = room

    def begins(self, length: int, **metadata: str) -> Any:
        if self.room is not None:
            metadata = {"filename": "a file", "room": self.room.slug, **metadata}
        headers = {"Upload-Length": str(length), "Upload-Metadata": packed(**metadata)}
        return self.browser.post("/files/", headers={**headers, "Tus-Resumable": "1.0.0"})

    def adds(self, place: str, offset: int, part: bytes, **headers: str) -> Any:
        said = {"Upload-Offset": str(offset), "Tus-Resumable": "1.0.0", **headers}
        return self.browser.patch(place, part, content_type=PART, headers=said)

    def asks(self, place: str) -> Any:
        return self.browser.head(place, headers={"Tus-Resumable": "1.0.0"})

    def takes_back(self, place: str) -> Any:
        return self.browser.delete(place, headers={"Tus-Resumable": "1.0.0"})

    def sends(self, content: bytes, **metadata: str) -> Upload:
        """Send a whole file in one part."""
        begun = self.begins(len(content), **metadata)
        assert begun.status_code == 201, begun.content
        place = begun.headers["Location"]
        added = self.adds(place, 0, content)
        assert added.status_code == 204, added.content
        return Upload.objects.get(pk=place.rpartition("/")[2])


def make_upload(
    user: User,
    room: Room,
    content: bytes = b"What it says.",
    *,
    message: Message | None = None,
    thumbnail: bytes = b"",
    **fields: Any,
) -> Upload:
    """An upload that has been checked, and is a text unless `fields` say otherwise."""
    upload = Upload.objects.create(
        user=user,
        room=room,
        message=message,
        **{
            "name": "notes.txt",
            "type": "text/plain",
            "state": Upload.State.READY,
            "length": len(content),
            "received": len(content),
            "size": len(content),
            "stored": len(content),
            "has_thumbnail": bool(thumbnail),
            **fields,
        },
    )
    storage().save(content_key(upload.pk), io.BytesIO(content))
    if thumbnail:
        storage().save(thumbnail_key(upload.pk), io.BytesIO(thumbnail))
    if message is not None:
        Message.objects.filter(pk=message.pk).update(attached=1)
    return upload


def addresses(upload: Upload) -> Mapping[str, str]:
    """Every address at which there is something of a file."""
    return {
        "content": f"/files/{upload.pk}/content/{upload.name}",
        "thumbnail": f"/files/{upload.pk}/thumbnail",
    }


def body(response: HttpResponseBase) -> bytes:
    """The whole body, also of a response that is made piece by piece."""
    if not response.streaming:
        return cast(Any, response).content  # type: ignore[no-any-return]
    pieces = cast(AsyncIterable[bytes], cast(StreamingHttpResponse, response).streaming_content)

    async def read() -> bytes:
        return b"".join([piece async for piece in pieces])

    return asyncio.run(read())


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
