"""How much waits for the people who moderate the site: messages that were reported, and held."""

from rooms import protocol
from rooms.broadcast import envelope, publish_on_commit, user_group
from rooms.models import Installation, User
from rooms.statements import select

MOST = 100  # of each kind: beyond it, the number tells nobody anything


def waiting() -> int:
    """Reported messages and held ones, each counted up to MOST. Uses indexes: report_waiting,
    held_waiting."""
    rows = select(
        "SELECT (SELECT COUNT(*) FROM (SELECT DISTINCT message_id FROM rooms_report"
        " WHERE resolved_at IS NULL LIMIT %s) r) + (SELECT COUNT(*) FROM (SELECT id FROM rooms_held"
        " WHERE decided_at IS NULL LIMIT %s) h)",
        [MOST, MOST],
    )
    return int(rows[0][0])


def announce() -> None:
    """Tell those who moderate the site how much waits now; at the end of the transaction that
    changes it. They are few, and who is one of them may change at any time: each is told alone."""
    # Of two who change it at once, the second counts what the first has written.
    Installation.objects.select_for_update(no_key=True).filter(pk=1).first()
    event = protocol.WaitingChanged(waiting=waiting())
    people = User.objects.filter(is_staff=True, is_active=True).values_list("pk", flat=True)
    publish_on_commit(*(envelope(user_group(pk), event) for pk in people))
