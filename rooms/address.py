"""Where the site is: one origin, by whatever `Host` it is asked. What mails link to begins with
it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  where one listens, and nobody is


def origin() -> str:
    """Scheme, host and port: SITE_URL, else where the server listens."""
    return settings.SITE_URL or own(settings.HOST, settings.PORT)


def host() -> str:
    """The origin without its scheme, as people name the site."""
    return urlsplit(origin()).netloc


def canonical(url: str) -> str:
    """The same address at the site's own origin."""
    return origin() + urlsplit(url)._replace(scheme="", netloc="").geturl()


def link(request: HttpRequest, path: str) -> str:
    """An address to pass on, for somebody who is here already: by SITE_URL, else by the name that
    led them here."""
    return canonical(path) if settings.SITE_URL else request.build_absolute_uri(path)


def own(host: str, port: int) -> str:
    """The origin of a server that listens there, by a name that ALLOWED_HOSTS lets it be called."""
    if host in EVERYWHERE or not validate_host(_bracketed(host), settings.ALLOWED_HOSTS):
        names = [name for name in settings.ALLOWED_HOSTS if not name.startswith(".")]
        host = names[0] if names else "127.0.0.1"
    return f"http://{_bracketed(host)}" + ("" if port == 80 else f":{port}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
