"""The ASGI application: HTTP goes to static files and Django, WebSockets to the chat consumer."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from servestatic import ServeStaticASGI  # noqa: E402

from chatsite import pg_timeouts  # noqa: E402
from chatsite.handler import Pages  # noqa: E402
from chatsite.headers import Headers  # noqa: E402
from chatsite.origins import OriginValidator  # noqa: E402
from rooms.routing import websocket_urlpatterns  # noqa: E402

pg_timeouts.install()
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)

application = ProtocolTypeRouter(
    {
        "http": Headers(ServeStaticASGI(Pages(), root=str(settings.STATIC_ROOT), prefix="static")),
        "websocket": OriginValidator(URLRouter(websocket_urlpatterns)),
    }
)
