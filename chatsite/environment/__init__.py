"""Reads the environment, strictly: an invalid value stops the start with one line that says what
the variable accepts, before anything has been touched."""

from chatsite.environment.databases import PREPARE_AT, database
from chatsite.environment.files import FILES_URL, Bucket, accel, bucket, scanner, stores
from chatsite.environment.keys import STRONG_KEY, cookie_mark, former_keys, secret_key
from chatsite.environment.services import MAIL_URL, Mail, Oidc, cache, mail, oidc, redis_url
from chatsite.environment.values import (
    Network,
    choice,
    directory,
    hosts,
    many,
    networks,
    number,
    origin,
    origins,
    refuse,
    switch,
    text,
)

__all__ = [
    "FILES_URL",
    "MAIL_URL",
    "PREPARE_AT",
    "STRONG_KEY",
    "Bucket",
    "Mail",
    "Network",
    "Oidc",
    "accel",
    "bucket",
    "cache",
    "choice",
    "cookie_mark",
    "database",
    "directory",
    "former_keys",
    "hosts",
    "mail",
    "many",
    "networks",
    "number",
    "oidc",
    "origin",
    "origins",
    "redis_url",
    "refuse",
    "scanner",
    "secret_key",
    "stores",
    "switch",
    "text",
]
