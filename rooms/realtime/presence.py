"""Who is online and who is typing. Ephemeral: never touches the ORM.

Presence is gossip over the channel layer. Each process announces which of its people entered or
left a room, and now and then all of them; a process that falls silent is forgotten. So presence
needs no rows and no Redis commands, works the same within one process, and repairs itself.
"""

import asyncio
from collections import defaultdict
from typing import Any

import msgspec

from rooms import serializers
from rooms.broadcast import envelope, publish_now, room_group
from rooms.fanout.envelopes import Connection, Envelope
from rooms.fanout.hub import Hub
from rooms.protocol import events
from rooms.protocol.shapes import Person
from rooms.realtime.gossip import Hearsay, People, Rumour, parse_rumour

GROUP = "presence"
LEAVE_SECONDS = 1.0  # a reload reconnects sooner, so nobody notices it
GATHER_SECONDS = 0.1  # within it, all changes in a room become one event
SNAPSHOT_SECONDS = 10.0
ENDED_SECONDS = 8.0  # for the people of a process that is stopping to reach another one
FORGET_SECONDS = 35.0  # after three missed snapshots: `kill -9` takes people offline in 45 s


class Presence:
    """The people in every room: this process's own, by socket, and those of other processes, by
    hearsay. Belongs to the loop of its hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._id = hub.relay.id
        self._loop = asyncio.get_running_loop()
        self._sockets: dict[int, dict[int, set[Connection]]] = defaultdict(dict)
        self._here: dict[int, People] = defaultdict(dict)
        self._elsewhere: dict[str, Hearsay] = {}
        self._told: dict[int, People] = defaultdict(dict)
        self._slugs: dict[int, str] = {}
        self._due: set[int] = set()
        self._number = 0
        self._said: dict[int, People] = {}  # what other processes were told of our people
        self._to_say: set[int] = set()
        self._everything_due = False
        hub.listen(GROUP, self._hear)
        hub.relay.returned.append(self._say_everything_soon)
        hub.spread.append(self._hear_of_person)
        self._task = self._loop.create_task(self._gossip())

    def arrive(self, room_id: int, slug: str, person: Person, connection: Connection) -> None:
        """Note that a socket has opened the room."""
        self._slugs[room_id] = slug
        self._sockets[room_id].setdefault(person.id, set()).add(connection)
        if person.id not in self._here[room_id]:
            self._here[room_id][person.id] = person
            self._edge(room_id)

    def depart(self, room_id: int, user_id: int, connection: Connection) -> None:
        """Note that a socket has closed the room. Unless another one opens it soon, the person has
        left."""
        sockets = self._sockets[room_id].get(user_id)
        if sockets is None:
            return
        sockets.discard(connection)
        if not sockets:
            self._loop.call_later(LEAVE_SECONDS, self._left, room_id, user_id)

    def online(self, room_id: int) -> list[Person]:
        """Everyone who has the room open, sorted by name."""
        return sorted(self._people(room_id).values(), key=lambda one: (one.name, one.id))

    async def stop(self) -> None:
        """Stop, and tell the other processes."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.end()

    def end(self) -> None:
        """Tell the other processes that our people are leaving."""
        self._say(ended=True)

    def _left(self, room_id: int, user_id: int) -> None:
        if self._sockets[room_id].get(user_id):
            return  # came back, or still has another socket
        self._sockets[room_id].pop(user_id, None)
        if self._here[room_id].pop(user_id, None):
            self._edge(room_id)

    def _people(self, room_id: int) -> People:
        people = dict(self._here.get(room_id, {}))
        for process in self._elsewhere.values():
            people |= process.rooms.get(room_id, {})
        return people

    # -- telling the sockets --

    def _edge(self, room_id: int) -> None:
        if not self._to_say:
            self._loop.call_later(GATHER_SECONDS / 2, self._say_edges)
        self._to_say.add(room_id)
        self._changed(room_id)

    def _changed(self, room_id: int) -> None:
        if room_id not in self._due:
            self._due.add(room_id)
            self._loop.call_later(GATHER_SECONDS, self._tell, room_id)

    def _tell(self, room_id: int) -> None:
        """Send one event to this process's sockets; every process tells its own."""
        self._due.discard(room_id)
        before, now = self._told[room_id], self._people(room_id)
        joined = [person for user_id, person in now.items() if user_id not in before]
        left = [person for user_id, person in before.items() if user_id not in now]
        if now:
            self._told[room_id] = now
        else:
            self._told.pop(room_id, None)
        if (joined or left) and (slug := self._slugs.get(room_id)):
            for event in serializers.presence(slug, len(now), joined, left):
                self._hub.tell_here(envelope(room_group(room_id), event))
        if not now:
            self._forget_room(room_id)

    def _forget_room(self, room_id: int) -> None:
        if not self._sockets.get(room_id):
            for table in (self._sockets, self._here, self._slugs):
                table.pop(room_id, None)

    # -- gossip between processes --

    def _say(self, **what: Any) -> None:
        self._number += 1
        rumour = Rumour(process=self._id, number=self._number, **what)
        order = {"rumour": msgspec.msgpack.encode(rumour)}
        self._hub.publish([envelope(GROUP, order=order)])

    def _say_edges(self) -> None:
        """Announce who came and who left since the last time, in all rooms at once."""
        came: dict[int, list[int]] = {}
        left: dict[int, list[int]] = {}
        people: People = {}
        rooms, self._to_say = self._to_say, set()
        for room_id in rooms:
            before, now = self._said.get(room_id, {}), self._here.get(room_id, {})
            arrived = {one: now[one] for one in now.keys() - before.keys()}
            departed = [*(before.keys() - now.keys())]
            people |= arrived
            if arrived:
                came[room_id] = [*arrived]
            if departed:
                left[room_id] = departed
            self._remember(room_id, now)
        if came or left:
            slugs = {room_id: self._slugs.get(room_id, "") for room_id in came}
            self._say(people=[*people.values()], came=came, left=left, slugs=slugs)

    def _say_everything(self) -> None:
        self._everything_due = False
        here = {room_id: people for room_id, people in self._here.items() if people}
        self._said = {}
        for room_id, people in here.items():
            self._remember(room_id, people)
        everybody = {one: person for people in here.values() for one, person in people.items()}
        self._say(
            people=[*everybody.values()],
            came={room_id: [*people] for room_id, people in here.items()},
            slugs={room_id: self._slugs.get(room_id, "") for room_id in here},
            whole=True,
        )

    def _say_everything_soon(self) -> None:
        """Send one snapshot for all who ask at the same moment."""
        if not self._everything_due:
            self._everything_due = True
            self._loop.call_later(GATHER_SECONDS, self._say_everything)

    def _remember(self, room_id: int, said: People) -> None:
        if said:
            self._said[room_id] = dict(said)
        else:
            self._said.pop(room_id, None)

    async def _gossip(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_SECONDS)
            self._say_everything()
            silent = self._loop.time() - FORGET_SECONDS
            for process in [name for name, one in self._elsewhere.items() if one.at < silent]:
                self._forget(process)

    def _hear(self, heard: Envelope) -> None:
        rumour = parse_rumour(heard.order)
        if rumour is None:
            return
        if rumour.ended:
            self._loop.call_later(ENDED_SECONDS, self._forget, rumour.process)
            return
        if rumour.asks == self._id or rumour.process not in self._elsewhere:
            self._say_everything_soon()  # it has missed something, or is new
        hearsay = self._elsewhere.setdefault(rumour.process, Hearsay())
        if rumour.number != hearsay.number + 1 and not rumour.whole:
            self._say(asks=rumour.process)
        hearsay.number, hearsay.at = rumour.number, self._loop.time()
        for room_id, slug in rumour.slugs.items():
            self._slugs.setdefault(room_id, slug)
        for room_id in hearsay.hear(rumour):
            self._changed(room_id)

    def _hear_of_person(self, told: Envelope) -> None:
        """Store a new name or avatar for people who open rooms later. Everyone else gets it with
        the notice."""
        match told.order:
            case {"op": "person", "person": known}:
                person = msgspec.convert(known, Person)
                everywhere = [one.rooms for one in self._elsewhere.values()]
                for rooms in (self._here, self._told, self._said, *everywhere):
                    for people in rooms.values():
                        if person.id in people:
                            people[person.id] = person

    def _forget(self, process: str) -> None:
        hearsay = self._elsewhere.pop(process, None)
        for room_id in hearsay.rooms if hearsay else ():
            self._changed(room_id)


def typing(room_id: int, slug: str, person: Person, *, started: bool) -> None:
    """Tell all other members who have the room open."""
    kind = events.TypingStarted if started else events.TypingStopped
    event = kind(room=slug, user=person)
    publish_now(envelope(room_group(room_id), event, without=person.id, inside=True))
