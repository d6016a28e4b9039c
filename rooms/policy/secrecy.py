"""Which messages site moderators may not read."""

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from rooms.models import Membership, Message, Report, Room, User
from rooms.policy.standing import reread

AROUND = 5  # messages before a reported one, and after it, that its report discloses


def with_secrecy(rows: QuerySet[Message], reader: User) -> QuerySet[Message]:
    """Annotate messages with `secret`: whether their text is none of the reader's business in the
    admin. Site moderators may read public rooms, rooms that they are in, what they wrote, and what
    is reported: by a person, or by a rule unless the message was edited since."""
    if reader.is_superuser:
        return rows.annotate(secret=Value(False))
    mine = Exists(Membership.objects.filter(room=OuterRef("room_id"), user=reader))
    by_somebody = Q(reporter__isnull=False)
    by_a_rule = Q(message__edited_at=None) | Q(message__edited_at__lte=F("created_at"))
    reports = Report.objects.filter(by_somebody | by_a_rule, message=OuterRef("pk"))
    readable = Q(room__kind=Room.Kind.PUBLIC) | Q(author=reader) | mine | Exists(reports)
    open_to_them = When(readable, then=False)
    return rows.annotate(secret=Case(open_to_them, default=True, output_field=BooleanField()))


def is_shown(message: Message, reader: User) -> bool:
    """Whether the admin shows a message to somebody: as one that they may read, or as one around a
    message that somebody reported. Uses index: message_room_number."""
    reader = reread(reader)
    if not (reader.is_active and reader.is_staff and reader.moderates_site):
        return False
    rows = Message.objects.filter(pk=message.pk)
    if with_secrecy(rows, reader).exclude(Q(secret=True)).exists():
        return True
    near = (message.number - AROUND, message.number + AROUND)
    around = Message.objects.filter(room=message.room_id, number__range=near)
    return Report.objects.filter(message__in=around, reporter__isnull=False).exists()
