"""People: their names and signs, and what somebody chose for themselves."""

from rooms.protocol.events.event import Event
from rooms.protocol.shapes import Appearance, Attendant, Ignored, Person


class PersonChanged(Event, frozen=True, kw_only=True, tag="person.changed"):
    """Someone changed their name or avatar, or their account was closed or reopened. `room` is
    null: it applies in every room."""

    sent_to = (
        "sockets that have one of their rooms open, and those of people in direct rooms with them"
    )

    room: str | None
    person: Person


class PeopleChanged(Event, frozen=True, kw_only=True, tag="people.changed"):
    """People whom this page watches came, went, fell idle, or have another status or quiet. Changes
    are gathered for a quarter of a second."""

    sent_to = "sockets that watch any of these people"

    people: list[Attendant]


class IgnoredChanged(Event, frozen=True, kw_only=True, tag="ignored.changed"):
    """You started or stopped ignoring someone. `notification.withdrawn` follows for each item of
    your inbox that is no longer unread, `reads.changed` if that changes an unread count."""

    sent_to = "all sockets of that person"

    ignored: Ignored


class AppearanceChanged(Event, frozen=True, kw_only=True, tag="appearance.changed"):
    """You changed how the site looks to you, perhaps in another tab."""

    sent_to = "all sockets of that person"

    appearance: Appearance
