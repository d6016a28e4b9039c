"""Firefox and WebKit, each driven by its native protocol: WebDriver BiDi over a WebSocket, and
WebDriver over HTTP with the program from its package. Both are W3C standards.

Playwright's own builds of these two can't be had from a package; these are what people run.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from websockets.sync.client import ClientConnection, connect

from tests.processes import eventually, free_port
from tests.services import need

PATIENCE = 20.0  # seconds for a browser to start or reply
Json = dict[str, Any]


class Driver(Protocol):
    """What both can do. Everything else is done with scripts, keys and clicks."""

    complaints: list[str]  # console errors, if the browser reports them

    def open(self, address: str) -> None:
        """Load a page and wait until it has loaded."""
        ...

    def run(self, body: str, *arguments: Any) -> Any:
        """Run a function body in the page; return its result, or its promise's, as JSON."""
        ...

    def act(self, source: Json) -> None:
        """Perform one source of actions: https://w3c.github.io/webdriver/#actions."""
        ...

    def screenshot(self) -> str:
        """Return the window's content as a PNG in base64."""
        ...


class BrowserError(AssertionError):
    """The browser refused a command, or a script in it threw."""


# -- Firefox --

# What its own automation sets, plus no prompts.
PREFERENCES: dict[str, str | int | bool] = {
    "remote.prefs.recommended": True,
    "intl.accept_languages": "en-GB",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,none",
    "browser.startup.page": 0,
    "browser.newtabpage.enabled": False,
    "media.navigator.streams.fake": True,  # a microphone that beeps,
    "media.navigator.permission.disabled": True,  # and that pages may use
}
# A page that was left while still loading.
LEFT = "A ServiceWorker intercepted the request and encountered an unexpected error"


class Firefox:
    """One tab of a Firefox, by WebDriver BiDi."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._number = 0
        self.complaints: list[str] = []
        self._ask("session.new", capabilities={})
        # A new tab: the first one of a headless browser never gets the focus.
        self._tab = {"context": self._ask("browsingContext.create", type="tab")["context"]}
        self._ask("session.subscribe", events=["log.entryAdded"])
        self._ask(
            "browsingContext.setViewport", **self._tab, viewport={"width": 1100, "height": 720}
        )

    def open(self, address: str) -> None:
        self._ask("browsingContext.navigate", **self._tab, url=address, wait="complete")

    def run(self, body: str, *arguments: Any) -> Any:
        said = self._ask(
            "script.callFunction",
            functionDeclaration=f"async (given) => {{ {_running('given', body)} }}",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target=self._tab,
            awaitPromise=True,
            userActivation=True,
        )
        if said["type"] == "exception":
            raise BrowserError(said["exceptionDetails"]["text"])
        return json.loads(said["result"]["value"])

    def act(self, source: Json) -> None:
        self._ask("input.performActions", **self._tab, actions=[source])

    def screenshot(self) -> str:
        return str(self._ask("browsingContext.captureScreenshot", **self._tab)["data"])

    def _ask(self, method: str, **params: Any) -> Json:
        self._number += 1
        self._line.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            said: Json = json.loads(self._line.recv(PATIENCE))
            if said["type"] == "event":
                self._hear(said["params"])
            elif said["id"] == self._number:
                break
        if said["type"] == "error":
            raise BrowserError(f"{method}: {said['error']}: {said['message']}")
        return dict(said["result"])

    def _hear(self, entry: Json) -> None:
        words = str(entry.get("text"))
        if entry.get("level") == "error" and LEFT not in words:
            self.complaints.append(words)


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A Firefox with a new profile."""
    program = need("Firefox", shutil.which("firefox-esr") or shutil.which("firefox"))
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines))
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("w"))
        command = [program, "--headless", "--no-remote", "--profile", str(folder)]
        _started(stack, [*command, "--remote-debugging-port=0"], stderr=log)
        announced = folder / "WebDriverBiDiServer.json"
        eventually(lambda: announced.exists() and announced.read_text() != "", PATIENCE)
        port = json.loads(announced.read_text())["ws_port"]
        address = f"ws://127.0.0.1:{port}/session"
        line = stack.enter_context(connect(address, max_size=None, compression=None))
        yield Firefox(line)


# -- WebKit --


class WebKit:
    """One window of a WebKitGTK, by WebDriver."""

    def __init__(self, address: str, browser: str) -> None:
        self.complaints: list[str] = []  # it doesn't report its console
        self._address = f"{address}/session"
        options = {"binary": browser, "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = self._ask("POST", "", capabilities=wanted)["sessionId"]
        self._address += f"/{session}"
        self._ask("POST", "/window/rect", width=1100, height=850)

    def open(self, address: str) -> None:
        self._ask("POST", "/url", url=address)

    def run(self, body: str, *arguments: Any) -> Any:
        script = _running("arguments[0]", body)
        given = json.dumps(arguments)
        return json.loads(self._ask("POST", "/execute/sync", script=script, args=[given]))

    def act(self, source: Json) -> None:
        self._ask("POST", "/actions", actions=[source])

    def screenshot(self) -> str:
        return str(self._ask("GET", "/screenshot"))

    def leave(self) -> None:
        self._ask("DELETE", "")

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        data = None if method == "GET" else json.dumps(body).encode()
        request = Request(self._address + path, data, method=method)  # noqa: S310
        request.add_header("Content-Type", "application/json")
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return json.load(answer)["value"]
        except HTTPError as error:
            raise BrowserError(f"{path}: {error.read().decode()}") from error


@contextmanager
def webkit(folder: Path) -> Iterator[WebKit]:
    """A WebKitGTK without a profile, on a virtual screen: it has no headless mode."""
    driver = need("WebKitWebDriver", shutil.which("WebKitWebDriver"))
    places = (*Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"),)
    browser = need("WebKit's MiniBrowser", str(places[0]) if places else None)
    xvfb = need("Xvfb", shutil.which("Xvfb"))
    with ExitStack() as stack:
        screen = _started(
            stack,
            [xvfb, "-displayfd", "1", "-screen", "0", "1100x850x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE,
        )
        assert screen.stdout
        stack.callback(screen.stdout.close)
        display = screen.stdout.readline().decode().strip()
        port = free_port()
        log = stack.enter_context((folder / "log").open("w"))
        env = {**os.environ, "DISPLAY": f":{display}", "GDK_BACKEND": "x11", "HOME": str(folder)}
        env |= {"NO_AT_BRIDGE": "1", "LANG": "C.UTF-8"}  # no accessibility service
        _started(stack, [driver, f"--port={port}"], env=env, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: _answers(f"{address}/status"), PATIENCE)
        browser_ = WebKit(address, browser)
        stack.callback(browser_.leave)
        yield browser_


# -- both --


def _running(given: str, body: str) -> str:
    """Wrap a function body so that arguments and result are JSON: BiDi has its own notation."""
    act = f"const act = async (...given) => {{ {body} }};"
    return f"{act} return JSON.stringify((await act(...JSON.parse({given}))) ?? null);"


def _started(stack: ExitStack, command: list[str], **how: Any) -> subprocess.Popen[bytes]:
    how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **how}
    process = subprocess.Popen(command, **how)

    def end() -> None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    stack.callback(end)
    return process


def _answers(address: str) -> bool:
    try:
        urlopen(address, timeout=PATIENCE).close()  # noqa: S310
    except URLError:
        return False
    return True
