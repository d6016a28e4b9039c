"""A person at one of these browsers: like `tests.browser.person`, reduced to what is needed
here."""

import base64
import io
import time
from typing import Any

from PIL import Image

from tests.engines.drivers import Driver

PATIENCE = 15.0  # seconds until something that must be seen is declared missing
COMMAND = {"Control": "\ue009", "Shift": "\ue008"}
KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "ArrowUp": "\ue013",
    "ArrowDown": "\ue015", "Backspace": "\ue003",
}  # fmt: skip

# Where an element can be clicked: it exists, nothing covers it, and it no longer moves.
MIDDLE = """
const [selector, text] = given;
const found = [...document.querySelectorAll(selector)]
  .filter((node) => node.getClientRects().length && node.textContent.includes(text));
if (!found.length) return null;
const node = found.at(-1);
node.scrollIntoView({ block: "nearest", behavior: "instant" });
await new Promise(requestAnimationFrame);
const { left, top, width, height } = node.getBoundingClientRect();
const [x, y] = [Math.round(left + width / 2), Math.round(top + height / 2)];
const above = document.elementFromPoint(x, y);
return node.contains(above) ? [x, y] : null;
"""
SEEN = """
const [selector, text] = given;
return [...document.querySelectorAll(selector)]
  .some((node) => node.getClientRects().length && node.textContent.includes(text));
"""


class Reader:
    def __init__(self, driver: Driver, address: str) -> None:
        self.driver = driver
        self.address = address

    def goes_to(self, path: str) -> None:
        self.driver.open(self.address + path)

    def opens(self, room: str, number: int | None = None) -> None:
        """Open a room, and wait until its page is live."""
        self.goes_to(f"/rooms/{room}/" + (f"{number}/" if number else ""))
        self.is_connected()

    def is_connected(self) -> None:
        self.sees("html[data-connection=open]")

    # -- doing --

    def clicks(self, selector: str, text: str = "") -> None:
        x, y = self.waits(MIDDLE, selector, text)
        move = {"type": "pointerMove", "x": x, "y": y, "origin": "viewport"}
        press = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._points([move, *press])

    def hovers(self, selector: str, text: str = "") -> None:
        x, y = self.waits(MIDDLE, selector, text)
        self._points([{"type": "pointerMove", "x": x, "y": y, "origin": "viewport"}])

    def types(self, text: str) -> None:
        """Type key by key; a line break is Shift+Enter."""
        for n, line in enumerate(text.split("\n")):
            if n:
                self.presses("Shift+Enter")
            self._keys([one for key in line for one in _stroke(key)])

    def presses(self, keys: str) -> None:
        *held, key = keys.split("+")
        down = [{"type": "keyDown", "value": COMMAND[name]} for name in held]
        up = [{"type": "keyUp", "value": COMMAND[name]} for name in reversed(held)]
        self._keys([*down, *_stroke(KEYS.get(key, key)), *up])

    def fills(self, **fields: str) -> None:
        for name, text in fields.items():
            self.clicks(f"[name={name}]")
            self.types(text)

    def posts(self, text: str) -> None:
        self.clicks("chat-composer textarea")
        self.types(text)
        self.presses("Enter")

    def _points(self, actions: list[Any]) -> None:
        how = {"pointerType": "mouse"}
        self.driver.act({"type": "pointer", "id": "mouse", "parameters": how, "actions": actions})

    def _keys(self, actions: list[Any]) -> None:
        if actions:
            self.driver.act({"type": "key", "id": "keyboard", "actions": actions})

    # -- seeing --

    def run(self, body: str, *arguments: Any) -> Any:
        return self.driver.run(body, *arguments)

    def waits(self, body: str, *arguments: Any) -> Any:
        """Run a function body until its result is truthy, and return that."""
        end = time.monotonic() + PATIENCE
        while not (found := self.run(body, *arguments)):
            assert time.monotonic() < end, f"It never came: {body} {arguments}"
            time.sleep(0.03)  # poll until the deadline
        return found

    def sees(self, selector: str, text: str = "") -> None:
        self.waits(SEEN, selector, text)

    def sees_no(self, selector: str, text: str = "") -> None:
        self.waits(f"return !(() => {{ {SEEN} }})()", selector, text)

    def sees_sent(self, text: str) -> None:
        self.sees("article.message[data-state=sent] .message__body", text)

    def box(self, selector: str) -> dict[str, float]:
        """Return its position in the window."""
        body = "return document.querySelector(given[0])?.getBoundingClientRect().toJSON()"
        found: dict[str, float] = self.waits(body, selector)
        return found

    def sees_pixels(self, selector: str, *, unlike: Image.Image) -> None:
        """Wait until something else is painted there: a page that is ready may not be drawn yet."""
        end = time.monotonic() + PATIENCE
        while self.picture(selector).tobytes() == unlike.tobytes():
            assert time.monotonic() < end, f"Nothing is drawn in {selector}"

    def picture(self, selector: str) -> Image.Image:
        """Return the pixels painted there."""
        box = self.box(selector)
        png = base64.b64decode(self.driver.screenshot())
        edges = (box["left"], box["top"], box["right"], box["bottom"])
        return Image.open(io.BytesIO(png)).convert("L").crop(edges)


def _stroke(key: str) -> list[dict[str, str]]:
    return [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
