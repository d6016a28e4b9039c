"""Leave the site: deactivate one's own account, which staff can undo, or erase it, after which
nothing here tells whose it was."""

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

from rooms import letters
from rooms.actions import audit
from rooms.actions.accounts import people, sessions, statuses
from rooms.actions.files.discarding import discard
from rooms.actions.notifications import keywords
from rooms.actions.rooms import memberships
from rooms.actions.screening import waiting
from rooms.errors import Forbidden, Invalid
from rooms.models import (
    AuditEntry,
    Held,
    Ignore,
    InboxItem,
    Invite,
    Keyword,
    Membership,
    RetiredName,
    Upload,
    User,
)
from rooms.text import names

LAST = _("You are the last admin. Make someone else an admin first.")
OTHER_NAME = _("That isn't your username.")


def deactivate(*, actor: User, username: str) -> None:
    """Deactivate one's own account. Staff can reactivate it."""
    with transaction.atomic():
        user = _leaving(actor, username)
        user.is_active = False
        user.save(update_fields=["is_active"])
        people.announce(user)
        statuses.announce(user)
        sessions.end_sessions(user=user, farewell=sessions.DEACTIVATED)
        audit.record("user.left", actor=user, user=user)


def erase(*, actor: User, username: str) -> None:
    """Erase one's own account. Messages with their files and reactions stay, anonymously;
    everything else goes.

    Raises Invalid if the username is wrong, Forbidden for the last superuser.
    """
    with transaction.atomic():
        memberships.lock_rooms(user=actor)
        user = _leaving(actor, username)
        storage, picture = user.avatar.storage, user.avatar.name
        called = {user.username, user.display_name} - {""}
        RetiredName.objects.get_or_create(digest=names.digest(user.username))
        sessions.end_sessions(user=user, farewell=sessions.DELETED)
        _forget(user)
        for table, field in _OWNED:
            table._default_manager.filter(**{field: user}).delete()
        keywords.renew()
        # They stay in direct rooms, with no more to say about these.
        Membership.objects.filter(user=user).update(level="", level_until=None, level_before="")
        letters.forget(user)
        unposted = Upload.objects.filter(user=user, message=None, poster_of__message=None)
        discard(unposted.values_list("pk", flat=True))
        held, _rows = Held.objects.filter(author=user, outcome="").delete()
        _scrub(user, called)
        memberships.leave_everywhere(user=user)
        audit.record("user.erased", actor=user, user=user)
        people.announce(user)
        statuses.announce(user)
        if held:
            waiting.announce()
        if picture:
            transaction.on_commit(lambda: storage.delete(picture))


# Rows that belong to the user alone. Other people's mutes and blocks of them stay: those don't
# reveal who it was, and without them old messages would come back into sight.
_OWNED: tuple[tuple[type[Model], str], ...] = (
    (EmailAddress, "user"),
    (Authenticator, "user"),
    (SocialAccount, "user"),
    (Ignore, "user"),
    (InboxItem, "user"),
    (Keyword, "user"),
    (Invite, "created_by"),
)


def _leaving(actor: User, username: str) -> User:
    """Return the locked row of a user who may leave. Of the last two superusers only one can."""
    if User.normalize_username(username.strip()) != actor.username:
        raise Invalid(OTHER_NAME)
    rows = User.objects.filter(Q(pk=actor.pk) | Q(is_superuser=True, is_active=True))
    locked = {row.pk: row for row in rows.order_by("pk").select_for_update(no_key=True)}
    user = locked[actor.pk]
    if user.is_superuser and len(locked) == 1:
        raise Forbidden(LAST)
    return user


def _forget(user: User) -> None:
    """Clear the user's row. Sessions from before the list of sessions end with the password."""
    user.username = f"{names.DELETED_USERNAME}{user.pk}"
    user.display_name = names.DELETED_NAME
    user.email = user.language = user.sidebar = user.sections = user.appearance = ""
    user.pronouns = user.about = user.zone = user.browser_zone = ""
    user.status_emoji = user.status_text = ""
    user.status_until = user.quiet_until = user.quiet_lifted_until = user.seen_at = None
    user.quiet_days = user.quiet_from = user.quiet_to = 0
    user.avatar = ""
    user.last_room = user.last_login = None
    user.is_active = user.is_staff = user.is_superuser = user.web_named = False
    user.set_unusable_password()
    user.save()
    user.groups.clear()
    user.user_permissions.clear()


def _scrub(user: User, called: set[str]) -> None:
    """Remove the user's names from the texts of staff's logs, the only change those logs allow. A
    moderator may have thousands of entries, but few of them quote a name."""
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
    """Replace whole words only: a user called `or` isn't meant by the middle of `for good`."""
    longest_first = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", names.DELETED_NAME, text)[:250]
