"""What a reader has chosen for the look of the site, in the page before it is painted:
`applyAppearance` in js/lib/appearance.js changes the same later."""

from datetime import datetime

from django import template
from django.template import Context
from django.utils import formats
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from msgspec import structs

from rooms.actions.accounts.appearances import appearance
from rooms.models import User
from rooms.protocol.shapes import Appearance

register = template.Library()

USUAL = structs.asdict(Appearance())
# --sunken in css/tokens.css, for the browser's own bars.
SURFACES = {"light": "#f4f2ec", "dark": "#151412"}


@register.simple_tag(takes_context=True)
def appearance_attributes(context: Context) -> SafeString:
    """For <html>: each choice that isn't the usual one. A guest's system decides."""
    chosen = structs.asdict(_chosen(context))
    marks = [
        (name, value)
        for name, value in chosen.items()
        if name != "revision" and value != USUAL[name]
    ]
    return format_html_join("", ' data-{}="{}"', marks)


@register.simple_tag(takes_context=True)
def scheme_metas(context: Context) -> SafeString:
    """For <head>: the colours until the style sheet is there, and those around the page."""
    scheme = _chosen(context).scheme
    schemes = "light dark" if scheme == "system" else scheme
    bars = [(colour, _media(name, scheme), name) for name, colour in SURFACES.items()]
    return format_html_join("", '<meta name="color-scheme" content="{}">', [(schemes,)]) + (
        format_html_join(
            "", '<meta name="theme-color" content="{}" media="{}" data-for="{}">', bars
        )
    )


@register.filter
def on_clock(moment: datetime, user: User) -> str:
    """A date with its time of day, with the hours that the reader has chosen."""
    return formats.date_format(moment, _shape("DATETIME_FORMAT", user))


@register.filter
def time_on_clock(moment: datetime, user: User) -> str:
    """The time of day alone."""
    return formats.date_format(moment, _shape("TIME_FORMAT", user))


def _shape(name: str, user: User) -> str:
    """A format of the language, all of which have 24 hours."""
    shape = str(formats.get_format(name))
    return shape.replace("H:i", "g:i A") if appearance(user).hours == "12" else shape


def _chosen(context: Context) -> Appearance:
    user = getattr(context.get("request"), "user", None)
    return appearance(user) if isinstance(user, User) else Appearance()


def _media(name: str, scheme: str) -> str:
    if scheme == "system":
        return f"(prefers-color-scheme: {name})"
    return "all" if name == scheme else "not all"
