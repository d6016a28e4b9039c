"""Rooms that are open to the web: what outsiders read there, and everything they don't."""

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from rooms.actions.accounts import accounts, erasure, profiles
from rooms.actions.messages import changes
from rooms.actions.moderation import review, rules
from rooms.actions.rooms import rooms, web
from rooms.actions.site import installation
from rooms.errors import ChatError, Forbidden, NotFound
from rooms.fanout.envelopes import Envelope
from rooms.models import AuditEntry, Held, Membership, Message, Room, User
from tests import factories
from tests.conftest import signed_in

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _unlimited(no_limits: None) -> None:
    """Most tests look more often than a reader would."""


@pytest.fixture
def opened(room: Room, alice: User, bob: User) -> Room:
    """The public room: three messages from before it was opened, then two."""
    factories.post_many(room, alice, ["Before one", "Before two"])
    factories.post(room, bob, "Before three")
    web.open_to_web(actor=alice, room=room, indexed=True)
    factories.post(room, alice, "After four")
    factories.post(room, bob, "After five")
    return room


def doors(room: Room, number: int = 4) -> list[str]:
    """Every address of a room for outsiders."""
    start = f"/web/{room.slug}/"
    return [start, f"{start}1-50/", f"{start}{number}/", f"{start}feed/"]


def read(visitor: Client, room: Room, number: int = 4) -> str:
    """Everything that outsiders can read of a room, at all of its addresses that exist."""
    answers = [visitor.get(path) for path in doors(room, number)]
    return "\n".join(answer.content.decode() for answer in answers if answer.status_code == 200)


# -- what is shown ---------------------------------------------------------------------------


def test_only_what_was_said_since_the_room_was_opened_is_shown(
    visitor: Client, opened: Room
) -> None:
    text = read(visitor, opened)
    assert "After four" in text
    assert "After five" in text
    assert "Before" not in text
    for number in (0, 1, 2, 3, 6):
        assert visitor.get(f"/web/{opened.slug}/{number}/").status_code == 404


def test_an_answer_to_an_earlier_message_shows_nothing_of_it(
    visitor: Client, opened: Room, bob: User
) -> None:
    factories.post(opened, bob, "I agree", reply_to=1)
    factories.post(opened, bob, "This too", reply_to=4)
    text = read(visitor, opened, 6)
    assert "I agree" in text
    assert "In reply to a message that isn't shown here" in text
    assert "Before" not in text
    page = visitor.get(f"/web/{opened.slug}/").content.decode()
    assert page.count("After four") == 2  # once quoted


def test_an_earlier_message_stays_inside_when_it_is_edited_or_restored(
    visitor: Client, opened: Room, alice: User
) -> None:
    changes.edit_message(actor=alice, slug=opened.slug, number=1, body="Before, edited")
    changes.delete_message(actor=alice, slug=opened.slug, number=2)
    changes.restore_messages(actor=alice, messages=Message.objects.filter(room=opened, number=2))
    assert "Before" not in read(visitor, opened, 1)


def test_what_was_held_before_the_opening_stays_inside_when_it_is_approved(
    visitor: Client, room: Room, alice: User, bob: User, staff: User
) -> None:
    rules.add_rule(actor=staff, kind="word", pattern="casino", action="hold", room=room)
    for body in ("Said before: casino", "Said after: casino"):
        with pytest.raises(AssertionError):  # the factory expects it to be posted
            factories.post(room, bob, body)
        web.open_to_web(actor=alice, room=room, indexed=False)
    for held in Held.objects.order_by("pk"):
        review.approve_held(actor=staff, held=held)
    assert Message.objects.filter(room=room).count() == 2
    text = read(visitor, room, 1)
    assert "Said after" in text
    assert "Said before" not in text
    assert visitor.get(f"/web/{room.slug}/1/").status_code == 404


def test_closing_closes_every_door_and_what_was_open_for_good(
    visitor: Client, opened: Room, alice: User
) -> None:
    web.close_to_web(actor=alice, room=opened)
    assert [visitor.get(path).status_code for path in doors(opened)] == [404] * 4
    assert opened.slug not in visitor.get("/sitemap.xml").content.decode()
    web.open_to_web(actor=alice, room=opened, indexed=False)
    factories.post(opened, alice, "Newest six")
    text = read(visitor, opened)
    assert "Newest six" in text
    assert "After" not in text


def test_opening_an_open_room_again_moves_nothing(opened: Room, alice: User) -> None:
    before = Room.objects.values("web_opened_at", "web_floor").get(pk=opened.pk)
    web.open_to_web(actor=alice, room=opened, indexed=False)
    assert Room.objects.values("web_opened_at", "web_floor").get(pk=opened.pk) == before


def test_a_mention_is_text_out_there(visitor: Client, opened: Room, alice: User, bob: User) -> None:
    factories.post(opened, alice, f"ask **@{bob.username}** or @room")
    for named in (False, True):
        User.objects.filter(pk=bob.pk).update(web_named=named)
        text = read(visitor, opened)
        assert 'class="mention' not in text
        assert "data-person" not in text
        assert (f"<strong>@{bob.username}</strong> or @room" in text) == named


def test_deleted_messages_vanish_at_once_and_edits_follow(
    visitor: Client, opened: Room, alice: User, bob: User
) -> None:
    factories.post(opened, bob, "An answer", reply_to=4)
    path = f"/web/{opened.slug}/"
    etag = visitor.get(path)["ETag"]
    changes.edit_message(actor=bob, slug=opened.slug, number=5, body="After, edited")
    changes.delete_message(actor=alice, slug=opened.slug, number=4)
    answer = visitor.get(path, headers={"If-None-Match": etag})
    assert answer.status_code == 200
    text = read(visitor, opened)
    assert "After, edited" in text
    assert "After five" not in text
    assert "After four" not in text
    assert visitor.get(f"{path}4/").status_code == 404


def test_an_archived_room_can_still_be_read_and_closed(
    visitor: Client, opened: Room, alice: User
) -> None:
    rooms.archive_room(actor=alice, room=opened)
    assert "After four" in read(visitor, opened)
    with pytest.raises(Forbidden):
        web.open_to_web(actor=alice, room=opened, indexed=False)
    web.close_to_web(actor=alice, room=opened)
    assert visitor.get(f"/web/{opened.slug}/").status_code == 404


def test_a_room_that_is_no_longer_public_is_closed(visitor: Client, opened: Room) -> None:
    Room.objects.filter(pk=opened.pk).update(kind=Room.Kind.PRIVATE)
    assert read(visitor, opened) == ""


# -- people ----------------------------------------------------------------------------------


def test_people_are_named_only_if_they_said_so(visitor: Client, opened: Room, bob: User) -> None:
    factories.post(opened, bob, "Five again")
    profiles.set_web_named(actor=bob, named=True)
    text = visitor.get(f"/web/{opened.slug}/").content.decode()
    assert "Bob" in text
    assert "Alice" not in text
    assert "alice" not in text
    assert "Somebody A" in text
    profiles.set_web_named(actor=bob, named=False)
    text = read(visitor, opened)
    assert "Bob" not in text
    assert "bob" not in text.lower().replace("somebody", "")


def test_a_hidden_name_is_hidden_where_others_use_it(
    visitor: Client, opened: Room, alice: User, bob: User, charlie: User
) -> None:
    profiles.set_web_named(actor=charlie, named=True)
    factories.post(opened, alice, "@bob, **@Bob** and @charlie: see @property", reply_to=5)
    text = visitor.get(f"/web/{opened.slug}/").content.decode()
    assert "@Somebody B, <strong>@Somebody B</strong> and @charlie: see @property" in text
    assert not re.search(r"\bbob\b|\balice\b", read(visitor, opened, 6), re.IGNORECASE)


def test_names_of_closed_and_deleted_accounts_are_hidden(
    visitor: Client, opened: Room, alice: User, bob: User, charlie: User, staff: User
) -> None:
    for user in (bob, charlie):
        profiles.set_web_named(actor=user, named=True)
    factories.post(opened, alice, "@bob and @charlie")
    assert "@bob and @charlie" in read(visitor, opened)
    accounts.set_active(actor=staff, user=bob, active=False)
    erasure.erase(actor=charlie, username="charlie")
    text = read(visitor, opened)
    assert not re.search(r"\bbob\b|charlie", text, re.IGNORECASE)


def test_a_picture_is_shown_only_with_the_name(visitor: Client, opened: Room, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(avatar=f"avatars/{'a' * 32}.webp")
    path = f"/web/{opened.slug}/"
    assert "<img" not in visitor.get(path).content.decode()
    User.objects.filter(pk=bob.pk).update(web_named=True)
    assert f"/media/avatars/{'a' * 32}.webp" in visitor.get(path).content.decode()


def test_the_feed_has_no_letters_that_change_with_every_message(
    visitor: Client, opened: Room
) -> None:
    feed = ElementTree.fromstring(  # noqa: S314  our own
        visitor.get(f"/web/{opened.slug}/feed/").content
    )
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["After five", "After four"]
    assert {entry.findtext(f"{ATOM}author/{ATOM}name") for entry in entries} == {"Somebody"}
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    assert link.attrib["href"].endswith(f"/web/{opened.slug}/5/")


# -- secrecy ---------------------------------------------------------------------------------


def test_outsiders_see_nothing_else_of_the_site(
    visitor: Client, opened: Room, alice: User, private_room: Room
) -> None:
    factories.make_room("Elsewhere", owner=alice)
    token = factories.make_invite(private_room, by=alice)
    links = [f"/rooms/{private_room.slug}/", "/rooms/elsewhere/3/", f"/invite/{token}/"]
    spellings = [f"{origin}{link}" for link in links for origin in ("http://testserver", "")]
    factories.post(opened, alice, " ".join([*spellings, f"`{spellings[0]}`"]))
    text = read(visitor, opened, 6) + visitor.get("/sitemap.xml").content.decode()
    for secret in (private_room.slug, "elsewhere", "Back office", token, "Tea and talk, bob"):
        assert secret not in text
    assert "(link for members)" in text


def test_a_link_to_this_room_leads_outsiders_to_its_page(
    visitor: Client, opened: Room, alice: User
) -> None:
    origin = "http://testserver"
    body = f"{origin}/rooms/{opened.slug}/4/ and {origin}/rooms/{opened.slug}/1/"
    factories.post(opened, alice, body)
    text = visitor.get(f"/web/{opened.slug}/6/").content.decode()
    assert f"/web/{opened.slug}/4/" in text
    assert f"/{opened.slug}/1/" not in text
    assert "and (link for members)" in text


@pytest.mark.parametrize("path", ["", "1-50/", "1/", "feed/"])
def test_a_closed_room_looks_like_a_missing_one(
    visitor: Client, room: Room, private_room: Room, alice: User, path: str
) -> None:
    factories.post(room, alice)
    direct = factories.make_direct(alice, factories.make_user("zoe"))
    answers = []
    for slug in ("no-such-room", room.slug, private_room.slug, direct.slug):
        answer = visitor.get(f"/web/{slug}/{path}")
        answers.append(
            (answer.status_code, answer.content.replace(slug.encode(), b""), answer.headers)
        )
    assert answers[0][0] == 404
    assert all(answer[:2] == answers[0][:2] for answer in answers)
    assert all(dict(answer[2]) == dict(answers[0][2]) for answer in answers)


@pytest.mark.parametrize(
    "path", ["2-51/", "1-49/", "1-100/", "51-100/", "0-49/", "01-50/", "0/", "99/", "9" * 18 + "/"]
)
def test_there_are_no_endless_addresses(visitor: Client, opened: Room, path: str) -> None:
    assert visitor.get(f"/web/{opened.slug}/{path}").status_code == 404


def test_the_site_can_switch_it_off(visitor: Client, opened: Room, settings: Settings) -> None:
    settings.WEB_ROOMS = False
    assert [visitor.get(path).status_code for path in doors(opened)] == [404] * 4
    assert opened.slug not in visitor.get("/sitemap.xml").content.decode()


# -- pages -----------------------------------------------------------------------------------


def test_pages_have_stable_addresses_and_lead_to_each_other(
    visitor: Client, opened: Room, alice: User
) -> None:
    for start in range(0, 120, 20):
        factories.post_many(opened, alice, [f"Line {start + one}" for one in range(20)])
    newest = visitor.get(f"/web/{opened.slug}/").content.decode()
    assert "Line 119" in newest
    assert rels(newest) == {
        "canonical": f"http://testserver/web/{opened.slug}/",
        "prev": f"/web/{opened.slug}/51-100/",
    }
    middle = visitor.get(f"/web/{opened.slug}/51-100/").content.decode()
    assert rels(middle) == {
        "canonical": f"http://testserver/web/{opened.slug}/51-100/",
        "prev": f"/web/{opened.slug}/1-50/",
        "next": f"/web/{opened.slug}/101-150/",
    }
    assert re.findall(r'id="m(\d+)"', middle) == [str(number) for number in range(51, 101)]
    first = visitor.get(f"/web/{opened.slug}/1-50/").content.decode()
    assert re.findall(r'id="m(\d+)"', first) == [str(number) for number in range(4, 51)]
    assert "prev" not in rels(first)
    found = visitor.get(f"/web/{opened.slug}/60/").content.decode()
    assert rels(found) == {"canonical": f"http://testserver/web/{opened.slug}/51-100/"}
    assert re.findall(r'id="m(\d+)"', found) == [str(number) for number in range(55, 66)]


def rels(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="(canonical|prev|next)" href="([^"]+)">', page))


@pytest.mark.parametrize("path", ["", "1-50/", "4/", "feed/"])
def test_a_page_takes_a_few_queries_however_much_is_on_it(
    visitor: Client,
    opened: Room,
    alice: User,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    bodies = [f"@bob and @nobody_{one}" for one in range(40)]
    factories.post_many(opened, alice, bodies, reply_to=4)
    # The room, its messages, those they answer, and the people after an @.
    with django_assert_max_num_queries(5):
        assert visitor.get(f"/web/{opened.slug}/{path}").status_code == 200


def test_a_page_that_has_not_changed_is_not_sent_again(
    visitor: Client, opened: Room, bob: User
) -> None:
    for path in doors(opened):
        answer = visitor.get(path)
        assert answer["Cache-Control"] == "public, no-cache"
        again = visitor.get(path, headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        profiles.set_web_named(actor=bob, named=not bob.web_named)
        if path != doors(opened)[2]:
            assert visitor.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_pages_are_plain_and_the_same_for_everyone(
    visitor: Client, as_alice: Client, opened: Room
) -> None:
    for path in [*doors(opened), "/sitemap.xml", "/robots.txt", "/web/none/"]:
        answer, mine = visitor.get(path), as_alice.get(path)
        assert answer.content == mine.content
        assert not answer.cookies
        assert not mine.cookies
        assert b"<script" not in answer.content
        assert b"<form" not in answer.content
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy


def test_search_engines_are_asked_to_stay_away_unless_the_owner_says_otherwise(
    visitor: Client, opened: Room, alice: User
) -> None:
    path = f"/web/{opened.slug}/"
    assert path in visitor.get("/sitemap.xml").content.decode()
    assert "noindex" not in visitor.get(path).content.decode()
    web.open_to_web(actor=alice, room=opened, indexed=False)
    assert path not in visitor.get("/sitemap.xml").content.decode()
    for door in doors(opened):
        assert visitor.get(door)["X-Robots-Tag"] == "noindex, noarchive"
    assert '<meta name="robots" content="noindex, noarchive">' in visitor.get(path).text


def test_the_sitemap_lists_the_pages_that_exist(visitor: Client, opened: Room, alice: User) -> None:
    factories.post_many(opened, alice, [f"Line {one}" for one in range(50)])
    found = re.findall(r"<loc>[^<]*(/web/[^<]*)</loc>", visitor.get("/sitemap.xml").text)
    start = f"/web/{opened.slug}/"
    assert found == [start, f"{start}51-100/", f"{start}1-50/"]
    assert {visitor.get(path).status_code for path in found} == {200}


def test_pages_are_limited_by_address(visitor: Client, opened: Room, settings: Settings) -> None:
    settings.RATE_LIMITS = True
    settings.LIMITS = {**settings.LIMITS, "web": "3/h"}
    path = f"/web/{opened.slug}/"
    answers = [visitor.get(path) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1]["Retry-After"]) >= 1
    assert visitor.get(path, REMOTE_ADDR="203.0.113.7").status_code == 200


def test_hostile_text_stays_text(visitor: Client, opened: Room, alice: User) -> None:
    factories.post(opened, alice, "<script>alert(1)</script> & ]]> \x7f")
    Room.objects.filter(pk=opened.pk).update(name='"><script>x</script>', topic='"><img src=x>')
    for path in doors(opened, 6):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert b"<script" not in answer.content
        assert b"<img src=x" not in answer.content
    feed = visitor.get(f"/web/{opened.slug}/feed/").content
    assert ElementTree.fromstring(feed)  # noqa: S314  our own


# -- opening ---------------------------------------------------------------------------------


def test_only_owners_open_a_room_and_only_a_public_one(
    room: Room, private_room: Room, alice: User, bob: User, staff: User, maud: User
) -> None:
    factories.add_member(room, factories.make_user("mod"), Membership.Role.MODERATOR)
    moderator = User.objects.get(username="mod")
    for actor in (bob, moderator):
        with pytest.raises(Forbidden):
            web.open_to_web(actor=actor, room=room, indexed=True)
        with pytest.raises(Forbidden):
            web.close_to_web(actor=actor, room=room)
    with pytest.raises(NotFound):
        web.open_to_web(actor=factories.make_user("zoe"), room=private_room, indexed=True)
    for who in (alice, maud):
        with pytest.raises(Forbidden):
            web.open_to_web(actor=who, room=private_room, indexed=True)
    direct = factories.make_direct(alice, bob)
    with pytest.raises(ChatError):
        web.open_to_web(actor=alice, room=direct, indexed=True)
    assert not Room.objects.on_the_web().exists()
    web.open_to_web(actor=maud, room=room, indexed=False)
    assert Room.objects.on_the_web().get() == room


def test_a_newcomer_cannot_open_a_room(room: Room, alice: User, staff: User) -> None:
    installation.set_newcomers(actor=staff, hours=24, links="hold", directs=3, rooms=3)
    with pytest.raises(Forbidden):
        web.open_to_web(actor=alice, room=room, indexed=False)
    User.objects.filter(pk=alice.pk).update(date_joined=timezone.now() - timedelta(days=3))
    alice.refresh_from_db()
    web.open_to_web(actor=alice, room=room, indexed=False)


def test_opening_is_recorded_and_told_to_everyone_in_the_room(
    room: Room,
    alice: User,
    announced: list[Envelope],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        web.open_to_web(actor=alice, room=room, indexed=False)
        web.close_to_web(actor=alice, room=room)
    entries = AuditEntry.objects.filter(action="room.web").order_by("pk")
    assert [(one.before, one.after) for one in entries] == [
        ("closed", "open after 0, hidden from search engines"),
        ("open after 0, hidden from search engines", "closed"),
    ]
    told = [envelope.frame for envelope in announced if envelope.frame]
    assert [b'"web":{"after":0,' in frame for frame in told] == [True, False]
    assert all(envelope.aside == envelope.frame for envelope in announced)


def test_owners_open_and_close_a_room_in_its_settings(
    as_alice: Client, as_bob: Client, visitor: Client, room: Room
) -> None:
    def page(browser: Client) -> str:
        return browser.get(f"/rooms/{room.slug}/settings/").content.decode()

    assert "Open to the web" in page(as_alice)
    assert "On the web" not in page(as_bob)
    as_alice.post(f"/rooms/{room.slug}/web/", {"indexed": "no"})
    factories.post(room, User.objects.get(username="bob"))
    assert visitor.get(f"/web/{room.slug}/").status_code == 200
    assert "Close to the web" in page(as_alice)
    assert "anyone can read what is written here" in page(as_bob)
    assert "Close to the web" not in page(as_bob)
    shown: Any = as_bob.get(f"/rooms/{room.slug}/")
    assert shown.context["room"].web.after == 0
    as_alice.post(f"/rooms/{room.slug}/web/close/")
    assert visitor.get(f"/web/{room.slug}/").status_code == 404


def test_people_choose_in_their_settings_whether_they_are_named(bob: User) -> None:
    browser = signed_in(bob)
    for choice, named in (("yes", True), ("no", False)):
        browser.post("/accounts/profile/", {"save": "web", "named": choice})
        bob.refresh_from_db()
        assert bob.web_named is named
