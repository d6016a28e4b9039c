"""What muted people are told when they try to write."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import ChatError, Muted
from rooms.policy import sanctions
from rooms.policy.sanctions import Sanctioned
from rooms.text import durations

MUTED_SO_FAR = _("You were muted until just now. Try again.")


def refusal(user_id: int, room_id: int) -> ChatError:
    """The refusal for people who are muted in a room or on the whole site."""
    mutes = [sanctions.mute(user_id, room_id), sanctions.mute(user_id, None)]
    return refusal_of([one for one in mutes if one is not None])


def lasting(held: Iterable[Sanctioned]) -> Sanctioned | None:
    """The sanction that ends last, if there is one."""
    found = [*held]
    for_good = next((one for one in found if one.until is None), None)
    return for_good or max(found, key=lambda one: one.until or timezone.now(), default=None)


def refusal_of(held: Iterable[Sanctioned]) -> ChatError:
    """The refusal for people under these mutes."""
    last = lasting(held)
    if last is None:
        return Muted(MUTED_SO_FAR, retry_after=0.1)
    if last.until is None:
        return Muted(_("You can read here, but not write. %(reason)s"), reason=last.reason)
    wait = max(0.1, (last.until - timezone.now()).total_seconds())
    return Muted(
        _("You can read here, but not write for another %(wait)s. %(reason)s"),
        wait=durations.words(wait),
        reason=last.reason,
        retry_after=round(wait, 1),
    )
