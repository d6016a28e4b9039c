"""What a courier and its process say to each other: MessagePack, each record after its length."""

import asyncio
from collections.abc import AsyncIterator
from enum import Enum
from typing import TypeVar

import msgspec

SIZE = 4  # bytes that say how long a record is

T = TypeVar("T")
_encode = msgspec.msgpack.Encoder().encode


class Trouble(Enum):
    """Why there is no answer."""

    REFUSED = "refused"  # the site doesn't connect there
    UNSEALED = "unsealed"  # these are no keys, or the text is too long
    UNREACHABLE = "unreachable"


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """A push that isn't sealed yet. `length` is how many bytes it is to have, sealed; `seconds` is
    how long sending it may take."""

    endpoint: str
    p256dh: str
    auth: str
    text: bytes
    headers: dict[str, str]
    length: int
    seconds: float
    id: int = 0


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """What a push service answered, or why it didn't."""

    id: int
    status: int = 0
    retry_after: str = ""
    trouble: Trouble | None = None
    detail: str = ""


def record(what: Parcel | Receipt) -> bytes:
    encoded = _encode(what)
    return len(encoded).to_bytes(SIZE, "big") + encoded


async def records(pipe: asyncio.StreamReader, kind: type[T]) -> AsyncIterator[T]:
    """Read records of one kind until the other side has closed its end."""
    decode = msgspec.msgpack.Decoder(kind).decode
    try:
        while True:
            size = int.from_bytes(await pipe.readexactly(SIZE), "big")
            yield decode(await pipe.readexactly(size))
    except asyncio.IncompleteReadError:
        return
