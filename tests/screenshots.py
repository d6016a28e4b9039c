"""Takes the pictures of the site that README shows: `make screenshots`.

Of a demo site in a folder of its own, which is gone afterwards. Look at each before it is kept.
"""

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import ROOT, free_port, running
from tests.services import chromium_program

PLACE = ROOT / "static/screenshots"
PASSWORD = "violet-tandem-42"
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 800}
QUALITY = 72  # of WebP, where letters still have clean edges


@dataclass(frozen=True)
class Picture:
    """`act` brings the page to what is to be seen; `needs` is what it must look like, or there is
    no picture."""

    name: str
    path: str
    browser: dict[str, Any] = field(default_factory=dict)
    act: Callable[[Page], object] = lambda page: None
    needs: str = "html"


PICTURES = (
    Picture("lobby", "/rooms/"),
    Picture("room-light", "/rooms/engineering/"),
    Picture("room-dark", "/rooms/general/", {"color_scheme": "dark"}),
    Picture("switcher", "/rooms/general/", act=lambda page: look_for(page, "en")),
    Picture("room-phone", "/rooms/kitchen/", {"viewport": PHONE, "color_scheme": "dark"}),
    Picture("room-rtl", "/rooms/general/", {"locale": "he-IL"}, needs="html[dir=rtl]"),
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="chatsite-screenshots-") as folder:
        port = free_port()
        env = {
            "CHATSITE_DATA": folder,
            "RATE_LIMITS": "off",
            **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "DEBUG", "CSRF_TRUSTED_ORIGINS"), ""),
        }
        fill(env)
        with (
            running("manage.py", "serve", "--port", str(port), port=port, env=env) as server,
            sync_playwright() as playwright,
        ):
            server.wait_for_line("Chatsite is at")
            program = chromium_program()
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            take_all(browser, f"http://127.0.0.1:{port}")
            browser.close()


def fill(env: dict[str, str]) -> None:
    demo = [sys.executable, "manage.py", "demo", "--password", PASSWORD]
    subprocess.run(demo, cwd=ROOT, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)


def take_all(browser: Browser, address: str) -> None:
    cookies = log_in(browser, address)
    for picture in PICTURES:
        settings = {"viewport": WIDE, "locale": "en-GB", "device_scale_factor": 1.5}
        context = browser.new_context(**{**settings, **picture.browser})
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(address + picture.path)
        if page.locator(picture.needs).count():
            say(f"{picture.name}: {take(page, picture)} bytes")
        else:
            say(f"{picture.name}: skipped, the page has no {picture.needs}")
        context.close()


def log_in(browser: Browser, address: str) -> list[Any]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", "demo")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/rooms/**")
    cookies = context.cookies()
    context.close()
    return list(cookies)


def take(page: Page, picture: Picture) -> int:
    expect(page.locator("html[data-connection=open]")).to_be_attached()
    picture.act(page)
    page.wait_for_timeout(500)  # for what fades in
    path = PLACE / f"{picture.name}.webp"
    image = Image.open(io.BytesIO(page.screenshot()))
    image.save(path, quality=QUALITY, method=6)
    return path.stat().st_size


def look_for(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type(words)


def say(words: str) -> None:
    print(words)  # noqa: T201  a command


if __name__ == "__main__":
    main()
