"""System checks: what an operator should know before the site opens, in a sentence each."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.http.request import split_domain_port, validate_host

from rooms import address


@register(Tags.security, deploy=True)
def check_rate_limits(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    if settings.RATE_LIMITS:
        return []
    return [
        Warning(
            "RATE_LIMITS is off: anybody can flood the site and guess passwords.",
            hint="Unset RATE_LIMITS; it is meant for measuring.",
            id="rooms.W001",
        )
    ]


@register(Tags.security)
def check_address(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    name, _port = split_domain_port(address.host())
    if validate_host(name, settings.ALLOWED_HOSTS):
        return []
    return [
        Warning(
            f"Links in mails lead to {address.origin()}, which ALLOWED_HOSTS doesn't let in.",
            hint="Name its host in ALLOWED_HOSTS, or another address in SITE_URL.",
            id="rooms.W002",
        )
    ]
