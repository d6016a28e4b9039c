"""Django's command; the account joins the rooms that everyone joins."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.db import transaction
from django.db.models import Max

from rooms.actions.accounts import arrivals
from rooms.models import User


class Command(createsuperuser.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        newest = User.objects.aggregate(newest=Max("pk"))["newest"] or 0
        super().handle(*args, **options)
        with transaction.atomic():
            for user in User.objects.filter(pk__gt=newest, is_superuser=True):
                arrivals.arrive(user=user)
