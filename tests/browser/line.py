"""The connection between a page and its server, which a test can make deaf."""

import re

from playwright.sync_api import WebSocketRoute

from tests.browser.person import Person


class Line:
    """While `deaf`, it brings nothing back. A dead connection stays deaf; the next one works."""

    deaf = False

    def __init__(self, person: Person) -> None:
        self._sockets = 0
        self._dead = 0  # connections up to this number
        person.page.route_web_socket(re.compile(r"/ws/$"), self._join)

    def dies(self) -> None:
        """Die silently, like a connection whose other end is gone."""
        self._dead = self._sockets

    def _join(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        self._sockets += 1
        socket = self._sockets

        def hear(frame: str | bytes) -> None:
            if not self.deaf and socket > self._dead:
                page.send(frame)

        page.on_message(server.send)
        server.on_message(hear)
