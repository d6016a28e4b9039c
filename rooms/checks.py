"""System checks: what an operator should know before the site opens."""

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
            "RATE_LIMITS is off: anyone can flood the site and guess passwords.",
            hint="Unset RATE_LIMITS. Turning it off is meant for benchmarks.",
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
            f"Links in emails lead to {address.origin()}, which ALLOWED_HOSTS doesn't allow.",
            hint="Add its host to ALLOWED_HOSTS, or set SITE_URL to another address.",
            id="rooms.W002",
        )
    ]
