"""What is said of messages that are nothing but files, wherever a message is one line, and to
people who can't open them."""

import json
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pytest_django import Settings

from rooms.actions.moderation import reports, rules
from rooms.actions.notifications import digests, inboxes, pushing, telling
from rooms.actions.notifications.orders import Order, Tell
from rooms.actions.notifications.pushing import Push
from rooms.actions.rooms import web
from rooms.jobs import mail_missed
from rooms.models import Held, InboxItem, Message, PushSubscription, Report, Room, Upload, User
from rooms.queries import uploads
from rooms.serializers.excerpts import joined, words
from tests import factories
from tests.factories import make_picture, make_upload
from tests.integration import admin_desk as desk
from tests.push_service import Keys

MARKUP = '<img src=x onerror="alert(1)"> **bold** @bob'


@pytest.fixture
def direct(alice: User, bob: User) -> Room:
    return factories.make_direct(alice, bob)


def wordless(room: Room, author: User, **fields: Any) -> Message:
    return factories.post(room, author, "", files=[make_picture(room, author, **fields)])


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ("image", "Picture"),
        ("video", "Video: 1.bin"),
        ("voice", "Voice message"),
        ("audio", "Audio: 1.bin"),
        ("file", "1.bin"),
        ("image image image", "3 pictures"),
        ("file image image", "2 pictures and 1.bin"),
        ("file file file file file", "1.bin, 2.bin, 3.bin and 2 others"),
        ("", ""),
    ],
)
def test_files_are_named_by_what_they_are(kinds: str, said: str) -> None:
    named = enumerate(kinds.split(), 1)
    assert words([Upload(kind=kind, name=f"{index}.bin") for index, kind in named]) == said


def test_a_description_and_a_length_say_more_than_a_kind() -> None:
    assert words([Upload(kind="image", name="1.jpg", alt="A cat.")]) == "Picture: A cat."
    assert words([Upload(kind="voice", name="1.webm", duration=62.3)]) == "Voice message, 1:02"
    assert joined("Look", [Upload(kind="image", name="1.jpg")]) == "Look · Picture"


def test_an_inbox_shows_them_in_the_reader_s_language_with_one_look(
    direct: Room, alice: User, bob: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        wordless(direct, alice)
    factories.post(direct, alice, "Words.")
    with translation.override("de"), django_assert_max_num_queries(3) as captured:
        page = inboxes.page(actor=bob)
    assert [item.excerpt for item in page.items] == ["Words.", "Bild", "Bild", "Bild"]
    assert len([one for one in captured if "rooms_upload" in one["sql"]]) == 1


def test_a_notification_and_a_push_are_in_their_person_s_language(
    direct: Room, alice: User, bob: User, as_bob: Client
) -> None:
    message = wordless(direct, alice)
    User.objects.filter(pk=bob.pk).update(language="he")
    order = Order(tell=Tell(room=direct.pk, number=message.number))
    (told, *_counts) = telling.heard([order], {bob.pk})
    assert told.frame is not None
    assert json.loads(told.frame)["excerpt"] == "תמונה"
    said = {"endpoint": "https://push.example.net/1", "keys": Keys().said}
    assert as_bob.post("/push/", said, "application/json").status_code == 201
    browser = PushSubscription.objects.get()
    work = Push(room=direct.pk, number=message.number, service=browser.service, to=[browser.pk])
    (sent,) = pushing.sendings(work)
    assert json.loads(sent.text)["notification"]["body"] == "תמונה"


def test_a_mail_about_missed_messages_says_what_was_sent(
    direct: Room, alice: User, bob: User, settings: Settings
) -> None:
    settings.MAIL = settings.MAIL._replace(host="mail.example.com")
    factories.confirm(bob, "bob@example.com")
    User.objects.filter(pk=bob.pk).update(language="de")
    wordless(direct, alice, alt="Eine Katze.")
    InboxItem.objects.update(created_at=timezone.now() - timedelta(hours=2))
    digest = digests.due(bob.pk)
    assert isinstance(digest, digests.Digest)
    assert "Bild: Eine Katze." in str(mail_missed.about_missed(digest).body)


def test_the_page_of_what_is_unread_says_what_was_sent(
    room: Room, alice: User, bob: User, as_bob: Client
) -> None:
    wordless(room, alice, alt="A cat.")
    factories.post(room, alice, "Words.")
    with CaptureQueriesContext(connection) as captured:
        page = as_bob.get("/inbox/unread/").content.decode()
    assert "Picture: A cat." in page
    assert len([one for one in captured if 'FROM "rooms_upload"' in one["sql"]]) == 1


# -- outsiders -------------------------------------------------------------------------------


@pytest.fixture
def opened(room: Room, alice: User) -> Room:
    web.open_to_web(actor=alice, room=room, indexed=True)
    return room


def read(visitor: Client, room: Room, number: int) -> str:
    start = f"/web/{room.slug}/"
    pages = [visitor.get(path) for path in (start, f"{start}{number}/", f"{start}feed/")]
    return "\n".join(page.content.decode() for page in pages)


def test_strangers_learn_what_there_is_and_cannot_open_it(
    visitor: Client, opened: Room, bob: User
) -> None:
    files = [
        make_picture(opened, bob, "cat.jpg", alt="A cat."),
        make_upload(opened, bob, "plan.pdf"),
        make_upload(opened, bob, "voice.webm", kind="voice", transcript="Secret words."),
    ]
    message = factories.post(opened, bob, "", files=files)
    factories.post(opened, bob, "Yes.", reply_to=message.number)
    text = read(visitor, opened, message.number)
    assert "Picture: A cat., plan.pdf and Voice message" in text
    for said in ("cat.jpg", "A cat.", "plan.pdf", "Voice message"):
        assert said in text
    assert "Secret words." not in text
    assert not [one.pk for one in files if one.pk in text]


def test_the_names_of_files_hide_people_and_addresses_like_words_do(
    visitor: Client, opened: Room, bob: User
) -> None:
    names = ["@bob.pdf", "see http://localhost/rooms/back-office/ now.txt"]
    for name in names:
        factories.post(opened, bob, "", files=[make_upload(opened, bob, name)])
    picture = make_picture(opened, bob, alt="@bob at the sea")
    text = read(visitor, opened, factories.post(opened, bob, "", files=[picture]).number)
    assert "@bob" not in text
    assert "back-office" not in text
    assert "at the sea" in text


# -- moderators ------------------------------------------------------------------------------


def test_what_people_call_their_files_is_text_on_every_page(
    visitor: Client, as_staff: Client, opened: Room, alice: User, bob: User, staff: User
) -> None:
    upload = make_upload(opened, bob, MARKUP, alt=MARKUP, transcript=MARKUP)
    message = factories.post(opened, bob, "", files=[upload])
    report, _new = reports.report_message(
        actor=alice, slug=opened.slug, number=message.number, reason="spam"
    )
    pages = [
        *(desk.shown(as_staff, one) for one in (message, report)),
        *(as_staff.get(desk.url(model)) for model in (Message, Report)),
        *(visitor.get(f"/web/{opened.slug}/{rest}") for rest in ("", f"{message.number}/")),
    ]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "onerror" in text, "it is shown"
        assert "<img src=x" not in text
        assert "<strong>bold" not in text
    feed = ElementTree.fromstring(visitor.get(f"/web/{opened.slug}/feed/").content)  # noqa: S314  ours
    (summary,) = feed.findall("*/{*}summary")  # HTML; a title is text
    assert "onerror" in str(summary.text)
    assert "<img src=x" not in str(summary.text)


def test_moderators_see_the_files_of_what_is_reported_and_of_what_is_held(
    as_maud: Client, room: Room, alice: User, bob: User, staff: User
) -> None:
    picture = make_picture(room, bob, alt="A cat.")
    message = factories.post(room, bob, "", files=[picture])
    report, _new = reports.report_message(
        actor=alice, slug=room.slug, number=message.number, reason="spam"
    )
    case = desk.shown(as_maud, report).content.decode()
    for part in (f"/files/{picture.pk}/thumbnail", f"/files/{picture.pk}/content/cat.jpg"):
        assert part in case
    assert "Picture: A cat." in as_maud.get(desk.url(Report)).content.decode()
    assert "Picture: A cat." in as_maud.get(desk.url(Message)).content.decode()
    rules.add_rule(actor=staff, kind="word", pattern="spam", action="hold")
    held = make_picture(room, bob, "dog.jpg", alt="spam")
    with pytest.raises(AssertionError):
        factories.post(room, bob, "", files=[held])
    for page in (as_maud.get(desk.url(Held)), desk.shown(as_maud, Held.objects.get())):
        assert f"/files/{held.pk}/thumbnail" in page.content.decode()


def test_the_files_of_private_messages_are_hidden_from_moderators(
    as_maud: Client, private_room: Room, alice: User
) -> None:
    message = wordless(private_room, alice, alt="Our plans.")
    for page in (as_maud.get(desk.url(Message)), desk.shown(as_maud, message)):
        assert "Our plans." not in page.content.decode()
        assert uploads.of(message)[0].pk not in page.content.decode()


def test_a_list_reads_the_files_of_all_its_rows_at_once(
    as_staff: Client, room: Room, bob: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        wordless(room, bob)
    with django_assert_max_num_queries(30) as captured:
        as_staff.get(desk.url(Message))
    assert len([one for one in captured if 'FROM "rooms_upload"' in one["sql"]]) == 1
