"""Text that people write is shown as text everywhere. Every browser test fails on a console error
or a CSP violation; these texts try to cause one."""

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.site import Site

MARK = "pwned"  # the global that each of these would set or call

PAYLOADS = [
    "<script>pwned=1</script>",
    "<img src=x onerror=pwned=1>",
    "<svg onload=pwned=1>",
    "<svg><script>pwned=1</script></svg>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<body onload=pwned=1>",
    "<details open ontoggle=pwned=1>x",
    "<video><source onerror=pwned=1></video>",
    "<math><mtext><table><mglyph><style><img src=x onerror=pwned=1>",
    "<form action=javascript:pwned=1><button>go</button></form>",
    "<style>*{display:none}</style>",
    "<base href='//evil.invalid/'>",
    "</script><script>pwned=1</script>",
    "<!--><script>pwned=1</script>-->",
    '"><script>pwned=1</script>',
    "' autofocus onfocus=pwned=1 '",
    "{{constructor.constructor('pwned=1')()}}",
    "${pwned=1}",
    "&lt;script&gt;pwned=1&lt;/script&gt;",
    "<a href='javascript:pwned=1'>click</a>",
    "\u202e<script>pwned=1</script>",
    "<noscript><p title='</noscript><img src=x onerror=pwned=1>'>",
]

# In Markdown, where the shown text differs; it must only do nothing.
MARKUP = [
    "[click](javascript:pwned=1)",
    "[click](JaVaScRiPt&colon;pwned=1)",
    "[click](data:text/html,<script>pwned=1</script>)",
    "[click](vbscript:pwned)",
    "![x](javascript:pwned=1)",
    "<javascript:pwned=1>",
    "```<script>pwned=1</script>\n<img src=x onerror=pwned=1>\n```",
    "[x]: javascript:pwned=1\n\n[x]",
    "`<img src=x onerror=pwned=1>`",
    '[a](https://example.com/"onmouseover="pwned=1)',
    "https://example.com/<svg/onload=pwned=1>",
]


def assert_nothing_ran(person: Person) -> None:
    assert person.page.evaluate(f"typeof window.{MARK}") == "undefined"
    hostile = person.page.locator(
        "[data-part=rows] :is(script, iframe, object, style, base, form[action], math, video),"
        "a[href^='javascript:' i], a[href^='data:' i], a[href^='vbscript:' i],"
        "[onerror], [onload], [onfocus], [ontoggle], [onmouseover]"
    )
    expect(hostile).to_have_count(0)


def test_hostile_messages_are_shown_as_written(
    site: Site, alice: Person, bob: Person, room: str
) -> None:
    alice.opens(room)
    bob.opens(room)
    for text in PAYLOADS:
        alice.posts(text)
    alice.has_nothing_unsent()
    expect(bob.messages).to_have_count(len(PAYLOADS))
    bodies = bob.messages.locator(".message__body")
    shown = [" ".join(text.split()) for text in bodies.all_inner_texts()]
    stored = [" ".join(body.split()) for _, _, body in site.clerk.messages(room)]
    assert shown == stored
    for person in (alice, bob):
        assert_nothing_ran(person)
        person.reloads()
        assert_nothing_ran(person)


def test_hostile_markdown_does_nothing(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    bob.opens(room)
    for text in MARKUP:
        alice.composer.fill(text)
        alice.presses("Enter")
    alice.has_nothing_unsent()
    expect(bob.messages).to_have_count(len(MARKUP))
    for link in bob.messages.locator(".message__body a").all():
        link.click(modifiers=["Control"], trial=True)
    for person in (alice, bob):
        assert_nothing_ran(person)


def test_hostile_quotes_and_drafts_are_shown_as_text(alice: Person, bob: Person, room: str) -> None:
    alice.opens(room)
    bob.opens(room)
    text = "<img src=x onerror=pwned=1>"
    alice.posts(text)
    bob.sees(text)
    bob.does("Reply", text)
    expect(bob.page.locator("[data-part=reply-text]")).to_have_text(text)
    bob.types("<svg onload=pwned=1>")
    bob.reloads()
    expect(bob.page.locator("[data-part=reply-text]")).to_have_text(text)
    bob.presses("Enter")
    expect(alice.sees("<svg onload").locator(".message__quote")).to_contain_text(text)
    alice.does("Delete", "<svg onload")
    expect(alice.page.locator("[data-part=delete-text]")).to_have_text("<svg onload=pwned=1>")
    for person in (alice, bob):
        assert_nothing_ran(person)


@pytest.mark.parametrize("text", PAYLOADS[1:2] + PAYLOADS[14:16])
def test_hostile_names_are_shown_as_text(site: Site, text: str) -> None:
    eve = site.person(f"{text} Eve")
    bob = site.person("Bob")
    room = site.room(eve, bob, name=text[:60], topic=text)
    for person in (eve, bob):
        person.opens(room)
    expect(bob.page.locator("#room-topic")).to_have_text(text)
    expect(bob.page.locator("#room-name")).to_contain_text(text[:60])
    expect(eve.page.locator("[data-part=here]")).to_contain_text("Bob")
    eve.types("x")
    expect(bob.typing_line).to_contain_text(f"{text} Eve is typing")
    eve.presses("Enter")
    expect(bob.sees("x").locator(".message__author")).to_have_text(f"{text} Eve")
    expect(bob.page.locator("[data-part=here]")).to_contain_text(f"{text} Eve")
    expect(bob.page.locator(f"[data-room='{room}']")).to_contain_text(text[:60])
    for path in ("/rooms/", f"/rooms/{room}/settings/", "/accounts/profile/"):
        eve.goes_to(path)
        expect(eve.page.locator("body")).to_contain_text(text[:60])
        assert_nothing_ran(eve)
    assert_nothing_ran(bob)
