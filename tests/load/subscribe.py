"""`python -m tests.load.subscribe ORIGIN BROWSERS`: in the data folder that CHATSITE_DATA names,
a room of everybody but those who talk elsewhere, and so many browsers of theirs at the push service
ORIGIN."""

import os
import sys
from itertools import islice

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup()

from django.db import transaction  # noqa: E402  models need the applications
from django.utils import timezone  # noqa: E402

from rooms.models import Membership, PushSubscription, Room, User  # noqa: E402
from tests.load.people import CALLER, TALKING, session_key  # noqa: E402
from tests.push_service import Keys  # noqa: E402

EVERYBODY = "everybody"


@transaction.atomic
def main(origin: str, browsers: int) -> None:
    _number, talkers = TALKING
    names = [f"person_{one}" for one in talkers]
    everybody = [*User.objects.exclude(username__in=names).order_by("pk")]
    room = Room.objects.create(slug=EVERYBODY, name="Everybody", kind=Room.Kind.PUBLIC)
    Membership.objects.bulk_create(Membership(room=room, user=one) for one in everybody)
    said, now = Keys().said, timezone.now()  # one pair will do: nobody opens them
    PushSubscription.objects.bulk_create(
        islice(
            (
                PushSubscription(
                    user=user,
                    session_key=session_key(int(user.username.removeprefix("person_"))),
                    endpoint=f"{origin}/{user.pk}/{number}",
                    digest=PushSubscription.digest_of(f"{origin}/{user.pk}/{number}"),
                    service=origin,
                    p256dh=said["p256dh"],
                    auth=said["auth"],
                    created_at=now,
                )
                for number in range(1 + browsers // len(everybody))
                for user in everybody
                if user.username != f"person_{CALLER}"
            ),
            browsers,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
