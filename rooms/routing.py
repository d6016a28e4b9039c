"""Where WebSockets go."""

from typing import Any

from django.urls import re_path

from rooms.realtime.consumers import ChatConsumer, not_here

# Any: Django's stubs know views only, and Channels routes ASGI applications by Django's paths.
_chat: Any = ChatConsumer.as_asgi()
_nowhere: Any = not_here

websocket_urlpatterns: Any = [
    re_path(r"^ws/$", _chat),
    # Without it, any other path would be a traceback in the log.
    re_path(r"", _nowhere),
]
