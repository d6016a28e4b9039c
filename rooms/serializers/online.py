"""Who is in a room right now."""

from collections.abc import Iterator, Sequence

from rooms.protocol import events, limits, shapes


def presence(
    slug: str,
    online: int,
    joined: Sequence[shapes.Person],
    left: Sequence[shapes.Person] = (),
) -> Iterator[events.PresenceChanged]:
    """Yield as few events as can name everyone who joined and left. Each says how many people are
    online."""
    most = limits.MAX_NAMED_ONLINE
    for first in range(0, max(len(joined), len(left)), most):
        yield events.PresenceChanged(
            room=slug,
            online=online,
            joined=[*joined[first : first + most]],
            left=[*left[first : first + most]],
        )
