# mypy: ignore-errors
# A project of its own, as its tutorial writes it: not ours to type.
"""Tables, people with sessions, and a page of messages in each small room, in TUTORIAL_DATA: as
`tests.load.furnish` does for the site."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
django.setup()

from chat.models import Message  # noqa: E402  models need the applications
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tests.load import people  # noqa: E402
from tests.load.texts import in_room, text  # noqa: E402

call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
people.sign_everybody_up(people.PEOPLE)
everybody = [*User.objects.order_by("pk")]
Message.objects.bulk_create(
    Message(
        room=people.room_slug(room),
        author=everybody[members[number % len(members)]],
        body=text(in_room(room, number)),
    )
    for room, members in people.small_rooms()
    for number in range(1, people.ROOM_MESSAGES + 1)
)
