"""What the whole site has."""

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Site


class SiteChanged(Event, frozen=True, kw_only=True, tag="site.changed"):
    """The site's name, logo or colour changed, or who may create rooms."""

    sent_to = "everyone"

    site: Site


class EmojiChanged(Event, frozen=True, kw_only=True, tag="emoji.changed"):
    """One of the site's own emoji was added or removed. Their list has a new `revision`."""

    sent_to = "everyone"

    revision: int
