"""Template tags of the pages."""

import base64
import functools
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import Parser, Token, VariableNode
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext

from rooms import serializers
from rooms.models import User
from rooms.protocol import codec, shapes
from rooms.protocol.values import MutedRooms
from rooms.queries import site
from rooms.queries.site import Site

register = template.Library()

HUES = 12  # of css/avatar.css
LATIN = "vendor/inter-5.3.0/files/inter-latin-wght-normal.woff2"
HEBREW = "vendor/heebo-5.3.0/files/heebo-hebrew-wght-normal.woff2"
# So that no JSON can end the script element or start a comment in it.
ESCAPES = (b"<", rb"\u003C"), (b">", rb"\u003E"), (b"&", rb"\u0026")


def in_script(value: Any) -> SafeString:
    """Encode a value of the protocol as JSON for a script element."""
    text = codec.encode(value)
    for character, escape in ESCAPES:
        text = text.replace(character, escape)
    return SafeString(text.decode())


@register.simple_tag
def script_data(value: Any, element_id: str) -> SafeString:
    """Data for the page's scripts. Django's `json_script` can't embed values that are JSON already,
    as messages are, and takes a millisecond for fifty of them."""
    return format_html(
        '<script id="{}" type="application/json">{}</script>', element_id, in_script(value)
    )


class Constant(Node):
    """Renders its content once per process and language."""

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
    """`{% constant %}…{% endconstant %}`: content that is the same on every page in a language, so
    that it is rendered only once. Raises TemplateSyntaxError if it contains a variable, since the
    context would be missing."""
    nodelist = parser.parse(("endconstant",))
    parser.delete_first_token()
    if variables := nodelist.get_nodes_by_type(VariableNode):
        raise TemplateSyntaxError(f"This is not constant: {variables[0]}")
    return Constant(nodelist)


@register.simple_tag
def sidebar_room(
    item: shapes.RoomSummary, room: shapes.Room | None, muted: MutedRooms = "mentions"
) -> SafeString:
    """A room in the sidebar. `room` is the current one, if any; `muted` is what counts in a muted
    one."""
    draw = _sidebar_room.__wrapped__ if settings.DEBUG else _sidebar_room
    current = room is not None and room.slug == item.slug
    return draw(item, current=current, count=counted(item, muted), language=get_language())


@functools.lru_cache(maxsize=4096)
def _sidebar_room(
    item: shapes.RoomSummary, *, current: bool, count: int, language: str | None
) -> SafeString:
    """Cached: the arguments determine all of it, so it can't get stale. Its template can, which is
    why DEBUG bypasses the cache."""
    context = {"item": item, "current": current, "count": count}
    return render_to_string("rooms/_sidebar_room.html", context)


def counted(item: shapes.RoomSummary, muted: MutedRooms) -> int:
    """What counts as unread in the list: `counted` in js/reading/unread.js does the same later."""
    if item.notify.level != "nothing":
        return item.unread
    return 0 if muted == "nothing" else min(item.unread, item.mentions)


@register.simple_tag
def page_language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@register.simple_tag
def page_direction() -> str:
    return "rtl" if get_language_bidi() else "ltr"


@register.simple_tag
def languages_offered() -> list[tuple[str, str]]:
    """The languages, each by its own name. Django's tag names them in the language of the page,
    which people who look for their own may not read."""
    return list(settings.LANGUAGES)


@register.simple_tag
def oidc_name() -> str:
    """The name of the OpenID Connect provider, or an empty string if there is none."""
    return settings.OIDC.name


@register.simple_tag
def catalogue() -> SafeString:
    """The script with the translations, which must come before the others. Nothing for English, the
    language they are written in."""
    language = get_language() or settings.LANGUAGE_CODE
    if language == settings.LANGUAGE_CODE:
        return SafeString("")
    address = staticfiles_storage.url(catalogue_file(language))
    return format_html('<script defer src="{}"></script>', address)


def catalogue_file(language: str) -> str:
    """Its path in static/. Outside js/, since a page needs at most one of them."""
    return f"languages/{language}.js"


def typeface_files(language: str) -> list[str]:
    """The parts of the typeface that every page in a language needs: paths in static/."""
    return [LATIN, HEBREW] if language == "he" else [LATIN]


@register.simple_tag
def typeface() -> SafeString:
    """Links that make the browser load the typeface before the style sheet has come."""
    files = typeface_files(get_language() or settings.LANGUAGE_CODE)
    return format_html_join(
        "\n",
        '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>',
        ((staticfiles_storage.url(name),) for name in files),
    )


@register.simple_tag
def avatar(person: User | shapes.Person | shapes.Member, size: str = "") -> SafeString:
    """A person's picture or initials. `size` is small, large or empty."""
    shown = serializers.person(person) if isinstance(person, User) else person
    return _avatar(shown.avatar, initials(shown.name), shown.id % HUES, size)


@functools.lru_cache(maxsize=4096)
def _avatar(url: str | None, initials: str, hue: int, size: str) -> SafeString:
    pixels = {"small": 24, "large": 80}.get(size, 36)
    shown = {"url": url, "initials": initials, "hue": hue, "size": size, "pixels": pixels}
    return render_to_string("rooms/_avatar.html", shown)


def _site(context: Context) -> Site:
    """The site as it is now. A page without a request is about a failure, which may be the
    database's."""
    return site.current() if "request" in context else site.known()


@register.simple_tag(takes_context=True)
def site_name(context: Context) -> str:
    return _site(context).name


@register.simple_tag(takes_context=True)
def site_mark(context: Context) -> SafeString:
    """The site's logo and name, as they stand at the top of a page; drawn again by
    `drawSite` in js/navigation/site.js."""
    shown = serializers.site(_site(context))
    name = format_html("<bdi>{}</bdi>", shown.name)
    if not shown.logo:
        return name
    return format_html('<img class="site-name__logo" src="{}" alt="">{}', shown.logo, name)


@register.simple_tag(takes_context=True)
def site_look(context: Context) -> SafeString:
    """What the head of a page says of the site's look: its icon on a home screen, its colour."""
    shown = serializers.site(_site(context))
    icon = shown.logo or staticfiles_storage.url("icons/icon-192.png")
    look = format_html('<link rel="apple-touch-icon" href="{}">', icon)
    if shown.style:
        look += format_html('<link rel="stylesheet" href="{}" id="accent">', shown.style)
    return look


@register.simple_tag(takes_context=True)
def makes_rooms(context: Context) -> bool:
    """Whether the reader may create rooms; later, `drawSite` shows it."""
    user = context["request"].user
    return _site(context).everyone_makes_rooms or user.moderates_site


@register.simple_tag(takes_context=True)
def retention(context: Context) -> str:
    """What the owner says about how long things are kept; may be empty."""
    return _site(context).retention


@register.simple_tag
def room_topic(room: shapes.Room) -> str:
    """What the header says below the room's name, the same as `topicOf` in js/lib/partners.js."""
    people = room.people or ()
    closed = [person.name for person in people if person.active is False]
    if not closed:
        return room.topic
    if len(people) == 1:
        return gettext("This account is closed.")
    return gettext("Closed accounts: %(names)s") % {"names": ", ".join(closed)}


@register.simple_tag
def qr_code(text: str) -> str:
    """A picture of the text for a phone's camera, as the address of an image."""
    # Imported late: it is for two pages that are seldom opened.
    import qrcode
    from qrcode.image.svg import SvgPathImage

    drawn = qrcode.make(text, image_factory=SvgPathImage, border=2).to_string()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode()}"


@register.simple_tag
def nobody_yet() -> bool:
    """Whether the site has no accounts yet, so that only the set-up link works."""
    return not User.objects.exists()


def initials(name: str) -> str:
    """One or two letters, the same as `initials` in js/lib/labels.js."""
    words = name.split()
    letters = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in letters) or "?"
