"""Add, change and delete the rules for messages, of the site and of single rooms."""

import secrets
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.actions import audit
from rooms.errors import Invalid
from rooms.models import Installation, Room, Rule, User
from rooms.policy.site import require_staff
from rooms.text import matcher

MAX_NOTE = 250  # characters


def add_rule(
    *, actor: User, kind: str, pattern: str, action: str, room: Room | None = None, note: str = ""
) -> Rule:
    """Add a rule for a room, or, without one, for the site. It applies from the next message on."""
    rule = Rule(created_by=actor)
    with transaction.atomic():
        require_staff(actor)
        renew()
        if Rule.objects.count() >= matcher.MAX_PATTERNS:
            raise Invalid(
                _("There are already %(most)d rules. Delete one first."), most=matcher.MAX_PATTERNS
            )
        _fill(rule, kind, pattern, action, room, note)
        audit.record("rule.added", actor=actor, room=room, after=_words(rule))
    return rule


def change_rule(
    *,
    actor: User,
    rule: Rule,
    kind: str,
    pattern: str,
    action: str,
    room: Room | None = None,
    note: str = "",
) -> Rule:
    """Change a rule's pattern, action, room or note."""
    with transaction.atomic():
        require_staff(actor)
        renew()
        rule = Rule.objects.get(pk=rule.pk)
        before = _words(rule)
        _fill(rule, kind, pattern, action, room, note)
        audit.record("rule.changed", actor=actor, room=room, before=before, after=_words(rule))
    return rule


def delete_rules(*, actor: User, rules: Iterable[Rule]) -> int:
    """Delete rules; return how many there were."""
    with transaction.atomic():
        require_staff(actor)
        renew()
        found = list(Rule.objects.filter(pk__in=[rule.pk for rule in rules]).select_related("room"))
        for rule in found:
            audit.record("rule.deleted", actor=actor, room=rule.room, before=_words(rule))
            rule.delete()
    return len(found)


def renew() -> None:
    """Invalidate the rulebooks that processes have cached. Operations call it before they change a
    rule or a limit for newcomers; it also serializes them."""
    Installation.current()
    revision = 1 + secrets.randbelow(2**31 - 1)
    Installation.objects.filter(pk=1).update(rules_revision=revision)


def _fill(rule: Rule, kind: str, pattern: str, action: str, room: Room | None, note: str) -> None:
    if kind not in Rule.Kind.values or action not in Rule.Action.values:
        raise Invalid(_("A rule matches words or links, and refuses, holds or flags."))
    note = " ".join(note.split())
    if len(note) > MAX_NOTE or not note.isprintable():
        raise Invalid(_("A note can have at most %(most)d characters, on one line."), most=MAX_NOTE)
    rule.kind, rule.action, rule.room, rule.note = kind, action, room, note
    rule.pattern = matcher.clean_pattern(pattern, is_link=kind == Rule.Kind.LINK)
    rule.save()


def _words(rule: Rule) -> str:
    return f"{rule.kind} {rule.pattern}: {rule.action}"
