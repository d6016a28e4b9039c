"""Durations in words."""

import math

from django.utils.functional import lazy
from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86_400


def _words(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        count = max(1, math.ceil(seconds))
        shown = ngettext("%(count)d second", "%(count)d seconds", count)
    elif seconds < 2 * HOUR:
        count = math.ceil(seconds / MINUTE)
        shown = ngettext("%(count)d minute", "%(count)d minutes", count)
    elif seconds < 2 * DAY:
        count = math.ceil(seconds / HOUR)
        shown = ngettext("%(count)d hour", "%(count)d hours", count)
    else:
        count = math.ceil(seconds / DAY)
        shown = ngettext("%(count)d day", "%(count)d days", count)
    return shown % {"count": count}


# Lazy, so in the reader's language: 90.0 → "90 seconds", 7000 → "117 minutes".
words = lazy(_words, str)
