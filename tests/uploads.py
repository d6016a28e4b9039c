"""Files for tests: sent by tus like a browser does, or put where they would be afterwards."""

import asyncio
import io
from collections.abc import AsyncIterable, Mapping
from typing import Any, cast

from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from PIL import Image

from rooms.files.storage import content_key, storage, thumbnail_key
from rooms.models import Message, Room, Upload, User
from tests.courier import PART, packed


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 40), colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


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
