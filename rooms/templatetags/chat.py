"""What the pages' templates ask of Python."""

import functools
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import Parser, Token, VariableNode
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi

from rooms import events, protocol
from rooms.models import User

register = template.Library()

HUES = 12  # of css/avatar.css
# Nothing said in JSON can end the script element or start a comment in it.
ESCAPES = (b"<", rb"\u003C"), (b">", rb"\u003E"), (b"&", rb"\u0026")


def in_script(value: Any) -> SafeString:
    """Whatever the wire carries, as JSON for a script element."""
    text = protocol.encode(value)
    for character, escape in ESCAPES:
        text = text.replace(character, escape)
    return SafeString(text.decode())


@register.simple_tag
def script_data(value: Any, element_id: str) -> SafeString:
    """What the page's scripts read. Django's `json_script` knows no JSON inside of JSON, which the
    messages are, and takes a millisecond for fifty of them."""
    return format_html(
        '<script id="{}" type="application/json">{}</script>', element_id, in_script(value)
    )


class Constant(Node):
    """Renders what is inside once per process and language."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._texts: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        text = self._texts.get(language)
        if text is None:
            text = self._texts[language] = self.nodelist.render(context.new())
        return text


@register.tag
def constant(parser: Parser, token: Token) -> Constant:
    """`{% constant %}…{% endconstant %}`: the same on each page, for everybody who reads this
    language, as long as the process runs. Raises TemplateSyntaxError for a variable, which it
    would know nothing of."""
    nodelist = parser.parse(("endconstant",))
    parser.delete_first_token()
    if variables := nodelist.get_nodes_by_type(VariableNode):
        raise TemplateSyntaxError(f"This is not constant: {variables[0]}")
    return Constant(nodelist)


@register.simple_tag
def sidebar_room(item: protocol.RoomSummary, room: protocol.Room | None) -> SafeString:
    """A line of the sidebar. `room`: the one that is shown, if any."""
    draw = _sidebar_room.__wrapped__ if settings.DEBUG else _sidebar_room
    current = room is not None and room.slug == item.slug
    return draw(item, current=current, language=get_language())


@functools.lru_cache(maxsize=4096)
def _sidebar_room(item: protocol.RoomSummary, *, current: bool, language: str | None) -> SafeString:
    """All that it shows is in its key, so it can't be old. But its template can, while somebody
    works on it."""
    return render_to_string("rooms/_sidebar_room.html", {"item": item, "current": current})


@register.simple_tag
def page_language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@register.simple_tag
def page_direction() -> str:
    return "rtl" if get_language_bidi() else "ltr"


@register.simple_tag
def languages_offered() -> list[tuple[str, str]]:
    """Each by its own name: Django's tag of this kind names them in the language of the page, which
    who looks for their own may not read."""
    return list(settings.LANGUAGES)


@register.simple_tag
def oidc_name() -> str:
    """What the site is called that people may log in through; nothing when there is none."""
    return settings.OIDC.name


@register.simple_tag
def catalogue() -> SafeString:
    """What the scripts translate with; it has to stand before them. Nothing in English, which they
    are written in."""
    language = get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return SafeString("")
    address = staticfiles_storage.url(catalogue_file(language))
    return format_html('<script defer src="{}"></script>', address)


def catalogue_file(language: str) -> str:
    """Beneath static/. Outside of js/, as each reader needs one of them at most."""
    return f"languages/{language}.js"


@register.simple_tag
def avatar(person: User | protocol.Person | protocol.Member, size: str = "") -> SafeString:
    """Somebody's picture or initials. `size`: small, large, or nothing."""
    shown = events.person(person) if isinstance(person, User) else person
    return _avatar(shown.avatar, initials(shown.name), shown.id % HUES, size)


@functools.lru_cache(maxsize=4096)
def _avatar(url: str | None, initials: str, hue: int, size: str) -> SafeString:
    pixels = {"small": 24, "large": 80}.get(size, 36)
    shown = {"url": url, "initials": initials, "hue": hue, "size": size, "pixels": pixels}
    return render_to_string("rooms/_avatar.html", shown)


@register.simple_tag
def site_name() -> str:
    return str(settings.SITE_NAME)


@register.simple_tag
def nobody_yet() -> bool:
    """The site has no account: only the set-up link leads on."""
    return not User.objects.exists()


def initials(name: str) -> str:
    """One or two letters, the same as `initials` of js/lib/words.js."""
    words = name.split()
    letters = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in letters) or "?"
