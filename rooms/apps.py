"""The site's only application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RoomsConfig(AppConfig):
    name = "rooms"
    verbose_name = _("Chat")

    def ready(self) -> None:
        # Imported to register system checks and signal receivers.
        from rooms import checks  # noqa: F401
        from rooms.accounts import appointments, signals  # noqa: F401
        from rooms.policy import moderator_group

        post_migrate.connect(moderator_group.make_moderators, sender=self)
