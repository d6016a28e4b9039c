"""The admin works under the site's own Content-Security-Policy, scripts and styles included."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.processes import ROOT, free_port, running
from tests.services import chromium_program, need

PASSWORD = "violet-tandem-42"
PAGES = (
    *("", "rooms/message/", "rooms/message/1/change/", "rooms/message/1/delete/"),
    *("rooms/user/", "rooms/user/2/change/", "rooms/user/2/password/", "rooms/user/add/"),
    *("rooms/room/", "rooms/room/add/", "rooms/membership/add/", "rooms/ban/", "rooms/invite/add/"),
    *("rooms/mute/add/", "rooms/removal/add/?user=kenji&scope=site", "rooms/report/"),
    *("rooms/auditentry/", "rooms/reaction/", "auth/group/1/change/", "rooms/ban/add/"),
)


@pytest.mark.browser
def test_no_page_breaks_the_policy(tmp_path: Path) -> None:
    program = need("Chromium", chromium_program())
    port = free_port()
    env = {"CHATSITE_DATA": str(tmp_path), "PORT": str(port), "DATABASE_URL": ""}
    demo = [sys.executable, "manage.py", "demo", "--messages", "50", "--password", PASSWORD]
    subprocess.run(demo, cwd=ROOT, env={**os.environ, **env}, check=True, capture_output=True)
    with running("manage.py", "serve", port=port, env=env), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: _note(said, complaints))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        _log_in(page, f"http://127.0.0.1:{port}/admin/")
        for path in PAGES:
            answer = page.goto(f"http://127.0.0.1:{port}/admin/{path}")
            assert answer is not None
            assert answer.status == 200, path
            assert "script-src 'self'" in answer.headers["content-security-policy"]
        _complete(page, "kenj", "@kenji")
        assert not complaints
        page.evaluate("document.body.setAttribute('style', 'color: red')")
        assert complaints, "a violation would have been heard"
        browser.close()


def _note(said: ConsoleMessage, complaints: list[str]) -> None:
    if said.type == "error":
        complaints.append(said.text)


def _log_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("[name=login]", "demo")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(url)


def _complete(page: Page, typed: str, shown: str) -> None:
    """Choose a person by a part of the name; the widget is a script of the admin."""
    page.click(".field-user .select2-selection")
    page.keyboard.type(typed)
    page.click(f".select2-results__option:has-text('{shown}')")
