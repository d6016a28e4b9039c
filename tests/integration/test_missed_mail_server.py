"""Mails about missed messages, from a post to a mail server, and back by the link in them."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.chat_client import ChatClient
from tests.mail import mail_server
from tests.processes import eventually
from tests.site import Site, serving

ONE_CLICK = b"List-Unsubscribe=One-Click"


class Archive:
    """The database of a site, to look into and to let hours pass in."""

    def __init__(self, data: Path) -> None:
        self._file = data / "chatsite.sqlite3"

    def asks(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self._file, timeout=20)) as database, database:
            return database.execute(statement, values).fetchall()

    def confirms(self, *usernames: str) -> None:
        """Give people a confirmed address."""
        for username in usernames:
            self.asks(
                "INSERT INTO account_emailaddress (user_id, email, verified, `primary`)"
                " SELECT id, username || '@example.com', 1, 1 FROM rooms_user WHERE username = ?",
                username,
            )

    def has_no(self, kind: str) -> bool:
        """Whether every job of a kind is done."""
        return not self.asks("SELECT 1 FROM rooms_job WHERE kind = ?", kind)

    def lets_hours_pass(self) -> None:
        """Whatever is in inboxes is two hours old, and the jobs that wait for it are due."""
        self.asks("UPDATE rooms_inboxitem SET created_at = datetime(created_at, '-2 hours')")
        self.asks("UPDATE rooms_job SET due = created_at WHERE kind = 'missed'")


async def until(happens: Callable[..., bool], *values: object) -> None:
    await asyncio.to_thread(eventually, lambda: happens(*values))


async def writes(ann: ChatClient, archive: Archive, room: str, *bodies: str) -> None:
    """Post, and wait until everyone whom it concerns is told."""
    for body in bodies:
        await ann.posts(body, room=room)
    await until(archive.has_no, "tell")


async def room_with(ann: ChatClient, other: str) -> str:
    reply = await ann.does("room.direct", people=[other])
    return str(reply["room"]["slug"])


def text_of(mail: Message) -> str:
    assert isinstance(mail, EmailMessage)
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def clicks(site: Site, mail: Message) -> int:
    """Unsubscribe as a mail program does: with one request, and without a cookie."""
    path = urlsplit(str(mail["List-Unsubscribe"]).strip(" <>")).path
    request = Request(site.address + path, ONE_CLICK)  # noqa: S310
    with urlopen(request, timeout=20) as answer:  # noqa: S310
        return int(answer.status)


async def test_a_quiet_time_is_one_mail_of_one_thread_and_none_once_its_link_was_clicked(
    tmp_path: Path,
) -> None:
    data = tmp_path / "site"
    archive = Archive(data)
    with mail_server() as post, serving(data, env={"EMAIL_URL": post.url}) as site:
        ann = await site.visitor().signs_up("ann").connects()
        cleo = await asyncio.to_thread(site.visitor().signs_up, "cleo")
        await asyncio.to_thread(site.visitor().signs_up, "ben")
        archive.confirms("ben", "cleo")
        to_ben, to_cleo = await room_with(ann, "ben"), await room_with(ann, "cleo")
        await writes(ann, archive, to_ben, "Number one", "Number two", "Number three")
        await writes(ann, archive, to_cleo, "You will read this")
        waiting = archive.asks("SELECT COUNT(*) FROM rooms_job WHERE kind = 'missed'")
        assert waiting == [(2,)], "both would be mailed"
        reader = await cleo.connects()
        await reader.does("room.read", room=to_cleo, number=1)
        await reader.leaves()

        archive.lets_hours_pass()
        await until(archive.has_no, "missed")
        (first,) = post.has(1)
        assert first["To"] == "ben@example.com", "cleo has read hers"
        for body in ("Number one", "Number two", "Number three"):
            assert body in text_of(first)

        await writes(ann, archive, to_ben, "Number four")
        archive.lets_hours_pass()
        await until(archive.has_no, "missed")
        _, second = post.has(2)
        assert "Number four" in text_of(second)
        assert "Number three" not in text_of(second)
        assert second["References"] == second["In-Reply-To"] == first["References"]
        assert second["Subject"] == first["Subject"]

        assert second["List-Unsubscribe-Post"] == ONE_CLICK.decode()
        assert await asyncio.to_thread(clicks, site, second) == 200
        await writes(ann, archive, to_ben, "Number five")
        assert archive.has_no("missed"), "nobody waits for ben any more"
        assert len(post.mails) == 2
        await ann.leaves()
