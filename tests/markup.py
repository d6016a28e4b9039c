"""What the tests of rendered messages share: an allow-list for their HTML, and the pieces of text
whose repetition strains a parser."""

import re
from html.parser import HTMLParser

from rooms.text import highlighting

TAGS = {"p", "br", "strong", "em", "s", "a", "code", "pre", "span", "blockquote", "ul", "ol", "li"}
URL = re.compile(r"(https?://[^\s/?#@]+([/?#]\S*)?|mailto:\S+@\S+)")
REL = "noopener noreferrer nofollow ugc"

# Text that the chat's own dialect treats in its own way.
DIALECT = [
    *("\\\\a\\", "C:\\_", "¯\\_", "\\a", "a\\_", "__a", "_a_.b ", "__init__", "*-", "2*3"),
    *("x**", "重**。**", ">_<\n", "> a\n>_<\n", "2026. a\n", "- a\n2026. b\n", "1. a\n3. a\n"),
    *("1\\. a\n", ":a", ":tada:", "::", "[\u200b", "(www.a.b", "www.a.b/_c_", "_ https://a.b/x_ "),
    "https://a.b/“",
]


class Walker(HTMLParser):
    """Record everything that isn't allowed, and the text that a reader sees."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        self.wrong += [f"<{tag}> not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(f"<{tag}>")
        if tag != "br":
            self.open.append(tag)
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.wrong.append(f"{names} twice")
        if tag == "a" and set(names) != {"href", "target", "rel"}:
            self.wrong.append(f"<a> with {names}")
        self.wrong += [
            f"<{tag} {name}={value!r}>" for name, value in attrs if not allowed(tag, name, value)
        ]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.wrong.append("a comment")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append("a declaration")

    def handle_pi(self, data: str) -> None:
        self.wrong.append("a processing instruction")


def allowed(tag: str, name: str, value: str | None) -> bool:
    match tag, name:
        case "a", "href":
            return bool(URL.fullmatch(value or ""))
        case "a", "target":
            return value == "_blank"
        case "a", "rel":
            return value == REL
        case "ol", "start":
            return (value or "").isdecimal()
        case "li", "value":
            return (value or "").isdecimal()
        case "p", "class":
            return value == "emoji-only"
        case "pre", "class":
            return value == "code"
        case "code", "class":
            return (value or "").removeprefix("language-") in highlighting.LANGUAGES
        case "span", "class":
            return value in {"code-language", *highlighting.TOKEN_CLASSES}
    return False
