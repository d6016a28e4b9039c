"""Prepares what a browser test needs in the database of its site, and looks things up there.

In a process of its own: Playwright keeps an event loop in ours, where Django refuses to query. It
is no part of the server either, which so hears of it as of any other worker: within two seconds.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tests.processes import ROOT

Line = tuple[int, str, str]  # number, author's username, body


class Clerk:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.clerk_process"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def make_person(self, username: str, name: str, *, staff: bool = False) -> str:
        """The key of the session that they are signed in with."""
        return str(self._ask("make_person", username=username, name=name, staff=staff))

    def appoint(self, username: str) -> None:
        """Makes somebody a moderator of the site."""
        self._ask("appoint", username=username)

    def session(self, username: str) -> str:
        return str(self._ask("session", username=username))

    def recent_session(self, username: str) -> str:
        """Of somebody who has just typed their password, and isn't asked for it again."""
        return str(self._ask("recent_session", username=username))

    def furnish_account(self, username: str) -> dict[str, str]:
        """An authenticator app, recovery codes, an address that isn't confirmed; and what is in the
        links of their mails."""
        found: dict[str, str] = self._ask("furnish_account", username=username)
        return found

    def render(self, template: str, context: dict[str, object]) -> str:
        """A page of the site, for a visitor."""
        return str(self._ask("render", template=template, context=context))

    def make_room(
        self, name: str, owner: str, members: Sequence[str], *, topic: str, kind: str
    ) -> str:
        """The room's slug."""
        people = {"owner": owner, "members": list(members)}
        return str(self._ask("make_room", name=name, topic=topic, kind=kind, **people))

    def make_direct(self, *usernames: str) -> str:
        """The slug of the room of exactly these people."""
        return str(self._ask("make_direct", usernames=usernames))

    def call_person(self, username: str, name: str) -> None:
        self._ask("call_person", username=username, name=name)

    def call_room(self, room: str, owner: str, name: str, topic: str) -> None:
        self._ask("call_room", room=room, owner=owner, name=name, topic=topic)

    def archive(self, room: str, owner: str) -> None:
        self._ask("archive", room=room, owner=owner)

    def close_account(self, username: str, *, closed: bool = True) -> None:
        self._ask("close_account", username=username, closed=closed)

    def make_invite(self, room: str, owner: str) -> str:
        """Its token."""
        return str(self._ask("make_invite", room=room, owner=owner))

    def join(self, room: str, username: str) -> None:
        self._ask("join", room=room, username=username)

    def mute(self, room: str, actor: str, username: str) -> None:
        """For good, with a reason."""
        self._ask("mute", room=room, actor=actor, username=username)

    def hold(self, room: str, staff: str, word: str) -> None:
        """From now on a moderator reads first what is written with a word."""
        self._ask("hold", room=room, staff=staff, word=word)

    def review(self, staff: str, body: str, *, refuse: str = "") -> None:
        """Post what is held, or refuse it with a note."""
        self._ask("review", staff=staff, body=body, note=refuse)

    def furnish_desk(self, room: str, staff: str, member: str) -> dict[str, str]:
        """One of each thing that the admin has pages for: its key, by the name of its model."""
        found: dict[str, str] = self._ask("furnish_desk", room=room, staff=staff, member=member)
        return found

    def post(self, room: str, author: str, *bodies: str) -> list[int]:
        """The messages' numbers."""
        posted: list[int] = self._ask("post", room=room, author=author, bodies=bodies)
        return posted

    def fill(self, room: str, *authors: str, count: int, days: int) -> None:
        """So many messages more, `message N`, written evenly over the last days."""
        self._ask("fill", room=room, authors=authors, count=count, days=days)

    def age(self, room: str, *, upto: int, days: int) -> None:
        self._ask("age", room=room, upto=upto, days=days)

    def has_read(self, room: str, username: str, number: int) -> None:
        self._ask("has_read", room=room, username=username, number=number)

    def make_halls(self, username: str, count: int) -> None:
        """So many private rooms with nobody else in them: Hall 000 and so on."""
        self._ask("make_halls", username=username, count=count)

    def crowd_reacts(self, room: str, number: int, emoji: str, count: int) -> None:
        """So many others have put this on a message."""
        self._ask("crowd_reacts", room=room, number=number, emoji=emoji, count=count)

    def messages(self, room: str) -> list[Line]:
        """What is stored, in the order of the room."""
        return [(number, author, body) for number, author, body in self._ask("messages", room=room)]

    def ids(self, room: str, *usernames: str) -> dict[str, int]:
        found: dict[str, int] = self._ask("ids", room=room, usernames=usernames)
        return found

    def message_id(self, room: str, number: int) -> int:
        return int(self._ask("message_id", room=room, number=number))

    def _ask(self, service: str, **details: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([service, details]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"The clerk is gone: {service} {details}"
        answer = json.loads(line)
        assert "trouble" not in answer, answer["trouble"]
        return answer["answer"]

    def leave(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
