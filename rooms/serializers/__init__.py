"""Models → wire: the only serializers. WebSocket, pages and (later) the API share them."""

from rooms.serializers.changes import activity, change, posted, reacted, replay, turned
from rooms.serializers.cursors import all_read, read_changed, reads_changed
from rooms.serializers.inbox import inbox_items
from rooms.serializers.messages import (
    link_preview,
    message,
    named,
    new_message,
    raw,
    reply,
    to_asker,
)
from rooms.serializers.online import presence
from rooms.serializers.people import avatar, member, neighbour, person, profile
from rooms.serializers.removals import preview, removal
from rooms.serializers.rooms import mention_by, mute, notify, room, room_updated, summary, title
from rooms.serializers.sites import site

__all__ = [
    "activity",
    "all_read",
    "avatar",
    "change",
    "inbox_items",
    "link_preview",
    "member",
    "mention_by",
    "message",
    "mute",
    "named",
    "neighbour",
    "new_message",
    "notify",
    "person",
    "posted",
    "presence",
    "preview",
    "profile",
    "raw",
    "reacted",
    "read_changed",
    "reads_changed",
    "removal",
    "replay",
    "reply",
    "room",
    "room_updated",
    "site",
    "summary",
    "title",
    "to_asker",
    "turned",
]
