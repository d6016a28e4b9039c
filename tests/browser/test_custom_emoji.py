"""The site's own emoji: added on a page, written and reacted with in another, gone when removed."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.axe import Inspector
from tests.browser.person import Person
from tests.browser.site import Site

PAGE = "/settings/site/emoji/"


def animation() -> bytes:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("teal", "gold", "plum")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)
    return buffer.getvalue()


def adds(owner: Person, name: str) -> None:
    owner.goes_to(PAGE)
    drawing = FilePayload(name="drawing.gif", mimeType="image/gif", buffer=animation())
    owner.page.locator("input[type=file]").set_input_files(drawing)
    owner.fills(name=name)
    owner.clicks("Add")
    expect(owner.page.get_by_text(f"“:{name}:” was added.")).to_be_visible()


def removes(owner: Person, name: str) -> None:
    owner.goes_to(PAGE)
    owner.clicks(f"Remove :{name}:")
    expect(owner.page.get_by_text(f"“:{name}:” was removed.")).to_be_visible()


def picture(within: Person | Locator, name: str) -> Locator:
    where = within.page if isinstance(within, Person) else within
    return where.locator(f"img.emoji[alt=':{name}:']")


def is_drawn(image: Locator) -> None:
    """Loaded and decoded, not only there."""
    expect(image).to_be_visible()
    image.evaluate("image => image.decode()")


@pytest.fixture
def olga(site: Site) -> Person:
    return site.person("Olga Olsen", staff=True)


def test_one_is_added_written_reacted_with_and_removed(
    site: Site, olga: Person, inspector: Inspector
) -> None:
    zoe, yan = site.person("Zoe Zander"), site.person("Yan Yu")
    room = site.room(zoe, yan)
    zoe.opens(room)
    yan.opens(room)
    olga.goes_to(PAGE)
    inspector.looks_at(olga, "no custom emoji")
    adds(olga, "zoe_dance")
    inspector.looks_at(olga, "custom emoji")

    # In an open page: the composer completes it, and a reader sees it.
    zoe.types("Look :zoe_d")
    option = zoe.page.get_by_role("option", name=":zoe_dance:")
    is_drawn(picture(option, "zoe_dance"))
    zoe.presses("Enter")
    expect(zoe.composer).to_have_value("Look :zoe_dance: ")
    zoe.presses("Enter")
    shown = yan.messages.filter(has_text="Look", has=yan.page.locator("img.emoji"))
    is_drawn(picture(shown.locator(".message__body"), "zoe_dance"))
    expect(shown).to_have_attribute("aria-label", re.compile("Look :zoe_dance:"))
    height = "node => node.getBoundingClientRect().height"
    assert shown.locator(".message__body").evaluate(height) < 40, "one line, in line with the text"

    # As a reaction, from the picker, where it is found and has a section of its own.
    zoe.posts("And this?")
    yan.does("React", "And this?")
    yan.message("And this?").get_by_role("button", name="More emoji").click()
    dialog = yan.page.get_by_role("dialog", name="Emoji")
    is_drawn(picture(dialog.get_by_role("region", name="This site"), "zoe_dance"))
    yan.page.keyboard.type("dance")
    dialog.get_by_role("button", name="zoe dance").first.click()
    chip = zoe.message("And this?").locator(".reaction")
    is_drawn(picture(chip, "zoe_dance"))
    expect(chip).to_have_attribute("aria-label", re.compile("^:zoe_dance: 1: Yan Yu"))

    # Alone it is larger.
    zoe.posts(":zoe_dance:")
    alone = picture(yan.page.locator(".emoji-only"), "zoe_dance")
    small = picture(shown.locator(".message__body"), "zoe_dance")
    is_drawn(alone)
    width = "image => image.getBoundingClientRect().width"
    assert alone.evaluate(width) > 1.5 * small.evaluate(width)

    removes(olga, "zoe_dance")
    expect(shown).to_have_count(0)
    expect(yan.message("Look :zoe_dance:")).to_be_visible()
    expect(chip).to_have_text(re.compile(":zoe_dance:"))
    yan.reloads()
    expect(yan.message("Look :zoe_dance:")).to_be_visible()
    expect(yan.page.locator("img.emoji")).to_have_count(0)


def test_it_stands_still_for_people_who_want_no_motion(site: Site, olga: Person) -> None:
    adds(olga, "still_life")
    quiet = site.person("Quentin Quiet", reduced_motion="reduce")
    room = site.room(quiet)
    quiet.opens(room)
    site.clerk.post(room, quiet.username, "See :still_life:")
    image = picture(quiet, "still_life")
    is_drawn(image)
    assert image.evaluate("image => image.currentSrc").endswith("-still.webp")
    quiet.page.emulate_media(reduced_motion="no-preference")
    quiet.page.wait_for_function(
        "image => image.complete && !image.currentSrc.endsWith('-still.webp')",
        arg=image.element_handle(),
    )
    # By their own choice on the page of settings, as another tab tells it.
    quiet.page.evaluate(
        "document.documentElement.dataset.motion = 'reduced';"
        "document.dispatchEvent(new Event('appearance'))"
    )
    quiet.page.wait_for_function(
        "image => image.currentSrc.endsWith('-still.webp')", arg=image.element_handle()
    )
    removes(olga, "still_life")


def test_the_picker_leads_those_who_may_to_the_page(site: Site, olga: Person) -> None:
    zoe = site.person("Zoe Zola")
    room = site.room(zoe, olga)
    for person, may in ((olga, True), (zoe, False)):
        person.opens(room)
        person.clicks("Emoji")
        link = person.page.get_by_role("link", name="Add emoji")
        expect(person.page.get_by_role("textbox", name="Search emoji")).to_be_focused()
        expect(link).to_be_visible(visible=may)
    zoe.trouble.expect("status of 403")
    zoe.goes_to(PAGE)
    expect(
        zoe.page.get_by_text("Only the people who moderate the site can do that.")
    ).to_be_visible()
