"""What people write, as outsiders may read it: without the names of people who don't want to be
named on the web, and without links into the site. Pure: knows no model.

The source is changed and rendered again, so that code and formatting stay what they were. Where
formatting hides a name from that (`@b**o**b`), the text is shown without its formatting.
"""

import html
import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote

from rooms.text import markup

_NAME = re.compile(r"(?<![A-Za-z0-9_/@])@([A-Za-z0-9_]{2,32})(?![A-Za-z0-9_])")
# The rest of an address after its host, without the punctuation and Markdown around it.
_REST = r"[/\\?#](?:[^\s<>\"'`)\]*~]*[^\s<>\"'`)\]*~.,;:!?])?"
# Addresses without a host that would still lead somebody in, or name a room.
_BARE = r"(?<![\w/.:@-])/(?:rooms|invite|setup|accounts|admin)/[^\s<>\"'`)\]*~]+"


def mentioned(rendered: str) -> set[str]:
    """Return the usernames after an `@` in a rendered message, in lower case."""
    return {name.lower() for name in _NAME.findall(markup.visible(rendered))}


class Curtain:
    """Hides names and links in the messages of one page.

    `hosts` are the site's names; one that begins with a dot includes its subdomains.
    `label` returns what is shown instead of a username, or None if it may be shown. `address`
    returns the address for outsiders of a link into the site, or None if there is none; `instead`
    is shown then.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        label: Callable[[str], str | None],
        address: Callable[[str], str | None],
        instead: str,
        render: Callable[[str], str] = markup.render,
    ) -> None:
        self._label, self._address, self._instead = label, address, instead
        self._render = render
        self._own = _own(tuple(hosts))
        own = self._own.pattern
        self._linked = re.compile(
            rf"\[((?:[^\[\]\\\n]|\\.)*)\]\(\s*<?({own})>?(?:\s+[\"'(][^\n]*?[\"')])?\s*\)",
            re.IGNORECASE,
        )
        self._angled = re.compile(rf"<?({own})>?", re.IGNORECASE)

    def drawn(self, body: str, rendered: str) -> str:
        """Return the HTML of a message for outsiders, from its source and its HTML."""
        if not self._shows(rendered):
            return rendered
        again = self._render(self._without(body))
        if not self._shows(again):
            return again
        plain = self._without(markup.visible(rendered).strip())
        return "<p>" + html.escape(plain).replace("\n", "<br>\n") + "</p>"

    def words(self, text: str) -> str:
        """Return text without markup for outsiders."""
        return self._without(text)

    def _shows(self, rendered: str) -> bool:
        """Whether HTML shows or links to what outsiders mustn't see."""
        text = markup.visible(rendered)
        if any(self._label(name.lower()) is not None for name in _NAME.findall(text)):
            return True
        found = self._own.findall("\n".join([text, *markup.links(rendered)]))
        return any(unquote(self._address(one) or "") != unquote(one) for one in found)

    def _without(self, body: str) -> str:
        body = self._linked.sub(self._relinked, body)
        body = self._angled.sub(self._moved, body)
        return _NAME.sub(self._renamed, body)

    def _relinked(self, found: re.Match[str]) -> str:
        address = self._address(found[2])
        return found[1] if address is None else f"[{found[1]}]({address})"

    def _moved(self, found: re.Match[str]) -> str:
        return self._address(found[1]) or self._instead

    def _renamed(self, found: re.Match[str]) -> str:
        # `_@bob_` is emphasis around a name.
        for name in (found[1], found[1].rstrip("_")):
            label = self._label(name.lower())
            if label is not None:
                return f"@{label}{found[1][len(name) :]}"
        return found[0]


def _own(hosts: tuple[str, ...]) -> re.Pattern[str]:
    """The pattern of addresses on the site, by its host names, in ASCII or as people read them."""
    spellings = {spelling for host in hosts for spelling in (host.lower(), _readable(host))}
    names = "|".join(map(_name, sorted(spellings, key=len, reverse=True)))
    scheme = r"(?:(?:https?:)?[/\\]{2}(?:[^\s/@<>]{0,64}@)?)?"
    by_host = rf"(?<![\w.-]){scheme}(?:{names})\.?(?::\d+)?{_REST}|" if names else ""
    return re.compile(f"(?:{by_host}{_BARE})", re.IGNORECASE)


def _name(host: str) -> str:
    return rf"(?:[\w-]+\.)*{re.escape(host[1:])}" if host.startswith(".") else re.escape(host)


def _readable(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna").lower()
    except UnicodeError:
        return host.lower()
