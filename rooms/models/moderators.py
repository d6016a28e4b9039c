"""Who moderates the site: the only definition, for every statement and every door that asks.

Superusers do, and so do staff with the permission that the group Moderators grants, whether they
have it from the group or directly. `is_staff` alone opens the admin and nothing in the chat.
"""

from rooms.storage.sql import select

PERMISSION = "moderate_site"  # of `rooms`


def moderates(user: str) -> str:
    """Build the SQL expression for it; `user` is the alias of the person's row. For people who
    aren't staff it looks only at that row.
    Uses the unique indexes of Django's permission tables."""
    return (
        f"CASE WHEN NOT {user}.is_active THEN FALSE WHEN {user}.is_superuser THEN TRUE"  # noqa: S608  names of columns
        f" WHEN {user}.is_staff THEN EXISTS (SELECT 1 FROM auth_permission p"
        f" WHERE p.codename = '{PERMISSION}' AND (EXISTS (SELECT 1"
        " FROM rooms_user_user_permissions o"
        f" WHERE o.user_id = {user}.id AND o.permission_id = p.id)"
        " OR EXISTS (SELECT 1 FROM rooms_user_groups g JOIN auth_group_permissions q"
        f" ON q.group_id = g.group_id WHERE g.user_id = {user}.id AND q.permission_id = p.id)))"
        " ELSE FALSE END"
    )


_ONE = f"SELECT {moderates('u')} FROM rooms_user u WHERE u.id = %s"  # noqa: S608  names of columns
_ALL = (
    "SELECT u.id FROM rooms_user u WHERE (u.is_staff OR u.is_superuser)"  # noqa: S608  names of columns
    f" AND {moderates('u')}"
)


def is_one(user_id: int) -> bool:
    """Whether a person moderates the site now."""
    rows = select(_ONE, [user_id])
    return bool(rows and rows[0][0])


def ids() -> list[int]:
    """The ids of everyone who moderates the site."""
    return [pk for (pk,) in select(_ALL, [])]
