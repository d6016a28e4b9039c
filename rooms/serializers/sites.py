"""The site itself."""

import functools

from django.conf import settings
from django.urls import reverse

from rooms import colours
from rooms.protocol import shapes
from rooms.queries import site as sites


@functools.lru_cache(maxsize=4)
def site(known: sites.Site) -> shapes.Site:
    style = None
    if known.accent:
        marks = [known.accent.removeprefix("#"), colours.digest(known.accent)]
        style = reverse("accent", args=marks)
    logo = f"{settings.MEDIA_URL}site/{known.logo}" if known.logo else None
    return shapes.Site(known.name, logo, style, known.room_makers)  # type: ignore[arg-type]
