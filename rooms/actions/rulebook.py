"""What the rules of the site and of its rooms say of a text, as of this moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from rooms import durations, rules
from rooms.errors import ChatError, Forbidden, Held
from rooms.models import Installation, Rule, User
from rooms.policy import Standing, anew
from rooms.rules import Action, Rules

BY_NEWCOMER = gettext_noop("A link, with a new account")
REFUSED = _("The rules of this site don't allow that here.")
_ACTIONS = {
    Rule.Action.FLAG: Action.FLAG,
    Rule.Action.HOLD: Action.HOLD,
    Rule.Action.REFUSE: Action.REFUSE,
}


class Arrival(Protocol):
    """What makes somebody a newcomer, or not."""

    @property
    def date_joined(self) -> datetime: ...
    @property
    def invited(self) -> bool: ...
    @property
    def is_staff(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a text, in whichever room."""

    rules: frozenset[rules.Rule]
    has_link: bool


NOTHING = Finding(frozenset(), False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a text. `why` is for moderators, `note` for its author, and `wait` are the
    seconds after which it would be accepted."""

    action: Action
    why: str
    note: str
    wait: float | None = None

    def refusal(self) -> ChatError:
        """For its author, unless it is only flagged."""
        if self.action == Action.HOLD:
            return Held(_("A moderator reads this before it is posted. %(note)s"), note=self.note)
        if self.wait is not None:
            return Forbidden(
                _("A new account can't post links for another %(wait)s."),
                wait=durations.words(self.wait),
                retry_after=round(self.wait, 1),
            )
        return Forbidden(self.note or REFUSED)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, and what newcomers may, as of one revision."""

    revision: int
    rules: Rules
    newcomer_hours: int
    newcomer_links: str
    newcomer_directs: int
    newcomer_rooms: int

    def find(self, rendered: str) -> Finding:
        """For `judge`, and before there is a lock: reading a long text takes some milliseconds."""
        if not self.rules and not self.newcomer_hours:
            return NOTHING
        return Finding(self.rules.found(rendered), bool(rules.linked(rendered)))

    def judge(self, finding: Finding, author: Arrival, room_id: int) -> Verdict | None:
        """What the rules of a room say; None: nothing against it."""
        verdict = None
        rule = rules.strictest(finding.rules, room_id)
        if rule is not None:
            verdict = Verdict(rule.action, rule.pattern, rule.note)
        if finding.has_link and (verdict is None or verdict.action < Action.REFUSE):
            verdict = self._of_links(author) or verdict
        return verdict

    def newcomer_until(self, author: Arrival) -> datetime | None:
        """Until when somebody is a newcomer; None for who is none."""
        if not self.newcomer_hours or author.invited or author.is_staff:
            return None
        until = author.date_joined + timedelta(hours=self.newcomer_hours)
        return until if until > timezone.now() else None

    def _of_links(self, author: Arrival) -> Verdict | None:
        until = self.newcomer_until(author)
        if until is None or self.newcomer_links == Installation.Links.ALLOW:
            return None
        if self.newcomer_links == Installation.Links.HOLD:
            return Verdict(Action.HOLD, BY_NEWCOMER, "")
        wait = max(0.1, (until - timezone.now()).total_seconds())
        return Verdict(Action.REFUSE, BY_NEWCOMER, "", wait)


_NONE = Rulebook(0, Rules(()), 0, Installation.Links.ALLOW, 0, 0)
_known = _NONE


def known() -> Rulebook:
    """The last one that this process has read. Who decides by it compares its revision first."""
    return _known


def current() -> Rulebook:
    """As the database has it now."""
    revisions = Installation.objects.filter(pk=1).values_list("rules_revision", flat=True)
    return of_revision(revisions.first())


def of_revision(revision: int | None) -> Rulebook:
    """The rules of a revision that was just read, or newer ones; read anew where it is another one
    than what is kept."""
    global _known
    if not revision:
        return _NONE
    book = _known
    if book.revision != revision:
        book = _known = _read()
    return book


def of_edit(standing: Standing, rendered: str) -> Verdict | None:
    """Of a message that its author changes: refused, or to be flagged. Raises the refusal."""
    if standing.moderates:
        return None
    book = current()
    verdict = book.judge(book.find(rendered), standing.user, standing.room.pk)
    if verdict is None or verdict.action == Action.FLAG:
        return verdict
    if verdict.action == Action.HOLD:
        raise Forbidden(
            _("A moderator has to read this first. Post it as a message of its own. %(note)s"),
            note=verdict.note,
        )
    raise verdict.refusal()


def require_name(actor: User, room_id: int | None, *texts: str) -> None:
    """For names and topics of rooms, which can't be kept back. Raises Forbidden."""
    found = current().rules.found_in_name("\n".join(texts))
    rule = rules.strictest(found, room_id)
    if rule is None or rule.action == Action.FLAG or anew(actor).moderates_site:
        return
    raise Forbidden(rule.note or REFUSED)


def _read() -> Rulebook:
    # The revision before the rules: were they changed in between, it is the next one to differ.
    site = Installation.current()
    found = Rule.objects.order_by("pk")[: rules.MAX_RULES]
    return Rulebook(
        site.rules_revision,
        Rules(
            rules.Rule(
                pattern=one.pattern,
                is_link=one.kind == Rule.Kind.LINK,
                action=_ACTIONS[Rule.Action(one.action)],
                room_id=one.room_id,
                note=one.note,
            )
            for one in found
        ),
        site.newcomer_hours,
        site.newcomer_links,
        site.newcomer_directs,
        site.newcomer_rooms,
    )
