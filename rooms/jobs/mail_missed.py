"""People who weren't there are mailed what concerned them, and, if they want that, once a week what
is unread."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms import address, letters
from rooms.actions.notifications import digests, missed
from rooms.actions.notifications.digests import Digest, Line, Summary
from rooms.actions.notifications.missed import Missed, Weekly
from rooms.jobs import mail_server
from rooms.jobs.kinds import Attempt, Later
from rooms.jobs.mail import message_id
from rooms.letters import plain
from rooms.models import InboxItem, User
from rooms.queries import site
from rooms.storage.threads import in_change_thread, in_db_thread
from rooms.text import zones

Context = dict[str, Any]


async def send_missed(work: Missed, attempt: Attempt) -> None:
    """Twice is once for mail programs: a mail about the same messages has the same Message-ID."""
    found = await in_change_thread(digests.due)(work.user)
    if isinstance(found, float):
        raise Later(found)
    if found is not None:
        await mail_server.hand_over(await in_db_thread(about_missed)(found))
        await in_change_thread(digests.sent)(work.user, found.newest)


async def send_weekly(work: Weekly, attempt: Attempt) -> None:
    """Twice is once for mail programs: the mails of one week have the same Message-ID."""
    found = await in_db_thread(digests.week)(work.user)
    if found is not None:
        await mail_server.hand_over(await in_db_thread(about_week)(found))
    user = await in_db_thread(digests.wants_weekly)(work.user)
    if user is not None:
        raise Later(missed.until_monday(user))


def about_missed(digest: Digest) -> EmailMessage:
    """Write what one person missed, in their language and by their clock."""
    room, *others = digest.parts
    told = sum(len(part.lines) for part in digest.parts)
    with translation.override(_language(digest.user)):
        context = {
            "room": "" if others else plain(room.room),
            "button": _("Open the inbox") if told > 1 else _("Open the message"),
            "why": _("This mail was sent because you weren't there."),
            "count": told + digest.more,
            "more": digest.more,
            "parts": [
                {
                    "room": plain(part.room),
                    "lines": [_line(digest.user, part.slug, line) for line in part.lines],
                }
                for part in digest.parts
            ],
            "url": _url("inbox") if told > 1 else _url("room_at", room.slug, room.lines[0].number),
        }
        topic = "missed" if others else f"missed {room.slug}"
        once = f"missed {digest.newest}"
        return _letter("missed", digest.user, digest.address, context, topic=topic, once=once)


def about_week(summary: Summary) -> EmailMessage:
    """Write in which rooms one person has something to read."""
    with translation.override(_language(summary.user)):
        context = {
            "lines": [
                {
                    "room": plain(one.room),
                    "unread": ngettext("%(count)d unread", "%(count)d unread", one.count)
                    % {"count": one.count},
                    "url": _url("room", one.slug),
                }
                for one in summary.rooms
            ],
            "more": summary.more,
            "why": _("This mail is sent every Monday because you asked for it."),
            "url": _url("unread"),
        }
        year, number, _day = timezone.now().isocalendar()
        once = f"weekly {year} {number}"
        who = summary.user
        return _letter("weekly", who, summary.address, context, topic="weekly", once=once)


def _letter(
    template: str, user: User, to: str, context: Mapping[str, Any], *, topic: str, once: str
) -> EmailMessage:
    """Mails about one `topic` are one conversation, and those about `once` are one mail."""
    link = letters.unsubscribe_link(user.pk, template)
    first = message_id(_name(user, topic))
    headers = {
        "Message-ID": message_id(_name(user, once)),
        "In-Reply-To": first,
        "References": first,
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    about = {
        "username": user.username,
        "settings_url": _url("notifications"),
        "unsubscribe_url": link,
        **context,
    }
    return letters.letter(template, to=to, context=about, headers=headers)


def _name(user: User, what: str) -> str:
    """A name for something that is mailed to somebody, which tells nobody what it is."""
    return salted_hmac(__name__, f"{user.pk} {what}", algorithm="sha256").hexdigest()[:32]


def _language(user: User) -> str:
    return site.language_of(user.language)


def _line(user: User, slug: str, line: Line) -> Context:
    words, name = _REASONS[line.reason](), plain(line.author)
    moment = timezone.localtime(line.created_at, zones.zone(user.local_zone))
    return {
        "who": words % {"name": name},
        # The words are ours, the name is isolated and escaped.
        "who_html": format_html(
            words.replace("%(name)s", "{}"), format_html("<bdi>{}</bdi>", name)
        ),
        "when": formats.date_format(moment, "SHORT_DATETIME_FORMAT"),
        "excerpt": plain(line.excerpt),
        "url": _url("room_at", slug, line.number),
    }


def _url(name: str, *arguments: Any) -> str:
    return address.canonical(reverse(name, args=arguments))


_REASONS: dict[str, Callable[[], str]] = {
    InboxItem.Reason.MENTION: lambda: _("%(name)s mentioned you"),
    InboxItem.Reason.ROOM: lambda: _("%(name)s mentioned everyone"),
    InboxItem.Reason.KEYWORD: lambda: _("%(name)s used one of your keywords"),
    InboxItem.Reason.DIRECT: lambda: _("%(name)s wrote to you"),
    InboxItem.Reason.REPLY: lambda: _("%(name)s replied to you"),
}
