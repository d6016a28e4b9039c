"""A ClamAV of the tests: it speaks INSTREAM, and knows one virus."""

import socketserver
import threading
from pathlib import Path
from typing import Self

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner:
    """Listens on a port of this machine, or at `path`."""

    def __init__(self, path: Path | None = None) -> None:
        self.seen: list[bytes] = []
        self.longest = 1 << 30
        self.answer: bytes | None = None  # given instead of the right one
        scanner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                assert self.rfile.read(10) == b"zINSTREAM\0"
                self.wfile.write(scanner._judged(self) + b"\0")

        if path is None:
            self._server: socketserver.BaseServer = socketserver.ThreadingTCPServer(
                ("127.0.0.1", 0), Handler
            )
            self.url = f"tcp://127.0.0.1:{self._server.server_address[1]}"
        else:
            self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
            self.url = f"unix://{path}"

    def _judged(self, handler: socketserver.StreamRequestHandler) -> bytes:
        content = b""
        while length := int.from_bytes(handler.rfile.read(4), "big"):
            content += handler.rfile.read(length)
            if len(content) > self.longest:
                return b"INSTREAM size limit exceeded. ERROR"
        self.seen.append(content)
        if self.answer is not None:
            return self.answer
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
