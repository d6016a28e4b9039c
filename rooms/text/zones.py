"""Time zones, by their IANA names."""

import functools
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext_lazy as _

from rooms.errors import Invalid

LONGEST = 64  # characters
# The others are old names of the same zones, or offsets.
_AREAS = (
    *("Africa", "America", "Antarctica", "Asia", "Atlantic"),
    *("Australia", "Europe", "Indian", "Pacific"),
)


@functools.cache
def known() -> frozenset[str]:
    """The zones of this machine's database. It reads hundreds of files, once."""
    return frozenset(available_timezones())


@functools.cache
def offered() -> dict[str, list[str]]:
    """The zones to choose from, by area: those that are named after a place."""
    areas: dict[str, list[str]] = {area: [] for area in _AREAS}
    for name in sorted(known()):
        area, _slash, place = name.partition("/")
        if place and area in areas:
            areas[area].append(name)
    return areas


def zone(name: str) -> tzinfo:
    """Return the zone of this name; UTC if there is none, or none is named."""
    return ZoneInfo(name) if name in known() else UTC


def clean_zone(text: str) -> str:
    """Return the zone; empty stays empty. Raises Invalid for a zone that doesn't exist."""
    name = text.strip()
    if name and name not in known():
        raise Invalid(_("There is no such time zone."))
    return name
