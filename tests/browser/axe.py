"""axe-core, which finds what keeps people who can't see or can't use a pointer out of a page."""

from collections.abc import Iterator

from tests.browser.person import Person
from tests.processes import ROOT
from tests.services import need

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# All other rules have the same result in both schemes.
OF_COLOURS = ["color-contrast", "link-in-text-block"]

RUN = """
async ([within, type, values]) => {
  const options = { runOnly: { type, values }, resultTypes: ["violations"], preload: false };
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const running = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.allSettled(running.map(({ finished }) => finished));
  const { violations } = await axe.run(within, options);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, any, all }) =>
    `${id}: ${html.slice(0, 200)} ${[...any, ...all].map(({ message }) => message)[0] ?? ""}`));
}
"""


# The structure of a page's content and that of what is around it, without their words and without
# the names that the admin's navigation gives its lines: a page is inspected if one of them is new.
SHAPES = """
() => {
  const shapes = [new Set(), new Set()];
  for (const node of document.querySelectorAll("body, body *:not(script)")) {
    const attributes = [...node.attributes]
      .filter(({ name }) => !/^(href|value|id|for|data-.*)$/.test(name))
      .map(({ name, value }) => name + (/^(class|role|type)$/.test(name)
        ? value.replace(/\\b(model|app)-\\w+/g, "") : value !== ""));
    const line = [node.tagName, node.childNodes.length > 0, ...attributes];
    shapes[node.closest("main") ? 1 : 0].add(line.join(" "));
  }
  return shapes.map((shape) => [...shape].sort().join("\\n"));
}
"""


class Inspector:
    """Run axe in pages, and keep the findings by the name of the page."""

    def __init__(self, shapes: set[str]) -> None:
        self._found: dict[str, list[str]] = {}  # finding → pages
        self._shapes = shapes  # those that have been inspected

    def looks_at(self, person: Person, what: str, within: str = "html") -> None:
        """Inspect a page, or only the part `within` it that is new."""
        shapes = {f"{within} {shape}" for shape in person.page.evaluate(SHAPES)}
        if shapes <= self._shapes:
            return
        self._shapes |= shapes
        person.page.evaluate(AXE.read_text())
        person.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self._run(person, what, [within, "tag", RULES])
        person.page.emulate_media(color_scheme="dark")
        self._run(person, f"{what}, dark", [within, "rule", OF_COLOURS])
        person.page.emulate_media(color_scheme="light")

    def _run(self, person: Person, what: str, how: list[object]) -> None:
        for finding in person.page.evaluate(RUN, how):
            self._found.setdefault(finding, []).append(what)

    @property
    def found(self) -> list[str]:
        """Return each finding once, with the first page that has it."""
        return [
            f"{where[0]} and {len(where) - 1} more: {finding}"
            for finding, where in self._found.items()
        ]


def inspecting(shapes: set[str]) -> Iterator[Inspector]:
    """An inspector for a test. At the end, it must have found nothing."""
    need("axe-core (make check brings it)", str(AXE) if AXE.exists() else None)
    inspector = Inspector(shapes)
    yield inspector
    assert not inspector.found, "\n".join(inspector.found)
