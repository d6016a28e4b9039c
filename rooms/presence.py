"""Who is here and who is typing. Ephemeral: never touches the ORM.

Presence is gossip over the channel layer. Each process announces who of its own is in a room, at
once on an edge and all of them now and then; a process that falls silent is forgotten. So it
needs no rows and no Redis commands, works the same within one process, and heals by itself.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec

from rooms import protocol
from rooms.broadcast import envelope, publish_now, room_group
from rooms.hub import Connection, Envelope, Hub
from rooms.protocol import Person

GROUP = "presence"
LEAVE_SECONDS = 1.0  # a reload reconnects within it, so nobody sees it
GATHER_SECONDS = 0.1  # edges of one room become one event
SNAPSHOT_SECONDS = 10.0
FORGET_SECONDS = 35.0  # three snapshots missed

People = dict[int, Person]


class Rumour(msgspec.Struct, array_like=True, frozen=True):
    """What one process says of its own people: all who are in these rooms. `whole` when rooms
    not named have nobody, `gone` when the process ends."""

    process: str
    rooms: dict[str, list[Person]]
    slugs: dict[str, str]
    whole: bool = False
    gone: bool = False


class Presence:
    """The people of every room: this process's own, by socket, and the other processes', by
    hearsay. Belongs to the loop of its hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._loop = asyncio.get_running_loop()
        self._sockets: dict[int, dict[int, set[Connection]]] = defaultdict(dict)
        self._here: dict[int, People] = defaultdict(dict)
        self._elsewhere: dict[str, dict[int, People]] = {}
        self._heard: dict[str, float] = {}
        self._told: dict[int, People] = defaultdict(dict)
        self._slugs: dict[int, str] = {}
        self._due: set[int] = set()
        hub.listen(GROUP, self._hear)
        self._task = self._loop.create_task(self._gossip())

    def arrive(self, room_id: int, slug: str, person: Person, connection: Connection) -> None:
        """A socket has opened the room."""
        self._slugs[room_id] = slug
        self._sockets[room_id].setdefault(person.id, set()).add(connection)
        if person.id not in self._here[room_id]:
            self._here[room_id][person.id] = person
            self._edge(room_id)

    def depart(self, room_id: int, user_id: int, connection: Connection) -> None:
        """A socket has closed the room. The person leaves when no other socket follows soon."""
        sockets = self._sockets[room_id].get(user_id)
        if sockets is None:
            return
        sockets.discard(connection)
        if not sockets:
            self._loop.call_later(LEAVE_SECONDS, self._left, room_id, user_id)

    def online(self, room_id: int) -> list[Person]:
        """Everybody who has the room open, by name."""
        return sorted(self._people(room_id).values(), key=lambda one: (one.name, one.id))

    async def stop(self) -> None:
        """Tell the other processes, so that they needn't find out."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._say(Rumour(self._hub.id, {}, {}, gone=True))

    def _left(self, room_id: int, user_id: int) -> None:
        if self._sockets[room_id].get(user_id):
            return  # came back, or never really left
        self._sockets[room_id].pop(user_id, None)
        if self._here[room_id].pop(user_id, None):
            self._edge(room_id)

    def _people(self, room_id: int) -> People:
        people = dict(self._here.get(room_id, {}))
        for rooms in self._elsewhere.values():
            people |= rooms.get(room_id, {})
        return people

    # -- telling the sockets --

    def _edge(self, room_id: int) -> None:
        self._say(self._rumour([room_id]))
        self._changed(room_id)

    def _changed(self, room_id: int) -> None:
        if room_id not in self._due:
            self._due.add(room_id)
            self._loop.call_later(GATHER_SECONDS, self._tell, room_id)

    def _tell(self, room_id: int) -> None:
        """One event for this process's sockets; every process tells its own."""
        self._due.discard(room_id)
        before, now = self._told[room_id], self._people(room_id)
        joined = [person for user_id, person in now.items() if user_id not in before]
        left = [person for user_id, person in before.items() if user_id not in now]
        if now:
            self._told[room_id] = now
        else:
            self._told.pop(room_id, None)
        if (joined or left) and (slug := self._slugs.get(room_id)):
            event = protocol.PresenceChanged(room=slug, online=len(now), joined=joined, left=left)
            self._hub.tell_here(envelope(room_group(room_id), event))
        if not now:
            self._forget_room(room_id)

    def _forget_room(self, room_id: int) -> None:
        if not self._sockets.get(room_id):
            for table in (self._sockets, self._here, self._slugs):
                table.pop(room_id, None)

    # -- gossip between processes --

    def _rumour(self, room_ids: Iterable[int], *, whole: bool = False) -> Rumour:
        rooms = {str(room_id): [*self._here[room_id].values()] for room_id in room_ids}
        slugs = {str(room_id): self._slugs.get(room_id, "") for room_id in room_ids}
        return Rumour(self._hub.id, rooms, slugs, whole=whole)

    def _say(self, rumour: Rumour) -> None:
        order = {"rumour": msgspec.msgpack.encode(rumour)}
        publish_now(envelope(GROUP, order=order))

    async def _gossip(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_SECONDS)
            self._say(self._rumour([*self._here], whole=True))
            now = time.monotonic()
            for process in [p for p, at in self._heard.items() if now - at > FORGET_SECONDS]:
                self._forget(process)

    def _hear(self, heard: Envelope) -> None:
        rumour = _understood(heard.order)
        if rumour is None or rumour.process == self._hub.id:
            return
        if rumour.gone:
            self._forget(rumour.process)
            return
        if rumour.process not in self._heard:
            self._say(self._rumour([*self._here], whole=True))  # it is new and knows nobody
        self._heard[rumour.process] = time.monotonic()
        known = self._elsewhere.setdefault(rumour.process, {})
        rooms = {int(room_id): people for room_id, people in rumour.rooms.items()}
        for room_id in {*rooms, *(known if rumour.whole else ())}:
            people = {person.id: person for person in rooms.get(room_id, [])}
            if people.keys() != known.get(room_id, {}).keys():
                known[room_id] = people
                self._slugs.setdefault(room_id, rumour.slugs.get(str(room_id), ""))
                self._changed(room_id)

    def _forget(self, process: str) -> None:
        self._heard.pop(process, None)
        for room_id in self._elsewhere.pop(process, {}):
            self._changed(room_id)


def _understood(order: dict[str, Any] | None) -> Rumour | None:
    try:
        return msgspec.msgpack.decode((order or {})["rumour"], type=Rumour)
    except (KeyError, TypeError, msgspec.MsgspecError):
        return None


def typing(room_id: int, slug: str, person: Person, *, started: bool) -> None:
    """Tell everybody else in the room."""
    kind = protocol.TypingStarted if started else protocol.TypingStopped
    publish_now(envelope(room_group(room_id), kind(room=slug, user=person), without=person.id))
