"""Another site, at 127.0.0.1, for messages to link to. It counts who asks for what."""

import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

HTML = "text/html; charset=utf-8"


@dataclass
class Elsewhere:
    """What is at each path: a page's HTML, or status, headers and body."""

    origin: str
    pages: dict[str, str | tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # paths
    headers: list[dict[str, str]] = field(default_factory=list)  # of each request
    seconds: float = 0  # before it answers

    def at(self, path: str, page: str | tuple[int, Mapping[str, str], bytes]) -> str:
        """Put a page there; return its address."""
        self.pages[path] = page
        return self.origin + path

    def page(self, path: str, called: str, /, **said: str) -> str:
        """Put a page there that says this of itself; return its address."""
        tags = "".join(f'<meta property="og:{name}" content="{it}">' for name, it in said.items())
        return self.at(path, f"<!doctype html><title>{called}</title>{tags}<p>Text.")

    def picture(self, path: str, size: tuple[int, int] = (640, 320), kind: str = "PNG") -> str:
        return self.at(path, (200, {"Content-Type": f"image/{kind.lower()}"}, picture(size, kind)))

    def times(self, path: str) -> int:
        return self.asked.count(path)


def picture(size: tuple[int, int] = (640, 320), kind: str = "PNG", **how: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **how)
    return file.getvalue()


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    site = Elsewhere("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    site.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(site: Elsewhere) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        log_message: Callable[..., None] = lambda *_words: None

        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers.append({name.lower(): value for name, value in self.headers.items()})
            if site.seconds:
                time.sleep(site.seconds)  # a slow site is what is tested
            found = site.pages.get(self.path, (404, {"Content-Type": HTML}, b"<title>None</title>"))
            if isinstance(found, str):
                found = (200, {"Content-Type": HTML}, found.encode())
            status, headers, body = found
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # nobody wanted the rest

    return Handler
