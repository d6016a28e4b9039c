"""Every response carries the headers that keep a browser safe, whichever part produced it, and
every cookie is bound to this very host."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest

from tests.processes import Answer, ServerProcess, exchange, raw_socket
from tests.site import PASSWORD, Site, serving

HOST = "chat.example.com"
PROXIED = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
PUBLIC = {
    "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
    "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
    "TRUSTED_PROXIES": "127.0.0.1",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server behind a proxy that terminates TLS."""
    with serving(tmp_path_factory.mktemp("public"), env=PUBLIC) as site:
        yield site


@pytest.fixture(scope="module")
def server(site: Site) -> ServerProcess:
    return site.server


@pytest.fixture(scope="module")
def cookies(server: ServerProcess) -> SimpleCookie:
    """The cookies of someone who signed up over HTTPS."""
    page = server.get("/accounts/signup/", PROXIED)
    jar = cookies_of(page)
    token = re.search(rb'name="csrfmiddlewaretoken" value="(.+?)"', page.body)
    assert token
    form = (
        f"csrfmiddlewaretoken={token[1].decode()}&username=harriet"
        f"&password1={PASSWORD}&password2={PASSWORD}"
    )
    sent = {
        **PROXIED,
        **said(jar),
        "Referer": f"https://{HOST}/accounts/signup/",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    done = server.get("/accounts/signup/", sent, method="POST", body=form)
    assert done.status == 302, done.body
    jar.update(cookies_of(done))
    return jar


def cookies_of(answer: Answer) -> SimpleCookie:
    return SimpleCookie("\r\n".join(answer.all("Set-Cookie")))


def said(jar: SimpleCookie) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{one.key}={one.value}" for one in jar.values())}


def static_file(server: ServerProcess) -> str:
    page = server.get("/accounts/login/", PROXIED).body.decode()
    found = re.search(r'"(/static/css/[^"]+)"', page)
    assert found
    return found[1]


PATHS = [
    *("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/setup/"),
    *("/rooms/", "/rooms/new/", "/rooms/no-such-room/", "/accounts/profile/", "/people/?q=a"),
    *("/admin/", "/admin/login/", "/admin/rooms/user/", "/no/such/page/", "/%ff", "/ws/"),
    *("/static/no-such-file.js", "/static/../manage.py", "/media/avatars/../secret_key"),
    *("/media/avatars/" + "0" * 32 + ".webp", "/healthz", "/readyz", "/offline/"),
    *("/web/no-such-room/", "/web/no-such-room/1-50/", "/robots.txt", "/sitemap.xml"),
    *("/manifest.webmanifest", "/service-worker.js", "/language/", "/accounts/logout/"),
]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_has_the_strict_headers(
    server: ServerProcess, cookies: SimpleCookie, path: str
) -> None:
    for person in ({}, said(cookies)):
        is_strict(server.get(path, {**PROXIED, **person}))


@pytest.mark.parametrize("name", ["/", "/favicon.svg", "/icons/icon-192.png", "css"])
def test_every_static_file_has_the_strict_headers(server: ServerProcess, name: str) -> None:
    path = static_file(server) if name == "css" else f"/static{name}"
    answer = server.get(path, PROXIED)
    headers = is_strict(answer)
    if answer.status == 200:  # opened directly it is inert
        assert "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize(
    ("change", "more", "status"),
    [
        ({"Host": "evil.example"}, {}, 400),
        ({}, {"method": "TRACE"}, 405),
        ({}, {"method": "CONNECT"}, 405),
        ({}, {"method": "PROPFIND"}, 405),
        ({}, {"method": "DELETE"}, 403),
        ({}, {"method": "POST", "body": "x=y"}, 403),
        ({"Content-Length": "400000000"}, {"method": "POST"}, 413),
        ({"X-Long": "x" * 20_000}, {}, 431),
        ({"Daphne-Root-Path": "/evil"}, {}, 400),
        ({"X-Forwarded-Proto": "http"}, {}, 301),
    ],
)
def test_every_refused_request_has_the_strict_headers(
    server: ServerProcess, change: dict[str, str], more: dict[str, str], status: int
) -> None:
    answer = server.get("/accounts/login/", {**PROXIED, **change}, **more)
    assert answer.status == status
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    is_strict(answer, encrypted=is_page and status != 301)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "BREW", "get"])
def test_unknown_methods_get_405_for_pages_files_and_sockets(
    server: ServerProcess, method: str
) -> None:
    for path in ("/", "/static/favicon.svg", "/ws/", "/admin/"):
        request = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
        assert exchange(server, request.encode()).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    "headers", ["Origin: https://evil.example\r\n", "Sec-WebSocket-Key: twice\r\n"]
)
def test_a_refused_handshake_has_the_strict_headers(server: ServerProcess, headers: str) -> None:
    with raw_socket(server, "/ws/", headers) as mallory:
        head = mallory.handshake()
    assert head.startswith(("HTTP/1.1 403 ", "HTTP/1.1 400 "))
    assert "evil" not in head
    assert "content-security-policy: default-src 'none'" in head.lower()
    assert "x-content-type-options: nosniff" in head.lower()


def is_strict(answer: Answer, *, encrypted: bool = False) -> dict[str, str]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "cache-control" in headers
    if "script-src" in policy:
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "geolocation=()" in headers["permissions-policy"]
        assert re.search("no-store|no-cache|max-age=3600", headers["cache-control"])
    if encrypted:
        assert headers["strict-transport-security"].startswith("max-age=31536000; includeSub")
    assert "server" not in headers
    return headers


def test_transport_security_is_sent_over_tls_for_files_too(server: ServerProcess) -> None:
    for path in ("/", "/static/favicon.svg", "/no/such/page/", "/healthz"):
        is_strict(server.get(path, PROXIED), encrypted=True)
        plain = server.get(path, {**PROXIED, "X-Forwarded-Proto": "http"})
        assert "strict-transport-security" not in {name.lower() for name in plain.headers}


def test_cookies_are_bound_to_this_host_and_hidden_from_scripts(cookies: SimpleCookie) -> None:
    assert {"__Host-sessionid", "__Host-csrftoken"} <= set(cookies)
    for cookie in cookies.values():
        assert cookie["secure"], cookie
        assert cookie["httponly"], cookie
        assert cookie["samesite"] == "Lax", cookie
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_the_language_cookie_is_bound_and_hidden_too(server: ServerProcess) -> None:
    page = server.get("/accounts/login/", PROXIED)
    token = re.search(rb'name="csrfmiddlewaretoken" value="(.+?)"', page.body)
    assert token
    sent = {
        **PROXIED,
        **said(cookies_of(page)),
        "Referer": f"https://{HOST}/",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    form = f"csrfmiddlewaretoken={token[1].decode()}&language=de"
    jar = cookies_of(server.get("/language/", sent, method="POST", body=form))
    cookie = jar["__Host-language"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_cookie_under_another_name_is_not_a_session(site: Site, cookies: SimpleCookie) -> None:
    key = cookies["__Host-sessionid"].value
    assert site.server.get("/rooms/", {**PROXIED, **said(cookies)}).status == 200
    other = site.server.get("/rooms/", {**PROXIED, "Cookie": f"sessionid={key}"})
    assert other.status == 302
