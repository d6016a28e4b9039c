"""A clerk who prepares the database of a browser test's site, and looks things up in it.

It works in its own process: Playwright keeps an event loop in ours, where Django refuses to query.
That process isn't part of the server either, which hears of its changes as of any other worker's:
within two seconds.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.forkserver import fork_server

Line = tuple[int, str, str]  # number, author's username, body


class Clerk:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._process = fork_server().converse("-m", "tests.browser.clerk_process", env=env)

    def make_person(self, username: str, name: str, *, staff: bool = False) -> str:
        """Create an account; return the key of its session."""
        return str(self._ask("make_person", username=username, name=name, staff=staff))

    def appoint(self, username: str) -> None:
        """Make someone a site moderator."""
        self._ask("appoint", username=username)

    def session(self, username: str) -> str:
        return str(self._ask("session", username=username))

    def recent_session(self, username: str) -> str:
        """Return the key of a session that has just confirmed the password."""
        return str(self._ask("recent_session", username=username))

    def furnish_account(self, username: str) -> dict[str, str]:
        """Add an authenticator app, recovery codes and an unconfirmed address; return what is in
        the links of their mails."""
        found: dict[str, str] = self._ask("furnish_account", username=username)
        return found

    def render(self, template: str, context: dict[str, object]) -> str:
        """Render a page of the site as a visitor sees it."""
        return str(self._ask("render", template=template, context=context))

    def make_room(
        self, name: str, owner: str, members: Sequence[str], *, topic: str, kind: str
    ) -> str:
        """Create a room; return its slug."""
        people = {"owner": owner, "members": list(members)}
        return str(self._ask("make_room", name=name, topic=topic, kind=kind, **people))

    def make_many_rooms(self, username: str, rooms: int, people: int) -> list[str]:
        """Create public rooms with a person and as many others in each, and some messages; return
        their slugs."""
        made: list[str] = self._ask(
            "make_many_rooms", username=username, rooms=rooms, people=people
        )
        return made

    def make_direct(self, *usernames: str) -> str:
        """Create the direct room of exactly these people; return its slug."""
        return str(self._ask("make_direct", usernames=usernames))

    def call_person(self, username: str, name: str) -> None:
        self._ask("call_person", username=username, name=name)

    def call_room(self, room: str, owner: str, name: str, topic: str) -> None:
        self._ask("call_room", room=room, owner=owner, name=name, topic=topic)

    def archive(self, room: str, owner: str) -> None:
        self._ask("archive", room=room, owner=owner)

    def open_to_web(self, room: str, owner: str) -> None:
        self._ask("open_to_web", room=room, owner=owner)

    def report(self, room: str, reporter: str, number: int) -> None:
        self._ask("report", room=room, reporter=reporter, number=number)

    def close_account(self, username: str, *, closed: bool = True) -> None:
        self._ask("close_account", username=username, closed=closed)

    def make_invite(self, room: str, owner: str) -> str:
        """Create an invitation; return its token."""
        return str(self._ask("make_invite", room=room, owner=owner))

    def join(self, room: str, username: str) -> None:
        self._ask("join", room=room, username=username)

    def mute(self, room: str, actor: str, username: str) -> None:
        """Mute someone for good, with a reason."""
        self._ask("mute", room=room, actor=actor, username=username)

    def hold(self, room: str, staff: str, word: str) -> None:
        """Add a rule that holds messages containing this word."""
        self._ask("hold", room=room, staff=staff, word=word)

    def review(self, staff: str, body: str, *, refuse: str = "") -> None:
        """Approve a held message, or refuse it with a note."""
        self._ask("review", staff=staff, body=body, note=refuse)

    def refuse_file(self, room: str, name: str) -> None:
        """Find that a file of a room may not be served."""
        self._ask("refuse_file", room=room, name=name)

    def furnish_desk(self, room: str, staff: str, member: str) -> dict[str, str]:
        """Create one object of each model in the admin; return their keys by model name."""
        found: dict[str, str] = self._ask("furnish_desk", room=room, staff=staff, member=member)
        return found

    def post(self, room: str, author: str, *bodies: str) -> list[int]:
        """Post messages; return their numbers."""
        posted: list[int] = self._ask("post", room=room, author=author, bodies=bodies)
        return posted

    def fill(self, room: str, *authors: str, count: int, days: int) -> None:
        """Add this many messages, `message N`, spread evenly over the last days."""
        self._ask("fill", room=room, authors=authors, count=count, days=days)

    def age(self, room: str, *, upto: int, days: int) -> None:
        self._ask("age", room=room, upto=upto, days=days)

    def has_read(self, room: str, username: str, number: int) -> None:
        self._ask("has_read", room=room, username=username, number=number)

    def make_halls(self, username: str, count: int) -> None:
        """Create this many private rooms with nobody else in them: Hall 000 and so on."""
        self._ask("make_halls", username=username, count=count)

    def crowd(self, room: str, count: int) -> None:
        """Make this many people members, called Person 0000 and so on."""
        self._ask("crowd", room=room, count=count)

    def make_public_rooms(self, count: int, *, start: int = 0) -> None:
        """Create this many public rooms without members: Room 0 and so on."""
        self._ask("make_public_rooms", count=count, start=start)

    def crowd_reacts(self, room: str, number: int, emoji: str, count: int) -> None:
        """Let this many other people react to a message."""
        self._ask("crowd_reacts", room=room, number=number, emoji=emoji, count=count)

    def messages(self, room: str) -> list[Line]:
        """Return the stored messages, in the order of the room."""
        return [(number, author, body) for number, author, body in self._ask("messages", room=room)]

    def ids(self, room: str, *usernames: str) -> dict[str, int]:
        found: dict[str, int] = self._ask("ids", room=room, usernames=usernames)
        return found

    def message_id(self, room: str, number: int) -> int:
        return int(self._ask("message_id", room=room, number=number))

    def _ask(self, service: str, **details: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([service, details]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"The clerk is gone: {service} {details}"
        answer = json.loads(line)
        assert "trouble" not in answer, answer["trouble"]
        return answer["answer"]

    def leave(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
