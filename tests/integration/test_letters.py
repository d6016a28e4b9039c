"""Mails in HTML and in text: one content, in the reader's language, with nothing from elsewhere."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from django.conf import settings as project
from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.safestring import SafeString
from pytest_django import Settings

from rooms import letters
from tests.processes import ROOT

LETTERS = sorted(
    path.stem for path in (ROOT / "templates/mail").glob("*.html") if path.stem[0] != "_"
)
LANGUAGES = [code for code, _ in project.LANGUAGES]
CONTEXT: dict[str, object] = {
    "username": "<erin>",
    "url": "https://chat.example.com/somewhere/?a=1&b=2",
    "email": "erin@example.org",
    "ip": "192.0.2.7",
    "person": "Ann & Bo",
    "site": "Tea",
    "days": 14,
    "room": "Lounge",
    "button": "Open the inbox",
    "why": "This mail was sent because you weren't there.",
    "count": 3,
    "more": 2,
    "parts": [
        {
            "room": "Lounge & <bar>",
            "lines": [
                {
                    "who": "Ann mentioned you",
                    "who_html": SafeString("<bdi>Ann</bdi> mentioned you"),
                    "when": "11/30/2026 2:05 p.m.",
                    "excerpt": "Is <erin> there?",
                    "url": "https://chat.example.com/rooms/lounge/17/",
                }
            ],
        }
    ],
    "lines": [
        {"room": "Lounge & <bar>", "unread": "3 unread", "url": "https://chat.example.com/r/"}
    ],
    "settings_url": "https://chat.example.com/settings/",
    "unsubscribe_url": "https://chat.example.com/unsubscribe/1/",
    "notice": 'Your name was changed to "Erin & Co".',
}


class Reader(HTMLParser):
    """Collects the words of a page, and the addresses that it names."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._hidden += tag in {"style", "title"}
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def composed(name: str, language: str = "en") -> tuple[EmailMultiAlternatives, str]:
    """Return the letter and its HTML."""
    with translation.override(language):
        message = letters.letter(name, to="erin@example.org", context=CONTEXT)
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return message, str(html)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_there_are_letters() -> None:
    assert {"confirm_address", "reset_password", "account_changed", "invitation"} <= {*LETTERS}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_the_text_says_what_the_page_says(name: str, language: str) -> None:
    message, html = composed(name, language)
    page = " ".join(" ".join(read(html).words).split())
    for paragraph in str(message.body).split("\n\n")[:-1]:  # the last one is the signature
        words = re.sub(r" ?– https?://\S+$", "", paragraph)
        assert words in page, f"only in the text: {words}"
    assert str(CONTEXT["url"]) in unescape(html)
    assert str(CONTEXT["url"]) in str(message.body)


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_loads_nothing_and_leads_only_here(name: str, settings: Settings) -> None:
    settings.SITE_URL = "https://chat.example.com"
    _message, html = composed(name)
    reader = read(html)
    assert reader.addresses
    assert all(one.startswith("https://chat.example.com") for one in reader.addresses)
    assert not reader.tags & {"img", "link", "script", "form", "iframe"}
    assert "url(" not in html
    assert "<erin>" not in html


@pytest.mark.parametrize("name", LETTERS)
def test_a_hebrew_letter_reads_from_right_to_left(name: str) -> None:
    _message, html = composed(name, "he")
    assert '<html lang="he" dir="rtl"' in html
    assert "text-align: right" in html
    assert "text-align: left" not in html


def test_a_subject_is_one_line_that_names_the_site(settings: Settings) -> None:
    settings.SITE_URL = "https://chat.example.com"
    message, _html = composed("reset_password")
    assert message.subject == "Reset your password – chat.example.com"
