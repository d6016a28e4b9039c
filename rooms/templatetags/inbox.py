"""Why something is in the inbox, in words."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from rooms.actions.notifications.entries import Entry
from rooms.models import Room

register = template.Library()

SIGNS = {Room.Kind.PUBLIC: "#", Room.Kind.PRIVATE: "◆"}
# What comes after the author's name.
WORDS = {
    "mention": _("mentioned you in {room}"),
    "room": _("mentioned everyone in {room}"),
    "keyword": _("used one of your keywords in {room}"),
    "reply": _("replied to you in {room}"),
    "direct": _("wrote in {room}"),
}


@register.simple_tag
def inbox_reason(entry: Entry) -> SafeString:
    """What somebody did in which room: `mentioned you in #general`."""
    name = format_html("<bdi>{}{}</bdi>", SIGNS.get(Room.Kind(entry.kind), ""), entry.room)
    if entry.item.reason == "direct" and entry.room == entry.item.author.name:
        return format_html("{}", _("wrote to you"))
    return format_html(str(WORDS[entry.item.reason]), room=name)
