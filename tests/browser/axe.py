"""axe-core, which finds what keeps a page from people who don't see it, or don't point at it."""

from tests.browser.person import Person
from tests.processes import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What else a rule says holds in both schemes.
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


# What a page consists of, without its words and without the names that the admin's navigation gives
# its lines: of two pages that differ in nothing else, one is looked at.
SHAPE = """
() => [...document.querySelectorAll("body, body *:not(script)")].map((node) => [
  node.tagName,
  node.childNodes.length > 0,
  ...[...node.attributes].filter(({ name }) => !/^(href|value|id|for|data-.*)$/.test(name))
    .map(({ name, value }) => name + (/^(class|role|type)$/.test(name)
      ? value.replace(/\\b(model|app)-\\w+/g, "") : value !== "")),
].join(" ")).sort().join("\\n")
"""


class Inspector:
    """Runs axe in a page, and keeps what it finds under the name of what was looked at."""

    def __init__(self) -> None:
        self._found: dict[str, list[str]] = {}  # finding → where
        self._shapes: set[str] = set()

    def looks_at(self, person: Person, what: str, within: str = "html") -> None:
        """`within`: the part of the page that is new, of one that was looked at before."""
        shape = f"{within} {person.page.evaluate(SHAPE)}"
        if shape in self._shapes:
            return
        self._shapes.add(shape)
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
        """Each finding once, with the first page that has it."""
        return [
            f"{where[0]} and {len(where) - 1} more: {finding}"
            for finding, where in self._found.items()
        ]
