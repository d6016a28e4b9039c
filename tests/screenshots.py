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
PHONE_TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
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
    Picture("phone-actions", "/rooms/kitchen/", PHONE_TOUCH, act=lambda page: tap_a_message(page)),
    Picture("inbox", "/inbox/", act=lambda page: hear_from_others(page)),
    Picture("settings", "/accounts/appearance/"),
    Picture("notifications", "/accounts/notifications/"),
    Picture("case", "/rooms/kitchen/", act=lambda page: report_and_look(page)),
    Picture("room-rtl", "/rooms/general/", {"locale": "he-IL"}, needs="html[dir=rtl]"),
)


# What the inbox is about: who says it, where, and what.
CALLS = (
    ("amelie", "engineering", "@demo, the new clock is on the staging site. Have a look?"),
    (
        "zeynep",
        "general",
        "Would **Thursday** suit you, @demo? The lift is out of order until then.",
    ),
    ("kenji", "kitchen", "There is cake. Thank you, @demo!"),
)


# Of a site that is being set up, by clicks: before and after.
FIRST_RUN = (Picture("setup", "/setup/"), Picture("next-steps", "/settings/site/next/"))


def main() -> None:
    take_first_run()
    with tempfile.TemporaryDirectory(prefix="chatsite-screenshots-") as folder:
        port = free_port()
        env = environment(folder)
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


def environment(folder: str) -> dict[str, str]:
    return {
        "CHATSITE_DATA": folder,
        "RATE_LIMITS": "off",
        **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "DEBUG", "CSRF_TRUSTED_ORIGINS"), ""),
    }


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


def take_first_run() -> None:
    with tempfile.TemporaryDirectory(prefix="chatsite-screenshots-") as folder:
        port = free_port()
        with (
            running(
                "manage.py", "serve", "--port", str(port), port=port, env=environment(folder)
            ) as server,
            sync_playwright() as playwright,
        ):
            link = server.wait_for_line("/setup/?token=").strip()
            program = chromium_program()
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            settings: dict[str, Any] = {"viewport": WIDE, "locale": "en-GB"}
            page = browser.new_page(device_scale_factor=1.5, **settings)
            page.goto(link)
            page.fill("[name=name]", "Harbour")
            page.fill("[name=username]", "olga")
            before, after = FIRST_RUN
            say(f"{before.name}: {keep(page, before, full_page=True)} bytes")
            for name in ("password1", "password2"):
                page.fill(f"[name={name}]", PASSWORD)
            page.click("form.form [type=submit]")
            page.get_by_role("button", name="Create invitation link").click()
            page.get_by_text("Show QR code").click()
            say(f"{after.name}: {keep(page, after, full_page=True)} bytes")
            browser.close()


def log_in(browser: Browser, address: str, person: str = "demo") -> list[Any]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("[name=login]", person)
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
    return keep(page, picture)


def keep(page: Page, picture: Picture, *, full_page: bool = False) -> int:
    path = PLACE / f"{picture.name}.webp"
    image = Image.open(io.BytesIO(page.screenshot(full_page=full_page)))
    image.save(path, quality=QUALITY, method=6)
    return path.stat().st_size


def hear_from_others(page: Page) -> None:
    browser = page.context.browser
    assert browser is not None
    address = page.url.removesuffix("/inbox/")
    for person, room, words in CALLS:
        context = browser.new_context()
        context.add_cookies(log_in(browser, address, person))
        other = context.new_page()
        other.goto(f"{address}/rooms/{room}/")
        other.fill("chat-composer textarea", words)
        other.press("chat-composer textarea", "Enter")
        expect(page.locator(".inbox__item").filter(has_text=words[-9:])).to_be_visible()
        context.close()


def tap_a_message(page: Page) -> None:
    page.locator("chat-timeline article .message__body").last.tap()
    expect(page.get_by_role("dialog", name="Message actions")).to_be_visible()


def report_and_look(page: Page) -> None:
    message = page.locator("chat-timeline article:not(.message--mine)").last
    message.hover()
    message.locator("[data-action=menu]").click()
    message.locator("[data-action=report]").click()
    page.locator("dialog[open] .reasons button").first.click()
    page.goto(page.url.split("/rooms/")[0] + "/admin/rooms/report/")
    page.locator("#result_list tbody a").first.click()


def look_for(page: Page, words: str) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type(words)


def say(words: str) -> None:
    print(words)  # noqa: T201  a command


if __name__ == "__main__":
    main()
