"""The group 'Moderators': staff in it moderate the site, in the chat and in the admin, without
being superusers."""

from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions

NAME = "Moderators"
RIGHTS = {
    "user": ("view", "change"),
    "room": ("view", "add", "change"),
    "membership": ("view", "add", "change", "delete"),
    "message": ("view", "change", "delete"),
    "reaction": ("view", "delete"),
    "ban": ("view", "add", "change"),
    "mute": ("view", "add", "change"),
    "report": ("view", "change"),
    "removal": ("view", "add", "change"),
    "rule": ("view", "add", "change", "delete"),
    "held": ("view", "change"),
    "invite": ("view", "add", "change"),
    "auditentry": ("view",),
    "site": ("moderate",),  # not a table: `moderators.PERMISSION`, which the chat checks
}


def make_moderators(sender: AppConfig, using: str, apps: Any = installed, **kwargs: Any) -> None:
    """Make the group after `migrate`, and after `flush`, which doesn't pass `apps`. An existing
    group is left alone, since operators may change its permissions."""
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:
        return
    group, created = groups.get_or_create(name=NAME)
    if created:
        # Django also makes permissions after `migrate`, but later than this.
        create_permissions(sender, verbosity=0, using=using, apps=apps)
        codenames = [f"{verb}_{model}" for model, verbs in RIGHTS.items() for verb in verbs]
        group.permissions.set(
            permissions.filter(content_type__app_label=sender.label, codename__in=codenames)
        )
