"""What is typed into a page never goes into an address, whether the page's scripts run or not: a
browser keeps addresses in its history, and so does every log on the way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Forms that look for something: their addresses are meant to be kept and shared.
SEARCHES = {
    ("templates/admin/search_form.html", "{{ search_var }}"),
    ("templates/rooms/lobby.html", "q"),
    ("templates/rooms/_settings_members.html", "member"),
}
# Goes to the page that it is on.
IN_PLACE = {
    "templates/admin/search_form.html",
    "templates/admin/rooms/removal/add.html",
    "templates/admin/rooms/report/case.html",
    "templates/rooms/invite.html",
}
TYPED = {"input", "textarea"}
CHOSEN = {"button", "checkbox", "hidden", "image", "radio", "reset", "submit"}
# Between `{% if %}` and `{% endif %}` an attribute may be of either; for us it is there.
TAGS = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|\{%.*?%\}", re.DOTALL)


@dataclass
class Form:
    where: str
    attributes: dict[str, str]
    typed: list[str] = field(default_factory=list)  # names of fields in which one types
    redirected: list[str] = field(default_factory=list)  # buttons that send it otherwise

    @property
    def method(self) -> str:
        return self.attributes.get("method", "")


class Forms(HTMLParser):
    """Collects the forms of a template, and the fields in them."""

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
    """A template's text, with those that it includes in their places."""
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
    """What may put something typed into an address, or nowhere."""
    if form.method not in {"post", "get", "dialog"}:
        yield "says no method, so it is GET"
    if form.method == "get" and {(form.where, name) for name in form.typed} - SEARCHES:
        yield f"puts {form.typed} into the address"
    # In browsers that know no dialogs it is GET. A field without a name goes nowhere.
    if form.method == "dialog" and form.typed:
        yield f"may put {form.typed} into the address"
    if form.method != "dialog" and "action" not in form.attributes and form.where not in IN_PLACE:
        yield "says no action"
    if form.redirected:
        yield f"has buttons that send it otherwise: {form.redirected}"


def test_no_form_puts_what_is_typed_into_the_address() -> None:
    found = list(forms())
    assert len(found) > 50, "the templates have moved"
    wrong = {form.where: list(faults(form)) for form in found}
    assert {where: what for where, what in wrong.items() if what} == {}


def test_every_exception_is_one() -> None:
    """One that is mended leaves the lists."""
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
def test_the_walk_sees_what_is_wrong(text: str) -> None:
    (form,) = forms_in("one.html", text)
    assert list(faults(form))


def test_scripts_make_no_forms_of_their_own() -> None:
    """They copy those of the templates, which the walk has seen."""
    made = re.compile(
        r"""createElement\(["'](?:form|input|textarea)|(?<!dataset)\.(?:action|method)\s*=\s"""
    )
    texts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in (ROOT / "static/js").rglob("*.js")
    }
    assert {name: made.findall(text) for name, text in texts.items() if made.search(text)} == {}
