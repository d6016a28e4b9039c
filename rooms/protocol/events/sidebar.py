"""The arrangement of somebody's rooms."""

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Sidebar


class SidebarChanged(Event, frozen=True, kw_only=True, tag="sidebar.changed"):
    """You rearranged your sidebar, perhaps in another tab."""

    sent_to = "all sockets of that person"

    sidebar: Sidebar
