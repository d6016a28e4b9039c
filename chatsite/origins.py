"""Which pages may open a WebSocket: a browser sends the visitor's cookie to any site that another
page names, so the `Origin` decides (OWASP: Cross-Site WebSocket Hijacking)."""

from typing import Any
from urllib.parse import urlsplit

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from django.conf import settings
from django.http.request import split_domain_port, validate_host

DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginValidator:
    """Refuses the handshake (403) when its `Origin` is another site's, by the rule of Django's CSRF
    protection: the very host and port that was asked, which ALLOWED_HOSTS must name, or one of
    CSRF_TRUSTED_ORIGINS. Without an `Origin` it isn't a browser, and needs a stolen cookie first.
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
    """Whether a handshake with these (name, value) pairs of bytes may go on."""
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
    """Scheme, host and port of an http(s) address that holds nothing else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]
