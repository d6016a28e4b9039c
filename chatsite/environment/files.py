"""Where files are kept, and what looks into them."""

import importlib.util
import re
import sys
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from chatsite.environment.values import refuse, text


def scanner(name: str) -> str:
    """Read where ClamAV listens."""
    value = text(name)
    parts = urlsplit(value)
    try:
        is_tcp = parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path
    except ValueError:
        is_tcp = False
    if value and not is_tcp and not (value.startswith("unix:///") and len(parts.path) > 1):
        refuse(name, value, "tcp://host:port, unix:///path of its socket, or nothing")
    return value


class Bucket(NamedTuple):
    """Where files are kept, in a store that speaks Amazon's S3."""

    endpoint: str
    name: str
    key: str
    secret: str
    region: str


FILES_URL = (
    "s3://KEY:SECRET@host:port/bucket, with ?region=eu-central-1 where the store wants one and"
    " ?tls=off for one on this machine, or nothing for this machine's disk"
)


def bucket(name: str) -> Bucket | None:
    """Read the store of files; None: this machine's disk."""
    value = text(name)
    if not value:
        return None
    try:
        # Amazon's secrets may have a slash in them.
        parts = urlsplit(re.sub(r"(?<=://)[^@]*(?=@)", lambda one: quote(one[0], ":%"), value))
        port = parts.port
    except ValueError:
        refuse(name, "…", FILES_URL)
    options = dict(parse_qsl(parts.query))
    region, tls = options.pop("region", ""), options.pop("tls", "on")
    bucket = parts.path.strip("/")
    is_whole = parts.scheme == "s3" and parts.hostname and parts.username and parts.password
    if not is_whole or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", bucket):
        refuse(name, "…", FILES_URL)
    if options or tls not in {"on", "off"}:
        refuse(name, "…", FILES_URL)
    if importlib.util.find_spec("storages") is None or importlib.util.find_spec("boto3") is None:
        sys.exit(f"{name} needs more packages. Run: pip install -r requirements-s3.txt")
    host = f"{parts.hostname}:{port}" if port else f"{parts.hostname}"
    return Bucket(
        endpoint=f"{'https' if tls == 'on' else 'http'}://{host}",
        name=bucket,
        key=unquote(parts.username or ""),
        secret=unquote(parts.password or ""),
        region=region,
    )


def accel(name: str, bucket: Bucket | None) -> str:
    """The location at which a proxy serves the folder of files by itself, when it is told to."""
    value = text(name)
    if value and not re.fullmatch(r"/[\w./-]*/", value):
        refuse(name, value, "a location of the proxy that begins and ends with /, or nothing")
    if value and bucket is not None:
        sys.exit(f"{name} is for files on this machine's disk, and FILES_URL is set.")
    return value


def stores(bucket: Bucket | None) -> dict[str, Any]:
    """Django's STORAGES entries: `default` for pictures of people, of the site and its emoji, and
    in a bucket `files` for what people send."""
    if bucket is None:
        return {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    options = {
        "endpoint_url": bucket.endpoint,
        "bucket_name": bucket.name,
        "access_key": bucket.key,
        "secret_key": bucket.secret,
        "region_name": bucket.region or "us-east-1",
        "file_overwrite": True,
        # Threads of its own would each keep 8 MiB in memory.
        "transfer_config": TransferConfig(use_threads=False),
        "client_config": Config(
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
            s3={"addressing_style": "path"},
            # Not every store knows Amazon's newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    }
    backend = "rooms.files.buckets.Bucket"
    return {
        "default": {"BACKEND": backend, "OPTIONS": {**options, "location": "media"}},
        "files": {"BACKEND": backend, "OPTIONS": {**options, "location": "files"}},
    }
