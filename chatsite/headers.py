"""What every HTTP response tells the browser, whoever made it: a page, an error, a static file.

Django's middlewares see only what Django answers, and say their part first; this fills in the rest.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# Whatever asks a visitor for something, or watches them: nothing here does, so that no script
# that got in, and no page that frames another, can either.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera"),
        *("display-capture", "encrypted-media", "geolocation", "gyroscope", "hid"),
        *("magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "serial"),
        *("sync-xhr", "usb", "xr-spatial-tracking"),
    )
)
# For what is no page: a picture that somebody opens by its address runs nothing, as nobody.
INERT = "default-src 'none'; frame-ancestors 'none'; sandbox"


class Headers:
    """An ASGI application that adds to another's responses what they don't say themselves."""

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
            # What doesn't say that it may be kept may be personal.
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
    """As Django's middleware says it."""
    directives = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        directives.append("includeSubDomains")
    if settings.SECURE_HSTS_PRELOAD:
        directives.append("preload")
    return "; ".join(directives)
