"""What to set before the public comes: what isn't yet so on this installation."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LOCAL = {"localhost", "127.0.0.1", "[::1]"}


class Point(NamedTuple):
    """Something to do. `setting` is how it is written in the environment, if it is one."""

    is_open: Callable[[], bool]
    title: str | Promise
    words: str | Promise
    setting: str = ""


# The most urgent first.
POINTS = [
    Point(
        lambda: settings.DEBUG,
        _("Turn off debugging"),
        _("Error pages show the site's insides to anyone."),
        "DEBUG=off",
    ),
    Point(
        lambda: not settings.RATE_LIMITS,
        _("Turn on the limits"),
        _("Anyone can flood the site and guess passwords."),
        "RATE_LIMITS=on",
    ),
    Point(
        lambda: not set(settings.ALLOWED_HOSTS) - LOCAL,
        _("Name the site's address"),
        _("Only this machine can open the site so far."),
        "ALLOWED_HOSTS={host}",
    ),
    Point(
        lambda: not settings.TLS,
        _("Serve it over https"),
        _(
            "Without it, anyone on the way can read along. Put a proxy in front of the site, "
            "and name the address."
        ),
        "CSRF_TRUSTED_ORIGINS=https://{host}",
    ),
    Point(
        lambda: settings.TLS and not settings.TRUSTED_PROXIES,
        _("Name the proxy"),
        _("Otherwise all visitors count as one, and the limits soon stop everyone."),
        "TRUSTED_PROXIES=127.0.0.1",
    ),
    Point(
        lambda: not settings.SITE_URL,
        _("Say where links lead"),
        _("Links in mails and invitations begin with this address."),
        "SITE_URL=https://{host}",
    ),
    Point(
        lambda: not settings.MAIL.host,
        _("Set up mail"),
        _("Nobody can reset a forgotten password without it."),
        "EMAIL_URL=smtp://user:password@mail.example.com?from=chat@{host}",
    ),
    Point(
        lambda: not settings.STAFF_MFA,
        _("Ask moderators for a second factor"),
        _("Then a stolen password alone opens neither the admin nor these settings."),
        "STAFF_MFA=on",
    ),
    Point(
        lambda: True,
        _("Back it up"),
        _("Copy the data folder to another machine every day, and try once to restore it."),
    ),
]


def open_points() -> list[Point]:
    """Return what is left to do, the most urgent first. A backup can't be seen from here, so it is
    always among it."""
    host = urlsplit(settings.SITE_URL).hostname or "chat.example.com"
    return [
        point._replace(setting=point.setting.format(host=host))
        for point in POINTS
        if point.is_open()
    ]
