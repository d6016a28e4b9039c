"""A person at a browser: `alice.posts("hi")`, `bob.sees("hi")`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, WebError, expect
from playwright.sync_api import TimeoutError as Unreachable

from tests.browser.clerk import Line
from tests.processes import eventually

GONE = "This message was deleted."  # in place of a deleted message
Pattern = str | re.Pattern[str]

# Chromium's own message about a violation names no element; this one says what was blocked.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
  console.error("securitypolicyviolation", violatedDirective, blockedURI, sample));
"""

# What a page shows, in the database's terms. A message's text without the mark of an edit.
READ_TIMELINE = """
nodes => nodes.map(node => {
  const body = node.querySelector('[data-part="body"]').cloneNode(true);
  body.querySelector(".message__edited")?.remove();
  return [Number(node.dataset.number ?? 0), node.dataset.author, body.textContent.trim()];
})
"""


# Not whether it controls the page: a page that was on its way when the worker took over stays
# without one until the next, and is told and led all the same.
HAS_SERVICE_WORKER = """
navigator.serviceWorker.getRegistration().then((there) => there?.active?.state === "activated")
"""

# Chromium requests the service worker's script when it likes, even while a test's server is away.
OF_THE_WORKER = "An unknown error occurred when fetching the script"


class Trouble(list[str]):
    """Console errors, uncaught exceptions and CSP violations of everything in one browser."""

    def __init__(self, context: BrowserContext) -> None:
        self._expected: list[re.Pattern[str]] = []
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)

    def expect(self, pattern: str) -> None:
        self._expected.append(re.compile(pattern))

    def forget(self) -> None:
        self.clear()
        self._expected.clear()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self._note(f"uncaught: {error.error.message}")

    def _note(self, words: str) -> None:
        if OF_THE_WORKER in words:
            return
        if not any(pattern.search(words) for pattern in self._expected):
            self.append(words)


class Person:
    """One tab of a person. `another_tab()` is the same person again."""

    def __init__(
        self, context: BrowserContext, address: str, username: str, trouble: Trouble
    ) -> None:
        self.context = context
        self.address = address
        self.username = username
        self.trouble = trouble
        self.page: Page = context.new_page()

    def another_tab(self) -> "Person":
        return Person(self.context, self.address, self.username, self.trouble)

    # -- navigating --

    def goes_to(self, path: str) -> "Person":
        self.page.goto(self.address + path)
        return self

    def opens(self, room: str, number: int | None = None) -> "Person":
        """Open a room, and wait until its page is live."""
        self.goes_to(f"/rooms/{room}/" + (f"{number}/" if number else ""))
        return self.is_connected()

    def reloads(self) -> "Person":
        self.page.reload()
        return self.is_connected()

    def is_connected(self, within: float = 10) -> "Person":
        expect(self.page.locator("html[data-connection=open]")).to_be_attached(
            timeout=within * 1000
        )
        return self

    def has_a_service_worker(self) -> "Person":
        """Wait until this browser's service worker is active, and has kept what it needs."""
        eventually(lambda: bool(self.page.evaluate(HAS_SERVICE_WORKER)))
        return self

    def presses(self, key: str) -> None:
        self.page.keyboard.press(key)

    def clicks(self, name: Pattern, role: Any = "button") -> None:
        self.page.get_by_role(role, name=name, exact=isinstance(name, str)).click()

    def fills(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"[name={name}]:visible").fill(value)

    def signs_up(self, username: str, password: str, path: str = "/accounts/signup/") -> None:
        self.goes_to(path)
        self.fills(username=username, password1=password, password2=password)
        self.clicks("Create account")

    # -- parts of the page --

    @property
    def composer(self) -> Locator:
        return self.page.locator("chat-composer textarea")

    @property
    def reason(self) -> Locator:
        """Return the reason shown in place of the composer."""
        return self.page.locator("chat-composer [data-part=closed]")

    @property
    def unsent(self) -> Locator:
        """Return the posts that the server refused, above the field."""
        return self.page.locator(".unsent__post")

    @property
    def banner(self) -> Locator:
        return self.page.locator("chat-banner")

    @property
    def toast(self) -> Locator:
        return self.page.locator("#toast")

    @property
    def typing_line(self) -> Locator:
        return self.page.locator("chat-typing")

    @property
    def messages(self) -> Locator:
        return self.page.locator("chat-timeline article.message")

    @property
    def scroller(self) -> Locator:
        return self.page.locator(".timeline__scroll")

    def message(self, text: Pattern) -> Locator:
        """Return the one message with this text."""
        return self.messages.filter(has=self.page.locator(".message__body", has_text=text))

    def badge(self, room: str) -> Locator:
        return self.page.locator(f"[data-room='{room}'] [data-part=count]")

    # -- writing --

    def types(self, text: str) -> None:
        """Type key by key, as a person does."""
        self.composer.press_sequentially(text)

    def posts(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def does(self, action: str, text: Pattern) -> None:
        """Press a button in the toolbar of the message with this text, or in the toolbar's menu."""
        self.page.bring_to_front()  # a background tab draws few frames, and each is waited for
        message = self.message(text)
        button = message.get_by_role("button", name=action, exact=True)
        eventually(lambda: self._uncovers(message, button))
        button.click()

    @staticmethod
    def _uncovers(message: Locator, button: Locator) -> bool:
        """Point at a message until its button can be pressed: whatever moves meanwhile leaves the
        mouse lying beside it."""
        message.hover()
        menu = message.locator("[data-action=menu]")
        if not button.is_visible() and menu.is_visible():
            with suppress(Unreachable):
                menu.click(timeout=1000)
        return button.is_visible()

    def edits(self, old: str, new: str) -> None:
        self.does("Edit", old)
        self.rewrites(new)

    def rewrites(self, new: str) -> None:
        """Replace the open editor's text, and save."""
        editor = self.page.get_by_role("textbox", name="Edit message")
        editor.fill(new)
        editor.press("Enter")

    def deletes(self, text: str) -> None:
        """Delete one of their own messages. The server hears of it when the time for the undo is
        over."""
        self.does("Delete", text)
        expect(self.toast).to_contain_text("Message deleted.")

    def deletes_of_another(self, text: str) -> None:
        self.does("Delete", text)
        dialog = self.page.get_by_role("dialog", name="Delete this message?")
        expect(dialog).to_contain_text(text)
        dialog.get_by_role("button", name="Delete", exact=True).click()

    def reacts(self, emoji: str, text: str) -> None:
        self.does("React", text)
        palette = self.message(text).get_by_role("group", name="Reactions")
        palette.get_by_role("button", name=emoji, exact=True).click()

    # -- seeing --

    def sees(self, text: Pattern, *, within: float = 10) -> Locator:
        """Wait for one message with this text, whether or not the server has it yet."""
        message = self.message(text)
        expect(message).to_have_count(1, timeout=within * 1000)
        return message

    def sees_sent(self, text: Pattern, *, within: float = 10) -> Locator:
        """Wait until the server has it, too."""
        message = self.sees(text, within=within)
        expect(message).to_have_attribute("data-state", "sent", timeout=within * 1000)
        return message

    def sees_no(self, text: Pattern) -> None:
        expect(self.message(text)).to_have_count(0)

    def has_nothing_unsent(self, within: float = 15) -> None:
        unsent = self.page.locator("article.message:not([data-state=sent]), .unsent__post")
        expect(unsent).to_have_count(0, timeout=within * 1000)

    @property
    def timeline(self) -> list[Line]:
        lines: list[Any] = self.messages.evaluate_all(READ_TIMELINE)
        return [(number, author, body) for number, author, body in lines]

    @property
    def caret(self) -> tuple[str, int, int]:
        """Return the composer's text, and the selection in it."""
        field = "field => [field.value, field.selectionStart, field.selectionEnd]"
        value, start, end = self.composer.evaluate(field)
        return value, start, end

    def has_drawn(self) -> None:
        """Wait until everything the page knew is on screen, and its observers have run."""
        self.page.evaluate(
            "async () => { for (let n = 0; n < 4; n++) await new Promise(requestAnimationFrame); }"
        )

    @property
    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return max(0, int(self.page.evaluate(wide)))

    @contextmanager
    def window(self, width: int, height: int) -> Iterator[None]:
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": width, "height": height})
        yield
        if before:
            self.page.set_viewport_size(before)
