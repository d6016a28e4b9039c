# mypy: ignore-errors
# A project of its own, as its tutorial writes it: not ours to type.
"""Tables, people with sessions, and 50 messages in room 1, in TUTORIAL_DATA: as
`tests.load.furnish` does for the site."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
django.setup()

from chat.models import Message  # noqa: E402  models need the applications
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tests.load import people  # noqa: E402
from tests.load.dialects import body  # noqa: E402

PAGE = 50

call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
people.sign_everybody_up(people.PEOPLE)
authors = [*User.objects.order_by("pk")[: people.ROOM_PEOPLE]]
Message.objects.bulk_create(
    Message(room=people.room_slug(1), author=authors[number % len(authors)], body=body(number))
    for number in range(1, PAGE + 1)
)
