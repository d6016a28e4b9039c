"""System checks: what an operator should know before the site opens, in a sentence each."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


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
