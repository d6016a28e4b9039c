"""The site behind nginx, as chatsite/README.md has it: pages, cookies and sockets work, addresses
can't be forged, and the two never disagree on where a request ends."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.test_headers import HOST, PUBLIC, cookies_of, said
from tests.integration.test_server_requests import SMUGGLED
from tests.processes import ROOT, RawSocket, ServerProcess, exchange, free_port, wait_for_port
from tests.services import need
from tests.site import PASSWORD, Site, serving

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("proxied"), env={**PUBLIC, "RATE_LIMITS": "on"}) as site:
        yield site


@pytest.fixture(scope="module")
def proxy(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """nginx with the lines of chatsite/README.md, but for TLS, which it is told to have ended."""
    program = need("nginx", shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin"))
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    (folder / "nginx.conf").write_text(configuration(folder, port, site.server.port))
    command = [program, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    server = ServerProcess(port, process)
    try:
        wait_for_port(server)
        yield server
    finally:
        server.stop()


def configuration(folder: Path, port: int, upstream: int) -> str:
    blocks = re.findall(
        r"```nginx\n(.*?)```", (ROOT / "chatsite" / "README.md").read_text(), re.DOTALL
    )
    block = next(one for one in blocks if "listen 443 ssl" in one)
    block = block.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    block = block.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off; master_process off; pid {folder}/pid; events {{}}\n"
        f"http {{ access_log off; {paths} {block} }}\n"
    )


def test_pages_forms_and_sockets_work_behind_nginx(proxy: ServerProcess) -> None:
    page = proxy.get("/accounts/signup/", {"Host": HOST})
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    token = re.search(rb'name="csrfmiddlewaretoken" value="(.+?)"', page.body)
    assert token
    jar = cookies_of(page)
    form = (
        f"csrfmiddlewaretoken={token[1].decode()}&username=proxied"
        f"&password1={PASSWORD}&password2={PASSWORD}"
    )
    sent = {**FORM, **said(jar), "Host": HOST, "Referer": f"https://{HOST}/accounts/signup/"}
    done = proxy.get("/accounts/signup/", sent, method="POST", body=form)
    assert done.status == 302, done.body
    jar.update(cookies_of(done))
    for origin, status in ((f"https://{HOST}", "101"), ("https://evil.example", "403")):
        with proxy.connect() as connection:
            cookie = f"Cookie: {said(jar)['Cookie']}\r\nOrigin: {origin}\r\n"
            socket = RawSocket(connection, "/ws/", cookie, host=HOST)
            assert socket.handshake().startswith(f"HTTP/1.1 {status} ")
            if status == "101":
                assert b'"type":"welcome"' in socket.read()[1]


def test_forged_addresses_get_nobody_around_a_limit(proxy: ServerProcess) -> None:
    """nginx overwrites what the client sent; if it appended, the site would count from the
    right."""
    page = proxy.get("/accounts/login/", {"Host": HOST})
    token = re.search(rb'name="csrfmiddlewaretoken" value="(.+?)"', page.body)
    assert token
    form = f"csrfmiddlewaretoken={token[1].decode()}&login=proxied&password=wrong"
    answers = []
    for attempt in range(8):
        forged = {"X-Forwarded-For": f"6.6.6.{attempt}", "Forwarded": f"for=6.6.6.{attempt}"}
        sent = {**FORM, **forged, **said(cookies_of(page)), "Host": HOST}
        sent["Referer"] = f"https://{HOST}/accounts/login/"
        answers.append(proxy.get("/accounts/login/", sent, method="POST", body=form))
    assert b"Too many failed attempts" in answers[-1].body


@pytest.mark.parametrize("rest", SMUGGLED, ids=lambda rest: repr(rest[:40]))
def test_an_ambiguous_request_is_at_most_one_request(
    site: Site, proxy: ServerProcess, rest: bytes
) -> None:
    smuggled = b"GET /accounts/signup/ HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n"
    head = b"POST /healthz HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nConnection: close\r\n"
    answer = exchange(proxy, head + rest + smuggled)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b"password1" not in answer, "the second request was answered"
    assert proxy.get("/healthz", {"Host": HOST}).status == 200
    assert "Traceback" not in site.server.output
