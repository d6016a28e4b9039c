"""The one application of the site."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    name = "rooms"
    verbose_name = _("Chat")

    def ready(self) -> None:
        # The first and the last register the system checks and the receivers.
        from rooms import checks, groups, signals  # noqa: F401

        post_migrate.connect(groups.make_moderators, sender=self)
