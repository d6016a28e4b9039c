"""Security headers for every HTTP response: pages, errors and static files.

Django's middleware sees only Django's responses, and sets its headers first; this adds the missing
ones.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# Features that prompt or observe a visitor. The site uses none of them but the microphone, for
# voice messages, so an injected script or a framed page can't, either.
PERMISSIONS = "microphone=(self), " + ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera"),
        *("display-capture", "encrypted-media", "geolocation", "gyroscope", "hid"),
        *("magnetometer", "midi", "payment", "screen-wake-lock", "serial"),
        *("sync-xhr", "usb", "xr-spatial-tracking"),
    )
)
# For anything but pages: a file that is opened directly runs no scripts and has no origin.
INERT = "default-src 'none'; frame-ancestors 'none'; sandbox"


class Headers:
    """ASGI middleware that adds the headers that a response doesn't set itself."""

    def __init__(self, application: Application) -> None:
        self.application = application
        said = {
            "content-security-policy": INERT,
            "cross-origin-opener-policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": PERMISSIONS,
            "referrer-policy": settings.SECURE_REFERRER_POLICY,
            "x-content-type-options": "nosniff",
            "x-frame-options": settings.X_FRAME_OPTIONS,
            # A response that doesn't say otherwise may be personal.
            "cache-control": "no-store",
        }
        self._plain = _encoded(said)
        if settings.SECURE_HSTS_SECONDS:
            said["strict-transport-security"] = _transport_security()
        self._encrypted = _encoded(said)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        missing = self._encrypted if scope["scheme"] == "https" else self._plain

        async def send_all(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = [*message["headers"]]
                names = {name.lower() for name, _ in said}
                said += [one for one in missing if one[0] not in names]
                message = {**message, "headers": said}
            await send(message)

        await self.application(scope, receive, send_all)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _transport_security() -> str:
    """The header as Django's middleware writes it."""
    directives = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        directives.append("includeSubDomains")
    if settings.SECURE_HSTS_PRELOAD:
        directives.append("preload")
    return "; ".join(directives)
