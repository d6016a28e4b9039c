"""The site's address: a single origin, whatever `Host` a request names. Links in mails start with
it."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  addresses to listen on, not to connect to


def origin() -> str:
    """Scheme, host and port: SITE_URL, or else where the server listens."""
    return settings.SITE_URL or own(settings.HOST, settings.PORT)


def host() -> str:
    """The origin without its scheme, which is what people call the site."""
    return urlsplit(origin()).netloc


def is_ours(url: str) -> bool:
    """Whether an http(s) address leads to this site, by any of the names that it has."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return False
    origins = [urlsplit(one) for one in (origin(), *settings.CSRF_TRUSTED_ORIGINS)]
    # An origin may have a wildcard, `https://*.example.com`.
    names = [_bracketed((one.hostname or "").removeprefix("*")) for one in origins]
    hosts = {*settings.ALLOWED_HOSTS, *names} - {"*"}
    ports = {80, 443, settings.PORT, *(one.port for one in origins)}
    return port in ports and validate_host(_bracketed((parts.hostname or "").rstrip(".")), hosts)


def canonical(url: str) -> str:
    """Move a URL to the site's own origin."""
    return origin() + urlsplit(url)._replace(scheme="", netloc="").geturl()


def link(request: HttpRequest, path: str) -> str:
    """Make a link to pass on, for somebody who is already here: by SITE_URL, or else by the host
    name that got them here."""
    return canonical(path) if settings.SITE_URL else request.build_absolute_uri(path)


def own(host: str, port: int) -> str:
    """The origin of a server that listens there, with a host name that ALLOWED_HOSTS permits."""
    if host in EVERYWHERE or not validate_host(_bracketed(host), settings.ALLOWED_HOSTS):
        names = [name for name in settings.ALLOWED_HOSTS if not name.startswith(".")]
        host = names[0] if names else "127.0.0.1"
    return f"http://{_bracketed(host)}" + ("" if port == 80 else f":{port}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
