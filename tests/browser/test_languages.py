"""Two people talk, each on a page in their own language, one of them right-to-left."""

import re

from playwright.sync_api import expect

from tests.browser.site import Site

SIDE = """
node => {
  const box = node.getBoundingClientRect();
  const row = node.closest("article").getBoundingClientRect();
  return row.right - box.right < box.left - row.left ? "right" : "left";
}
"""


def test_a_german_and_a_hebrew_page_show_one_conversation(site: Site) -> None:
    greta = site.person("Greta", locale="de-DE")
    dana = site.person("Dana", locale="he-IL", viewport={"width": 360, "height": 740})
    room = site.room(greta, dana, name="שלום", topic="Hallo, Welt!")
    greta.opens(room)
    dana.opens(room)
    for person, language, direction in ((greta, "de", "ltr"), (dana, "he", "rtl")):
        page = person.page.locator("html")
        expect(page).to_have_attribute("lang", language)
        expect(page).to_have_attribute("dir", direction)

    expect(greta.page.locator("[data-part=here]")).to_contain_text("Dana")
    greta.types("Wie geht es dir")
    expect(dana.typing_line).to_have_text(re.compile("הקלדה: .?Greta.?…"))
    greta.composer.press("Enter")
    greta_said = dana.sees("Wie geht es dir").locator(".message__body")
    dana.posts("הכול טוב, Greta! (באמת)")
    dana_said = greta.sees_sent("הכול טוב").locator(".message__body")
    expect(greta.page.locator(".day time").first).to_have_text("Heute")
    expect(dana.page.locator(".day time").first).to_have_text("היום")
    # Each text keeps its own direction and is aligned as the page is.
    assert greta_said.evaluate("node => getComputedStyle(node).direction") == "ltr"
    assert greta_said.evaluate(SIDE) == "right"
    assert dana_said.evaluate("node => getComputedStyle(node).direction") == "rtl"
    assert dana_said.evaluate(SIDE) == "left"

    greta.does("Löschen", "Wie geht es dir")
    expect(greta.toast).to_contain_text("Nachricht gelöscht.")
    greta.toast.get_by_role("button", name="Rückgängig").click()
    greta.sees("Wie geht es dir")

    dana.clicks("חדרים")
    drawer = dana.page.locator("#sidebar")
    expect(drawer).to_be_in_viewport(ratio=1)
    box = drawer.bounding_box()
    assert box
    assert box["x"] + box["width"] == 360, "it opens from the page's starting edge"
    greta.goes_to(f"/rooms/{room}/settings/").clicks("Link erstellen")
    until = greta.page.locator(".rows time")
    expect(until).to_have_text(re.compile(r"^\w+, \d+\. \w+ \d{4} um \d\d:\d\d$"))
    for path in (f"/rooms/{room}/", "/rooms/", f"/rooms/{room}/settings/", "/accounts/profile/"):
        dana.goes_to(path)
        assert dana.overflow == 0, path
