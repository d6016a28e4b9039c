"""Tell people's sockets when they become, or stop being, a site moderator.

These are signal receivers because the admin and commands change rights through code that isn't
ours. Rights are read again wherever they matter; this only keeps open pages up to date."""

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models.signals import m2m_changed, post_save, pre_delete
from django.dispatch import receiver

from rooms.actions.screening import waiting
from rooms.models import User

FLAGS = {"is_active", "is_staff", "is_superuser"}
DONE = ("post_add", "post_remove", "pre_clear", "post_clear")


def _tell(people: Iterable[int]) -> None:
    """Tell them once the transaction is committed."""
    ids = frozenset(people)
    if ids:
        transaction.on_commit(partial(waiting.appoint, ids), robust=True)


@receiver(post_save, sender=User)
def note_flags(
    instance: User, created: bool, update_fields: Collection[str] | None, **kwargs: Any
) -> None:
    if not created and (update_fields is None or FLAGS & {*update_fields}):
        _tell([instance.pk])


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
def note_grant(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    if action not in DONE:
        return
    if not reverse:
        _tell([instance.pk])
    else:
        _tell(pk_set if pk_set is not None else _of(instance))


@receiver(m2m_changed, sender=Group.permissions.through)
def note_group(
    instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    if action in DONE:
        groups = (pk_set or ()) if reverse else [instance.pk]
        _tell(User.objects.filter(groups__in=groups).values_list("pk", flat=True))


@receiver(pre_delete, sender=Group)
@receiver(pre_delete, sender=Permission)
def note_deletion(instance: Any, **kwargs: Any) -> None:
    _tell(_of(instance))


def _of(grants: Any) -> Iterable[int]:
    """The ids of everyone who has a group or a permission."""
    people: Iterable[int] = grants.user_set.values_list("pk", flat=True)
    return [*people]
