"""Judge texts by the current rules of the site and its rooms."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from rooms.errors import ChatError, Forbidden, Held
from rooms.models import Installation, Rule, User
from rooms.policy.standing import Standing, reread
from rooms.text import durations, matcher
from rooms.text.matcher import Action, Matcher

# Stored with held messages and reports, and translated when shown: don't reword it.
BY_NEWCOMER = gettext_noop("A link, with a new account")
TO_BE_READ = _("A moderator will read this before it is posted. %(note)s")
REFUSED = _("The rules of this site don't allow that here.")
_ACTIONS = {
    Rule.Action.FLAG: Action.FLAG,
    Rule.Action.HOLD: Action.HOLD,
    Rule.Action.REFUSE: Action.REFUSE,
}


class Newcomer(Protocol):
    """The facts that decide whether a person is still a newcomer."""

    @property
    def date_joined(self) -> datetime: ...
    @property
    def invited(self) -> bool: ...
    @property
    def is_staff(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """The rules that a text matches, of all rooms, and whether it has a link."""

    rules: frozenset[matcher.Pattern]
    has_link: bool


NOTHING = Finding(frozenset(), False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a text. `why` is for moderators, `note` for the author; after `wait` seconds
    the text would be accepted."""

    action: Action
    why: str
    note: str
    wait: float | None = None

    def refusal(self) -> ChatError:
        """Return the error for the author of a held or refused text."""
        if self.action == Action.HOLD:
            return Held(TO_BE_READ, note=self.note)
        if self.wait is not None:
            return Forbidden(
                _("A new account can't post links for another %(wait)s."),
                wait=durations.words(self.wait),
                retry_after=round(self.wait, 1),
            )
        return Forbidden(self.note or REFUSED)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules, and the limits for newcomers, at one revision."""

    revision: int
    rules: Matcher
    newcomer_hours: int
    newcomer_links: str
    newcomer_directs: int
    newcomer_rooms: int

    def find(self, rendered: str) -> Finding:
        """Match a text, for `judge`. Done before any lock: a long text takes some milliseconds."""
        if not self.rules and not self.newcomer_hours:
            return NOTHING
        return Finding(self.rules.found(rendered), bool(matcher.linked(rendered)))

    def find_also(self, finding: Finding, words: str) -> Finding:
        """Add what a text without markup matches: names of files, and what they are said to
        show. An address in it is no link."""
        return Finding(finding.rules | self.rules.found_in_name(words), finding.has_link)

    def judge(self, finding: Finding, author: Newcomer, room_id: int) -> Verdict | None:
        """Apply the rules of a room; None if they don't object."""
        verdict = None
        rule = matcher.strictest(finding.rules, room_id)
        if rule is not None:
            verdict = Verdict(rule.action, rule.text, rule.note)
        if finding.has_link and (verdict is None or verdict.action < Action.REFUSE):
            verdict = self._of_links(author) or verdict
        return verdict

    def newcomer_until(self, author: Newcomer) -> datetime | None:
        """Return when a person stops being a newcomer, or None if they aren't one."""
        if not self.newcomer_hours or author.invited or author.is_staff:
            return None
        until = author.date_joined + timedelta(hours=self.newcomer_hours)
        return until if until > timezone.now() else None

    def _of_links(self, author: Newcomer) -> Verdict | None:
        until = self.newcomer_until(author)
        if until is None or self.newcomer_links == Installation.Links.ALLOW:
            return None
        if self.newcomer_links == Installation.Links.HOLD:
            return Verdict(Action.HOLD, BY_NEWCOMER, "")
        wait = max(0.1, (until - timezone.now()).total_seconds())
        return Verdict(Action.REFUSE, BY_NEWCOMER, "", wait)


_NONE = Rulebook(0, Matcher(()), 0, Installation.Links.ALLOW, 0, 0)
_known = _NONE


def known() -> Rulebook:
    """Return the last rulebook this process has read. Compare its revision before relying on it."""
    return _known


def current() -> Rulebook:
    """Return the rulebook as it is in the database now."""
    revisions = Installation.objects.filter(pk=1).values_list("rules_revision", flat=True)
    return of_revision(revisions.first())


def of_revision(revision: int | None) -> Rulebook:
    """Return the rulebook of a revision that was just read, or a newer one; loaded if this process
    doesn't have it."""
    global _known
    if not revision:
        return _NONE
    book = _known
    if book.revision != revision:
        book = _known = _read()
    return book


def of_edit(standing: Standing, rendered: str) -> Verdict | None:
    """Judge a message that its author edits: None, or a verdict to flag it. Raises the refusal of a
    text that may not appear at once."""
    if standing.moderates:
        return None
    book = current()
    verdict = book.judge(book.find(rendered), standing.user, standing.room.pk)
    if verdict is None or verdict.action == Action.FLAG:
        return verdict
    if verdict.action == Action.HOLD:
        raise Forbidden(
            _("A moderator has to read this first. Post it as a new message. %(note)s"),
            note=verdict.note,
        )
    raise verdict.refusal()


def require_name(actor: User, room_id: int | None, *texts: str) -> None:
    """Refuse a room name or topic that matches a rule: a name can't be held. Raises Forbidden."""
    found = current().rules.found_in_name("\n".join(texts))
    rule = matcher.strictest(found, room_id)
    if rule is None or rule.action == Action.FLAG or reread(actor).moderates_site:
        return
    raise Forbidden(rule.note or REFUSED)


def _read() -> Rulebook:
    # The revision is read first: if rules change in between, the next comparison finds it stale.
    site = Installation.current()
    found = Rule.objects.order_by("pk")[: matcher.MAX_PATTERNS]
    return Rulebook(
        site.rules_revision,
        Matcher(
            matcher.Pattern(
                text=one.pattern,
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
