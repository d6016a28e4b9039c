"""Whether somebody sees a room, for statements that read what is in many of them: the same as
`Rights.sees`."""

from rooms.policy import sanctions


def seen(*, outside: bool) -> str:
    """Build the expression for whether the person `u` sees the room `r`, in which `s` is their
    membership or NULL; `outside` says whether public rooms that they aren't in count. Its parameter
    is `now()`."""
    there = "(s.id IS NOT NULL OR r.kind = 'public')" if outside else "s.id IS NOT NULL"
    return f"u.is_active AND {there} AND NOT {sanctions.banned(user='u.id', room='r.id')}"
