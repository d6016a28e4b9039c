"""Whatever strangers send, a real server's log contains only its own lines, and no secrets."""

import re
from pathlib import Path
from urllib.parse import quote

from tests.processes import exchange
from tests.site import PASSWORD, serving

FORGED = "2026-11-23 12:00:00,000 ERROR rooms: Forged"
RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+: ")
ENDS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x1b[2K\r", "\u202e"]


def test_the_log_contains_only_the_server_s_own_lines(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as site:
        server, bob = site.server, site.visitor().signs_up("bob")
        begun = len(server.lines)
        for end in ENDS:
            attack = f"x{end}{FORGED}"
            path = quote(attack)
            server.get(f"/no/{path}/")
            server.get(f"/rooms/{path}/", bob.headers)
            server.get(f"/ws/{path}")
            server.get("/", {"Host": f"evil{quote(end)}{FORGED.replace(' ', '')}"})
            server.get("/accounts/login/", {"Cookie": f"sessionid={path}; language={path}"})
            server.get("/rooms/", {**bob.headers, "User-Agent": path, "Referer": path})
            form = f"login={path}&password={path}&next={path}"
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            server.get("/accounts/login/", kind, method="POST", body=form)
            server.get(f"/invite/{'secret' * 5}/", kind, method="POST", body=form)
            exchange(server, f"GET /\r\nX: {FORGED}\r\n\r\n".encode())
        server.get("/no/more/")
        server.wait_for_line("/no/more/")
        lines = server.lines[begun:]
        log = "\n".join(server.lines)
    assert len(lines) > len(ENDS), "nothing was logged, so nothing was tested"
    assert [line for line in lines if not RECORD.match(line)] == []
    assert not [line for line in lines if line.startswith(FORGED)]
    assert all(line.isprintable() for line in lines)
    session = next(cookie.value for cookie in bob.cookies if "sessionid" in cookie.name)
    secrets = [str(session), PASSWORD, "secret" * 5, (tmp_path / "data/secret_key").read_text()]
    assert not [secret for secret in secrets if secret in log]


def test_a_scanner_that_requests_other_hosts_leaves_nothing_in_the_log(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as site:
        for host in ("evil.example", "203.0.113.9", "localhost.evil.example:80"):
            assert site.server.get("/accounts/login/", {"Host": host}).status == 400
        site.server.get("/no/more/")
        site.server.wait_for_line("/no/more/")
        lines = [line for line in site.server.lines if RECORD.match(line)]
    assert len(lines) == 1, lines
    assert " WARNING " in lines[0]
