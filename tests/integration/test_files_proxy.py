"""Files that nginx sends by itself, as chatsite/README.md has it, once the site has allowed it."""

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.hostile.test_proxy import configuration
from tests.integration.test_files_server import courier
from tests.processes import ROOT, ServerProcess, free_port, wait_for_port
from tests.services import need
from tests.site import serving


@contextmanager
def nginx(folder: Path, upstream: int, files: Path) -> Iterator[ServerProcess]:
    program = need("nginx", shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin"))
    folder.mkdir()
    port = free_port()
    readme = (ROOT / "chatsite" / "README.md").read_text()
    found = re.search(r"```nginx\n(location /files-on-disk/.*?)```", readme, re.DOTALL)
    assert found
    location = re.sub(r"alias .*?;", f"alias {files}/;", found[1])
    text = configuration(folder, port, upstream)
    text = text.replace("location / {", f"{location}\nlocation / {{", 1)
    (folder / "nginx.conf").write_text(text)
    command = [program, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", "stderr"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    server = ServerProcess(port, process)
    try:
        wait_for_port(server)
        yield server
    finally:
        server.stop()


async def test_nginx_sends_what_the_site_allows_and_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    content = secrets.token_bytes(100_000)
    with serving(data, env={"FILES_ACCEL": "/files-on-disk/"}) as site:
        sender = await courier(site, "judy")
        url = sender.is_ready(sender.sends(content, filename="plans.bin"))
        pk = url.split("/")[2]
        stranger = site.visitor().signs_up("mallory").headers
        with nginx(tmp_path / "nginx", site.server.port, data / "files") as proxy:
            whole = proxy.get(url, sender.headers)
            assert (whole.status, whole.body) == (200, content)
            assert whole.headers["X-Content-Type-Options"] == "nosniff"
            assert whole.headers["Content-Disposition"] == 'attachment; filename="plans.bin"'
            assert "sandbox" in whole.headers["Content-Security-Policy"]
            part = proxy.get(url, {**sender.headers, "Range": "bytes=10-19"})
            assert (part.status, part.body) == (206, content[10:20])
            assert proxy.get(url, stranger).status == 404
            assert proxy.get(url).status == 404
            assert proxy.get(f"/files-on-disk/{pk[:2]}/{pk}/content", sender.headers).status == 404
