"""Make and change the rules of the site and of its rooms."""

import secrets
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import rules
from rooms.actions import audit
from rooms.errors import Invalid
from rooms.models import Installation, Room, Rule, User
from rooms.policy import require_staff

MAX_NOTE = 250  # characters


def add_rule(
    *, actor: User, kind: str, pattern: str, action: str, room: Room | None = None, note: str = ""
) -> Rule:
    """A rule that holds from the next message on, in a room or everywhere."""
    rule = Rule(created_by=actor)
    with transaction.atomic():
        require_staff(actor)
        renew()
        if Rule.objects.count() >= rules.MAX_RULES:
            raise Invalid(_("There are %(most)d rules already."), most=rules.MAX_RULES)
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
    """Another pattern, action, place or note."""
    with transaction.atomic():
        require_staff(actor)
        renew()
        rule = Rule.objects.get(pk=rule.pk)
        before = _words(rule)
        _fill(rule, kind, pattern, action, room, note)
        audit.record("rule.changed", actor=actor, room=room, before=before, after=_words(rule))
    return rule


def delete_rules(*, actor: User, rules: Iterable[Rule]) -> int:
    """Let through what they found; the number of rules that there were."""
    with transaction.atomic():
        require_staff(actor)
        renew()
        found = list(Rule.objects.filter(pk__in=[rule.pk for rule in rules]).select_related("room"))
        for rule in found:
            audit.record("rule.deleted", actor=actor, room=rule.room, before=_words(rule))
            rule.delete()
    return len(found)


def renew() -> None:
    """What processes keep of the rules and of newcomers is no longer true. For operations, before
    they change either: two at once wait for each other here."""
    Installation.current()
    revision = 1 + secrets.randbelow(2**31 - 1)
    Installation.objects.filter(pk=1).update(rules_revision=revision)


def _fill(rule: Rule, kind: str, pattern: str, action: str, room: Room | None, note: str) -> None:
    if kind not in Rule.Kind.values or action not in Rule.Action.values:
        raise Invalid(_("A rule is about words or links, and refuses, holds or flags."))
    note = " ".join(note.split())
    if len(note) > MAX_NOTE or not note.isprintable():
        raise Invalid(_("A note has at most %(most)d characters, on one line."), most=MAX_NOTE)
    rule.kind, rule.action, rule.room, rule.note = kind, action, room, note
    rule.pattern = rules.clean_pattern(pattern, is_link=kind == Rule.Kind.LINK)
    rule.save()


def _words(rule: Rule) -> str:
    return f"{rule.kind} {rule.pattern}: {rule.action}"
