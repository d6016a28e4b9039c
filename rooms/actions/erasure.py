"""Leaving the site: deactivating one's own account, from which staff can bring it back, and
deleting it, after which nothing here says whose it was."""

import re
from itertools import product

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from rooms import names
from rooms.actions import accounts, audit, memberships, people, waiting
from rooms.errors import Forbidden, Invalid
from rooms.models import (
    AuditEntry,
    Held,
    Ignore,
    Invite,
    RetiredName,
    User,
)

LAST = _("You are the only one left with every right here. Give it to somebody else first.")
OTHER_NAME = _("That is not your username.")


def deactivate(*, actor: User, username: str) -> None:
    """Close the account. It stays as it is, and staff can let its owner in again."""
    with transaction.atomic():
        user = _leaving(actor, username)
        user.is_active = False
        user.save(update_fields=["is_active"])
        people.announce(user)
        accounts.end_sessions(user=user, farewell=accounts.DEACTIVATED)
        audit.record("user.left", actor=user, user=user)


def erase(*, actor: User, username: str) -> None:
    """Delete the account. Messages and reactions stay, by nobody; everything else goes. Raises
    Invalid unless the username is right, Forbidden for the last superuser."""
    with transaction.atomic():
        memberships.lock_rooms(user=actor)
        user = _leaving(actor, username)
        storage, picture = user.avatar.storage, user.avatar.name
        called = {user.username, user.display_name} - {""}
        RetiredName.objects.get_or_create(digest=names.digest(user.username))
        accounts.end_sessions(user=user, farewell=accounts.DELETED)
        _forget(user)
        for table, field in _OWNED:
            table._default_manager.filter(**{field: user}).delete()
        held, _rows = Held.objects.filter(author=user, outcome="").delete()
        _scrub(user, called)
        memberships.leave_everywhere(user=user)
        audit.record("user.erased", actor=user, user=user)
        people.announce(user)
        if held:
            waiting.announce()
        if picture:
            transaction.on_commit(lambda: storage.delete(picture))


# Rows that are nobody else's. An invitation goes with its link. That others ignore them stays: it
# says of nobody who they were, and what they wrote doesn't come back into sight because they left.
_OWNED: tuple[tuple[type[Model], str], ...] = (
    (EmailAddress, "user"),
    (Authenticator, "user"),
    (SocialAccount, "user"),
    (Ignore, "user"),
    (Invite, "created_by"),
)


def _leaving(actor: User, username: str) -> User:
    """The row, locked, of who may go. Two superusers who leave at once don't both succeed."""
    if User.normalize_username(username.strip()) != actor.username:
        raise Invalid(OTHER_NAME)
    rows = User.objects.filter(Q(pk=actor.pk) | Q(is_superuser=True, is_active=True))
    locked = {row.pk: row for row in rows.order_by("pk").select_for_update(no_key=True)}
    user = locked[actor.pk]
    if user.is_superuser and len(locked) == 1:
        raise Forbidden(LAST)
    return user


def _forget(user: User) -> None:
    """What the row itself says. Sessions that nobody listed end with the password."""
    user.username = f"{names.DELETED_USERNAME}{user.pk}"
    user.display_name = names.DELETED_NAME
    user.email = user.language = user.sidebar = ""
    user.avatar = ""
    user.last_room = user.last_login = None
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def _scrub(user: User, called: set[str]) -> None:
    """Take their names out of what staff's logs quote: the one change that they allow. Few entries
    quote one, of the thousands that a moderator may have left."""
    entries: QuerySet[AuditEntry] = QuerySet(AuditEntry).filter(Q(user=user) | Q(actor=user))
    quotes = Q()
    for field, name in product(_TEXTS, called):
        quotes |= Q(**{f"{field}__contains": name})
    for entry in entries.filter(quotes):
        texts = {name: _without(getattr(entry, name), called) for name in _TEXTS}
        QuerySet(AuditEntry).filter(pk=entry.pk).update(**texts)
    mine = LogEntry.objects.filter(object_id=str(user.pk))
    mine.filter(content_type=ContentType.objects.get_for_model(User)).update(
        object_repr=names.DELETED_NAME, change_message=""
    )


_TEXTS = ("detail", "before", "after")


def _without(text: str, called: set[str]) -> str:
    """As words: who was called `or` was not in `for good`."""
    longest_first = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", names.DELETED_NAME, text)[:250]
