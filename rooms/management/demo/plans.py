"""The rooms of the demo site."""

from dataclasses import dataclass

from rooms.models import Room

PUBLIC, PRIVATE = Room.Kind.PUBLIC, Room.Kind.PRIVATE


@dataclass(frozen=True, slots=True)
class Plan:
    """A room. `weight` is its share of the messages, `unread` how many the owner hasn't read."""

    name: str
    topic: str
    theme: str
    kind: str = PUBLIC
    weight: float = 1.0
    unread: int = 0
    owned: bool = True  # by the demo account, or else by someone else
    joined: bool = True  # by the demo account


PLANS = (
    Plan("General", "The long table: news, hellos, lost scarves", "general", weight=5),
    Plan("Engineering", "Code, builds, and what broke", "engineering", weight=4, unread=12),
    Plan("Kitchen", "What's for lunch?", "kitchen", weight=2, unread=3, owned=False),
    Plan("Release crew", "What ships, and when", "release", PRIVATE, weight=1.5, unread=5),
    Plan("Languages", "Words and scripts · 言葉 · كلمات", "languages", owned=False, joined=False),
    Plan("Design", "Sketches and second opinions", "design", weight=2, unread=41, owned=False),
    Plan("Night owls", "For those awake anyway", "general", owned=False, joined=False),
    Plan("Help desk", "Ask here; somebody knows", "engineering", unread=1, owned=False),
    Plan("Potluck", "Who brings what", "kitchen", PRIVATE, owned=False),
    Plan("Book club", "One book a month, no spoilers", "languages", weight=0.5, owned=False),
)
TREES = ("Alder", "Birch", "Cedar", "Elm", "Hazel", "Larch", "Maple", "Oak", "Rowan", "Willow")


def plans(count: int) -> list[Plan]:
    """So many rooms: the ones above, then projects named after trees."""
    made = list(PLANS[:count])
    themes = ("engineering", "design", "release", "general")
    for index in range(count - len(made)):
        turn, tree = divmod(index, len(TREES))
        name = f"Project {TREES[tree]}" + (f" {turn + 1}" if turn else "")
        kind = PRIVATE if index % 4 == 3 else PUBLIC
        theme = themes[index % len(themes)]
        made.append(Plan(name, "", theme, kind, unread=index % 7, owned=False))
    return made
