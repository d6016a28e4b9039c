"""Keywords: the words of which people want to be told, wherever they read them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms import ratelimit
from rooms.actions.notifications.orders import Order, ask
from rooms.broadcast import envelope, hint_on_commit, publish_on_commit, user_group
from rooms.errors import TooLarge
from rooms.fanout.envelopes import Envelope, Subject
from rooms.models import Installation, Keyword, User
from rooms.protocol import events
from rooms.protocol.limits import MAX_KEYWORDS
from rooms.text import keywords, markup
from rooms.text.keywords import Lookout


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Everybody's keywords, at one revision."""

    revision: int
    lookout: Lookout

    def find(self, rendered: str) -> frozenset[int]:
        """Return whose keywords occur in rendered text, in whatever room it is. Done before any
        lock, and takes as long for one keyword as for thousands."""
        if not self.lookout:
            return frozenset()
        return self.lookout.found(markup.visible(rendered))


_NONE = Watchlist(0, Lookout(()))
_known = _NONE


def known() -> Watchlist:
    """Return the last watchlist this process has read. Compare its revision before relying on
    it."""
    return _known


def current() -> Watchlist:
    """Return the watchlist as it is in the database now."""
    rows = Installation.objects.filter(pk=1).values_list("keywords_revision", flat=True)
    return of_revision(rows.first())


def of_revision(revision: int | None) -> Watchlist:
    """Return the watchlist of a revision that was just read, or a newer one; loaded if this process
    doesn't have it."""
    global _known
    if not revision:
        return _NONE
    found = _known
    if found.revision != revision:
        found = _known = _read()
    return found


def keywords_of(user: User) -> list[str]:
    """Return somebody's keywords, in the order in which they wrote them."""
    return [*user.keywords.order_by("pk").values_list("word", flat=True)]


def set_keywords(*, actor: User, words: Sequence[str]) -> list[str]:
    """Replace one's keywords; return them as they are kept, each once."""
    ratelimit.consume("keywords", actor.pk)
    chosen: dict[str, str] = {}
    for word in map(keywords.clean, words):
        chosen.setdefault(keywords.key(word), word)
    if len(chosen) > MAX_KEYWORDS:
        raise TooLarge(_("You can have at most %(most)d keywords."), most=MAX_KEYWORDS)
    with transaction.atomic():
        # Locked, so that of two simultaneous changes the second one stays.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=actor.pk)
        before = {*Keyword.objects.filter(user=actor).values_list("key", "word")}
        if before != {*chosen.items()}:
            Keyword.objects.filter(user=actor).delete()
            Keyword.objects.bulk_create(
                Keyword(user=actor, word=word, key=key) for key, word in chosen.items()
            )
            renew()
            publish_on_commit(changed(actor, [*chosen.values()]))
    return [*chosen.values()]


def renew() -> None:
    """Have every process reread the keywords, which this transaction has changed."""
    Installation.current()  # creates the row on a new site
    revision = secrets.randbelow(2**31 - 1) + 1
    Installation.objects.filter(pk=1).update(keywords_revision=revision)
    # Only so that no post has to wait for it: each compares the revision.
    hint_on_commit(ask(Order(keywords=True)))


def changed(user: User, words: Sequence[str]) -> Envelope:
    """Build the event with somebody's keywords."""
    event = events.KeywordsChanged(keywords=[*words])
    return envelope(user_group(user.pk), event, about=Subject("keywords", user=user.pk))


def _read() -> Watchlist:
    # The revision is read first: if keywords change in between, the next comparison finds it stale.
    revision = Installation.current().keywords_revision
    return Watchlist(revision, Lookout(Keyword.objects.values_list("key", "user_id").iterator()))
