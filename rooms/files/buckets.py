"""Files in a store that speaks Amazon's S3. Needs the packages of `requirements-s3.txt`."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages
from django.utils.translation import gettext_lazy as _
from storages.backends.s3 import S3Storage

from rooms.errors import Unavailable
from rooms.files.sources import Piece, Source
from rooms.files.storage import KIB, Readable, Store

GONE = {"404", "NoSuchKey", "NotFound"}


class Bucket(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Django's view of a bucket. Its pictures keep this site's addresses: browsers ask no other
    host, and the bucket stays closed to the public."""

    def url(self, name: str, *args: Any, **kwargs: Any) -> str:
        return f"{settings.MEDIA_URL}{name}"


class BucketStore(Store):
    """The files under one prefix of a bucket."""

    _known: dict[str, "BucketStore"] = {}

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        # Clients may be shared by threads, and cost too much to have one in each.
        self._client = bucket.connection.meta.client

    @classmethod
    def of(cls, alias: str) -> "BucketStore":
        """The store of this entry of STORAGES; a process makes one of each."""
        bucket: Any = storages[alias]
        found = cls._known.get(alias)
        if found is None or found._bucket is not bucket:
            found = cls._known[alias] = cls(bucket)
        return found

    def save(self, key: str, file: Readable) -> None:
        with _reached(key):
            self._client.upload_fileobj(
                _Kept(file),
                self._bucket.bucket_name,
                self._name(key),
                Config=self._bucket.transfer_config,
            )

    def copy(self, key: str, path: Path) -> None:
        with path.open("rb") as file:
            self.save(key, file)

    def adopt(self, key: str, path: Path) -> None:
        self.copy(key, path)
        path.unlink()

    def open(self, key: str) -> IO[bytes]:
        copy = tempfile.TemporaryFile()  # noqa: SIM115  the caller closes it
        try:
            with _reached(key):
                answer = self._client.get_object(**self._place(key))
                shutil.copyfileobj(answer["Body"], copy, 256 * KIB)
        except BaseException:
            copy.close()
            raise
        copy.seek(0)
        return copy

    def source(self, key: str, start: int) -> Source:
        return BucketSource(self, key, start)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        with _reached(key):
            bounds = f"bytes={start}-{start + length - 1}"
            answer = self._client.get_object(**self._place(key), Range=bounds)
            content: bytes = answer["Body"].read()
        return content

    def size(self, key: str) -> int:
        with _reached(key):
            return int(self._client.head_object(**self._place(key))["ContentLength"])

    def delete(self, key: str) -> None:
        with _reached(key):
            self._client.delete_object(**self._place(key))

    def sizes(self, prefix: str) -> list[tuple[str, int]]:
        """Return the keys that begin so, in order, with the lengths of what is there."""
        return sorted((key, one["Size"]) for key, one in self._listed(prefix))

    def older(self, folder: str, before: float) -> Iterator[str]:
        for key, one in self._listed(f"{folder}/"):  # in order, as S3 has them
            if one["LastModified"].timestamp() < before:
                yield key

    def _listed(self, prefix: str) -> Iterator[tuple[str, Any]]:
        skip = len(self._name(""))
        with _reached(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket.bucket_name, Prefix=self._name(prefix)
            )
            for page in pages:
                yield from ((one["Key"][skip:], one) for one in page.get("Contents", ()))

    def _place(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket.bucket_name, "Key": self._name(key)}

    def _name(self, key: str) -> str:
        return f"{self._bucket.location}/{key}"


class BucketSource(Source):
    """A file in a bucket. Each piece is a request, so it is kept until it has been taken."""

    PIECE = 128 * KIB

    def __init__(self, store: BucketStore, key: str, start: int) -> None:
        self._store = store
        self._key = key
        self._start = start
        self._piece = store.read_range(key, start, self.PIECE)

    async def read(self, start: int, most: int) -> Piece:
        skip = start - self._start
        if not 0 <= skip < len(self._piece):
            self._piece = b""  # not kept while the next one is fetched
            self._piece = await asyncio.to_thread(
                self._store.read_range, self._key, start, self.PIECE
            )
            self._start, skip = start, 0
        return memoryview(self._piece)[skip : skip + most]


class _Kept:
    """A file that the transfer doesn't close: https://github.com/boto/s3transfer/issues/80"""

    def __init__(self, file: Readable) -> None:
        self._file: Any = file

    def read(self, size: int = -1) -> bytes:
        content: bytes = self._file.read(size)
        return content

    def seekable(self) -> bool:
        return hasattr(self._file, "seekable") and bool(self._file.seekable())

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None: ...


@contextmanager
def _reached(key: str) -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in GONE:
            raise FileNotFoundError(key) from error
        raise _away() from error
    except (BotoCoreError, OSError) as error:
        raise _away() from error


def _away() -> Unavailable:
    return Unavailable(_("The site's storage is busy or away. Nothing was changed."))
