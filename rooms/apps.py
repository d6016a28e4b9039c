"""The one application of the site."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    name = "rooms"
    verbose_name = _("Chat")

    def ready(self) -> None:
        # All but `groups` register what they have: system checks and receivers.
        from rooms import appointments, checks, groups, signals  # noqa: F401

        post_migrate.connect(groups.make_moderators, sender=self)
