"""A socket's beliefs about rights, rooms and people from what it was told, compared with the
database. Whatever failed in between, the two are the same in the end."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.history import Json


@dataclass
class Beliefs:
    """One tab's beliefs about everything that concerns its person. A welcome starts over."""

    name: str
    user_id: int
    rooms: dict[str, tuple[str, bool]] = field(default_factory=dict)  # own rooms: name, archived
    partners: dict[int, str] = field(default_factory=dict)  # people in the person's direct rooms
    muted: bool = False  # everywhere
    ignored: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    # Of open rooms: own role, number of members, whether muted there.
    open: dict[str, tuple[str | None, int, bool]] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)  # the newest message of each room

    def hear(self, frame: Json) -> None:
        match frame:
            case {"type": "welcome"}:
                self._begin(frame)
            case {"type": "room.added", "room": room}:
                self._add(room)
            case {"type": "room.removed", "room": slug}:
                self.rooms.pop(slug, None)
                self.open.pop(slug, None)
            case {"type": "room.updated", "room": slug} if slug in self.rooms:
                self.rooms[slug] = (frame["name"] or self.rooms[slug][0], frame["archived"])
            case {"type": "mute.changed", "room": None, "muted": muted}:
                self.muted = muted is not None
            case {"type": "mute.changed", "room": slug, "muted": muted} if slug in self.open:
                role, members, _ = self.open[slug]
                self.open[slug] = (role, members, muted is not None)
            case {"type": "ignored.changed", "ignored": ignored}:
                self.ignored = _ignored(ignored)
            case {"type": "person.changed", "person": person} if person["id"] in self.partners:
                self.partners[person["id"]] = person["name"]
            case {"type": "member.joined" | "member.left" | "member.updated", "room": slug}:
                self._member(slug, frame)
            case {"type": "room.activity", "room": slug, "number": number}:
                self.heard[slug] = max(number, self.heard.get(slug, 0))
            case {"type": "message.posted", "room": slug, "message": message}:
                self.heard[slug] = max(message["number"], self.heard.get(slug, 0))

    def opened(self, room: Json) -> None:
        """Learn from the reply to `room.open`."""
        self.open[room["slug"]] = (room["role"], room["members"], room["muted"] is not None)

    def _begin(self, welcome: Json) -> None:
        self.rooms, self.partners = {}, {}
        self.open.clear()
        for room in welcome["rooms"]:
            self._add(room)
        self.muted = welcome["muted"] is not None
        self.ignored = _ignored(welcome["ignored"])

    def _add(self, room: Json) -> None:
        self.rooms[room["slug"]] = (room["name"], room["archived"])
        for person in room.get("people", ()):
            self.partners[person["id"]] = person["name"]

    def _member(self, slug: str, event: Json) -> None:
        if slug not in self.open:
            return
        role, members, muted = self.open[slug]
        if event["member"]["id"] == self.user_id:
            role = None if event["type"] == "member.left" else event["member"]["role"]
        self.open[slug] = (role, event.get("members", members), muted)


@dataclass
class Truth:
    """The database's state about everyone."""

    roles: dict[tuple[int, str], str]  # keyed by person and room
    rooms: dict[str, tuple[str, bool]]  # name, archived
    direct: set[str]  # rooms that are named after their people
    names: dict[int, str]
    mutes: set[tuple[int, str | None]]
    ignores: set[tuple[int, int, str]]  # ignoring person, ignored person, kind

    def errors(self, beliefs: Beliefs) -> Iterator[str]:
        """Yield each wrong belief in a line."""
        me, who = beliefs.user_id, beliefs.name
        mine = {slug for person, slug in self.roles if person == me}
        for slug in sorted(mine ^ beliefs.rooms.keys()):
            yield f"{who} {'knows nothing of' if slug in mine else 'believes to be in'} {slug}"
        for slug in sorted(mine & beliefs.rooms.keys() - self.direct):
            if beliefs.rooms[slug] != self.rooms[slug]:
                yield f"{who} believes that {slug} is {beliefs.rooms[slug]}: {self.rooms[slug]}"
        for person, name in beliefs.partners.items():
            if name != self.names[person]:
                yield f"{who} calls {person} {name!r}, who is {self.names[person]!r}"
        for slug, believed in beliefs.open.items():
            size = sum(1 for _, room in self.roles if room == slug)
            is_muted = (me, slug) in self.mutes
            true = (self.roles.get((me, slug)), size, is_muted)
            if believed != true:
                yield f"{who} in {slug}: role, members, muted are {true}, not {believed}"
        if beliefs.muted is not ((me, None) in self.mutes):
            yield f"{who} believes to be {'' if beliefs.muted else 'not '}muted everywhere"
        ignored = tuple(
            frozenset(other for person, other, kind in self.ignores if (person, kind) == (me, how))
            for how in ("mute", "block")
        )
        if beliefs.ignored != ignored:
            yield f"{who} believes to ignore {beliefs.ignored}: {ignored}"


def _ignored(ignored: Json) -> tuple[frozenset[int], frozenset[int]]:
    return frozenset(ignored["muted"]), frozenset(ignored["blocked"])
