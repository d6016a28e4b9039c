"""Typed text never ends up in an address, whether or not the page's scripts run: browsers keep
addresses in their history, and so does every log on the way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Search forms: their addresses are meant to be kept and shared.
SEARCHES = {
    ("templates/admin/search_form.html", "{{ search_var }}"),
    ("templates/rooms/lobby.html", "q"),
    ("templates/rooms/search.html", "q"),
    ("templates/rooms/_sidebar.html", "q"),
    ("templates/rooms/_settings_members.html", "member"),
}
# Forms without an action, which post to their own page.
IN_PLACE = {
    "templates/admin/search_form.html",
    "templates/admin/rooms/removal/add.html",
    "templates/admin/rooms/report/case.html",
    "templates/rooms/invite.html",
}
TYPED = {"input", "textarea"}
CHOSEN = {"button", "checkbox", "hidden", "image", "radio", "reset", "submit"}
# An attribute between `{% if %}` and `{% endif %}` may be absent; here it counts as present.
TAGS = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|\{%.*?%\}", re.DOTALL)


@dataclass
class Form:
    where: str
    attributes: dict[str, str]
    typed: list[str] = field(default_factory=list)  # names of text fields
    redirected: list[str] = field(default_factory=list)  # buttons that submit it elsewhere

    @property
    def method(self) -> str:
        return self.attributes.get("method", "")


class Forms(HTMLParser):
    """Collect the forms of a template and their fields."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.found: list[Form] = []
        self._inside: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = Form(self.where, attributes)
            self.found.append(self._inside)
        elif self._inside is None:
            return
        elif tag in TYPED and attributes.get("type") not in CHOSEN and "name" in attributes:
            self._inside.typed.append(attributes["name"])
        elif "formmethod" in attributes:
            self._inside.redirected.append(str(attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = None


def including(path: Path) -> str:
    """Return a template's source with its includes expanded."""
    text = path.read_text(encoding="utf-8")

    def included(found: re.Match[str]) -> str:
        part = ROOT / "templates" / found[1]
        return including(part) if part.exists() else ""

    return re.sub(r'\{%\s*include\s+"([^"]+)".*?%\}', included, text, flags=re.DOTALL)


def forms_in(where: str, text: str) -> list[Form]:
    parser = Forms(where)
    parser.feed(TAGS.sub(" ", text))
    return parser.found


def forms() -> Iterator[Form]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from forms_in(str(path.relative_to(ROOT)), including(path))


def faults(form: Form) -> Iterator[str]:
    """Yield what could send typed text into an address, or drop it."""
    if form.method not in {"post", "get", "dialog"}:
        yield "says no method, so it is GET"
    if form.method == "get" and {(form.where, name) for name in form.typed} - SEARCHES:
        yield f"puts {form.typed} into the address"
    # Browsers without dialog support treat it as GET. A field without a name is not submitted.
    if form.method == "dialog" and form.typed:
        yield f"may put {form.typed} into the address"
    if form.method != "dialog" and "action" not in form.attributes and form.where not in IN_PLACE:
        yield "says no action"
    if form.redirected:
        yield f"has buttons that send it otherwise: {form.redirected}"


def test_no_form_puts_typed_text_into_the_address() -> None:
    found = list(forms())
    assert len(found) > 50, "the templates have moved"
    wrong = {form.where: list(faults(form)) for form in found}
    assert {where: what for where, what in wrong.items() if what} == {}


def test_every_listed_exception_is_still_needed() -> None:
    """A form that has been fixed must leave the lists."""
    found = list(forms())
    searches = {(form.where, name) for form in found if form.method == "get" for name in form.typed}
    assert searches >= SEARCHES
    assert {form.where for form in found if "action" not in form.attributes} >= IN_PLACE


@pytest.mark.parametrize(
    "text",
    [
        "<form><input name=a></form>",
        '<form method="get" action="/"><input name="a"></form>',
        '<form method="get" action="/"><textarea name="a"></textarea></form>',
        '<form method="dialog"><input type="text" name="a"></form>',
        '<form method="post"><input name="a"></form>',
        '<form method="post" action="/"><button formmethod="get">x</button></form>',
    ],
)
def test_the_walk_notices_bad_forms(text: str) -> None:
    (form,) = forms_in("one.html", text)
    assert list(faults(form))


def test_scripts_create_no_forms_of_their_own() -> None:
    """Scripts only clone the templates' forms, which the walk has checked."""
    made = re.compile(
        r"""createElement\(["'](?:form|input|textarea)|(?<!dataset)\.(?:action|method)\s*=\s"""
    )
    texts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in (ROOT / "static/js").rglob("*.js")
    }
    assert {name: made.findall(text) for name, text in texts.items() if made.search(text)} == {}
