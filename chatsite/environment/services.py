"""Services beside the site: Redis, mail, the OpenID Connect provider."""

from email.utils import parseaddr
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from chatsite.environment.values import refuse, text


def redis_url(name: str) -> str:
    value = text(name)
    if value and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        refuse(name, "…", "redis://host:port/number, rediss://… or unix://…, or nothing")
    return value


class Mail(NamedTuple):
    """The mail server. Without a host, mail is printed on the console."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: Literal["", "asked for", "at once"] = ""
    sender: str = "chatsite@localhost"


MAIL_URL = (
    "smtp://user:password@host:port?from=chat@example.com, smtps://… for TLS from the first byte,"
    " or nothing for the console"
)


def mail(name: str) -> Mail:
    """Read the mail server's URL. With a user, `smtp` requires STARTTLS: a password is never sent
    unencrypted."""
    value = text(name)
    if not value:
        return Mail()
    parts = urlsplit(value)
    try:
        port = parts.port
    except ValueError:
        refuse(name, "…", MAIL_URL)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    sender = dict(parse_qsl(parts.query)).get("from") or (user if "@" in user else Mail().sender)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/"):
        refuse(name, "…", MAIL_URL)
    if "@" not in sender or any(character.isspace() for character in parseaddr(sender)[1]):
        refuse(name, "…", MAIL_URL)
    if parts.scheme == "smtps":
        return Mail(parts.hostname, port or 465, user, password, "at once", sender)
    tls: Literal["", "asked for"] = "asked for" if user else ""
    return Mail(parts.hostname, port or (587 if user else 25), user, password, tls, sender)


class Oidc(NamedTuple):
    """The OpenID Connect provider; there is none without a URL."""

    url: str = ""
    client_id: str = ""
    client_secret: str = ""
    name: str = ""


def oidc(prefix: str) -> Oidc:
    """Read all of `URL`, `CLIENT_ID` and `CLIENT_SECRET`, or none. `NAME` is on the button."""
    url, client_id = text(f"{prefix}URL"), text(f"{prefix}CLIENT_ID")
    secret = text(f"{prefix}CLIENT_SECRET")
    if not url and not client_id and not secret:
        return Oidc()
    parts = urlsplit(url)
    # The provider's answers are trusted because they come over TLS.
    is_safe = parts.scheme == "https" or parts.hostname in {"localhost", "127.0.0.1"}
    if not is_safe or parts.scheme not in {"https", "http"} or not parts.hostname or parts.query:
        refuse(f"{prefix}URL", url, "the provider's address, such as https://id.example.com/realm")
    for name, value in (("CLIENT_ID", client_id), ("CLIENT_SECRET", secret)):
        if not value:
            refuse(f"{prefix}{name}", "", "what the provider at OIDC_URL gave you for this site")
    return Oidc(url.rstrip("/"), client_id, secret, text(f"{prefix}NAME", parts.hostname))


def cache(redis: str) -> dict[str, Any]:
    """Django's CACHES entry: shared through Redis, or else per process."""
    if not redis:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "chatsite.cache.SharedCache",
        "LOCATION": redis,
        "KEY_PREFIX": "chatsite",
    }
