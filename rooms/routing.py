"""Where WebSockets go."""

from django.urls import re_path

from rooms.consumers import ChatConsumer, not_here

websocket_urlpatterns = [
    re_path(r"^ws/$", ChatConsumer.as_asgi()),
    # Without it, any other path would be a traceback in the log.
    re_path(r"", not_here),
]
