"""What people show beside their name (a status, do not disturb), and who is told of it."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET

from rooms import ratelimit
from rooms.actions.notifications import missed
from rooms.actions.screening import rulebook
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.errors import Invalid
from rooms.fanout.envelopes import Envelope, Subject
from rooms.fanout.hub import EVERYWHERE
from rooms.models import Ignore, User
from rooms.policy.quiet import EVERY_DAY, Plan
from rooms.protocol import shapes
from rooms.queries import custom_emoji
from rooms.text import names
from rooms.text.emoji import one_form

LONGEST = timedelta(days=366)
DAY_MINUTES = 24 * 60
SCHEDULE = ("quiet_days", "quiet_from", "quiet_to")
_COLUMNS = (
    *("is_active", "status_emoji", "status_text", "status_until", "zone", "browser_zone"),
    *("quiet_until", "quiet_lifted_until", *SCHEDULE),
)


class Signs(msgspec.Struct, frozen=True):
    """What somebody shows beside their name, now and later."""

    status: shapes.Status | None
    plan: Plan

    @classmethod
    def of(cls, user: User) -> "Signs":
        return cls(_status(user), Plan.of(user)) if user.is_active else cls(None, Plan())

    def status_at(self, now: datetime) -> shapes.Status | None:
        until = self.status.until if self.status else None
        return None if until is not None and until <= now else self.status

    def quiet_at(self, now: datetime) -> shapes.Quiet:
        return shapes.Quiet(self.plan.quiet_until(now))

    def next_change(self, now: datetime) -> datetime | None:
        status = self.status_at(now)
        ends = [status.until if status else None, self.plan.next_change(now)]
        return min((one for one in ends if one is not None), default=None)


def set_status(
    *, actor: User, emoji: str | None = None, text: str | None = None, until: datetime | None = None
) -> shapes.Status | None:
    """Replace the actor's status; without an emoji and a text, clear it. Raises Invalid, or
    Forbidden for words that the site's rules don't allow."""
    ratelimit.consume("status", actor.pk)
    picture, words = _clean_emoji(emoji or ""), names.clean_status(text or "")
    if words:
        rulebook.require_name(actor, None, words)
    is_set = bool(picture or words)
    if is_set:
        _require_ahead(until)
    with transaction.atomic():
        user = _locked(actor)
        user.status_emoji, user.status_text = picture, words
        user.status_until = until if is_set else None
        user.save(update_fields=["status_emoji", "status_text", "status_until"])
        announce(user)
    return _status(user)


def set_quiet(*, actor: User, until: datetime | None) -> shapes.Quiet:
    """Don't disturb the actor until then. None ends it, also where the schedule began it, which is
    in force again the next time. Raises Invalid."""
    ratelimit.consume("status", actor.pk)
    _require_ahead(until)
    with transaction.atomic():
        user, now = _locked(actor), timezone.now()
        user.quiet_until = until
        user.quiet_lifted_until = Plan.of(user).scheduled_end(now) if until is None else None
        user.save(update_fields=["quiet_until", "quiet_lifted_until"])
        announce_quiet(user)
    return Signs.of(user).quiet_at(now)


def set_schedule(*, actor: User, days: Collection[int], begins: int, ends: int) -> User:
    """Don't disturb the actor on these days (0: Monday) from then until then, in minutes after
    midnight of their zone, perhaps past the next one. Without days, there is no schedule."""
    ratelimit.consume("status", actor.pk)
    chosen = sum(1 << day for day in {*days})
    if not (0 <= chosen <= EVERY_DAY and {begins, ends} <= {*range(DAY_MINUTES)}):
        raise Invalid(_("There is no such day or time."))
    with transaction.atomic():
        user = _locked(actor)
        user.quiet_days, user.quiet_from, user.quiet_to = chosen, begins, ends
        user.quiet_lifted_until = None
        user.save(update_fields=[*SCHEDULE, "quiet_lifted_until"])
        announce_quiet(user)
    return user


def announce(user: User) -> None:
    """Announce what a user shows now. Call it in the transaction of the change, with the row
    locked."""
    publish_on_commit(changed(user))


def announce_quiet(user: User) -> None:
    """Announce that the user isn't to be disturbed at other times than before. A mail that was put
    off until the end may be due."""
    announce(user)
    missed.reconsider(user.pk)


def changed(user: User) -> Envelope:
    """Build the order that every process hears: each knows whose pages show the user."""
    order = {"op": "signs", "user": user.pk, "signs": msgspec.to_builtins(Signs.of(user))}
    also = {user_group(user.pk): False}
    return envelope(EVERYWHERE, order=order, about=Subject("signs", user=user.pk), also=also)


class Acquaintance(NamedTuple):
    """What a page is told of the people it shows: their signs, and which of them block its
    owner, who sees nothing of them."""

    signs: dict[int, Signs]
    hidden: frozenset[int]


def acquaintance(*, actor: User, ids: Collection[int]) -> Acquaintance:
    """Read the signs of these people. Uses index: the other person of an ignore."""
    users = User.objects.filter(pk__in=ids).only(*_COLUMNS) if ids else ()
    blocks = Ignore.objects.filter(other=actor, kind=Ignore.Kind.BLOCK)
    hidden = frozenset(blocks.values_list("user_id", flat=True))
    return Acquaintance({user.pk: Signs.of(user) for user in users}, hidden)


def _locked(actor: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=actor.pk)


def _status(user: User) -> shapes.Status | None:
    if not (user.status_emoji or user.status_text):
        return None
    picture = custom_emoji.of_reaction(user.status_emoji)
    address, still = (picture.address, picture.still or UNSET) if picture else (UNSET, UNSET)
    until = user.status_until
    return shapes.Status(user.status_emoji, user.status_text, until, address, still)


def _clean_emoji(text: str) -> str:
    if not text:
        return ""
    picture = custom_emoji.of_reaction(text.lower())
    emoji = picture.code if picture else one_form(text)
    if emoji is None:
        raise Invalid(_("Choose a single emoji."))
    return emoji


def _require_ahead(until: datetime | None) -> None:
    if until is not None and not timedelta() < until - timezone.now() <= LONGEST:
        raise Invalid(_("Choose a time in the future, within a year."))
