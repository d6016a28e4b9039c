"""Which pages may open a WebSocket. Browsers send a site's cookies with any page's handshake, so
the `Origin` decides (OWASP: Cross-Site WebSocket Hijacking)."""

from typing import Any
from urllib.parse import urlsplit

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from django.conf import settings
from django.http.request import split_domain_port, validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginValidator:
    """Refuses a handshake (403) with the `Origin` of another site, by the rule of Django's CSRF
    protection: it must be the requested host and port, which must be in ALLOWED_HOSTS, or one of
    CSRF_TRUSTED_ORIGINS. A client without an `Origin` isn't a browser; it would need a stolen
    cookie.
    """

    def __init__(self, application: ASGI3Application) -> None:
        self.application = application

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "websocket" or is_allowed(scope["headers"]):
            await self.application(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 4403, "reason": ""})


def is_allowed(headers: Any) -> bool:
    """Whether to accept a handshake with these headers, (name, value) pairs of bytes."""
    origins = [value for name, value in headers if name == b"origin"]
    hosts = [value for name, value in headers if name == b"host"]
    if not origins:
        return True
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin, host = origins[0].decode("latin1"), hosts[0].decode("latin1")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    asked = _authority(origin)
    if asked is None or f"{urlsplit(origin).scheme}://{urlsplit(origin).netloc}" != origin:
        return False
    scheme, name, port = asked
    here = _authority(f"{scheme}://{host}")
    return here == (scheme, name, port) and validate_host(
        split_domain_port(host)[0], settings.ALLOWED_HOSTS
    )


def _authority(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an http(s) URL, or None for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]
