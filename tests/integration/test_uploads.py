"""Sending files by tus: in parts, within limits, by whoever may write in the room."""

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from rooms.actions.accounts import ignores
from rooms.actions.files import discarding, uploads
from rooms.actions.moderation import sanctions
from rooms.actions.rooms import memberships
from rooms.files import incoming
from rooms.files.storage import content_key, storage
from rooms.models import Held, Installation, Job, Room, Upload, User
from rooms.protocol.limits import MAX_PART
from tests import factories
from tests.courier import PART, packed
from tests.uploads import Sender, make_upload, picture

State = Upload.State


@pytest.fixture
def bobs(no_limits: None, as_bob: Client, room: Room) -> Sender:
    return Sender(as_bob, room)


def stored(upload_id: str) -> bytes:
    """What has arrived of an upload so far."""
    return Path(site_settings.FILES_DIR, "incoming", upload_id).read_bytes()


def id_of(place: str) -> str:
    return place.rpartition("/")[2]


# -- the protocol ----------------------------------------------------------------------------


def test_a_file_arrives_in_parts(bobs: Sender, bob: User) -> None:
    content = secrets.token_bytes(30_000)
    begun = bobs.begins(len(content), filename="../notes\0.bin", alt=" What  it\nshows ")
    place = begun.headers["Location"]
    assert begun.status_code == 201
    assert place == f"/files/{id_of(place)}"
    for offset in range(0, len(content), 10_000):
        assert bobs.asks(place).headers["Upload-Offset"] == str(offset)
        added = bobs.adds(place, offset, content[offset : offset + 10_000])
        assert added.status_code == 204
        assert added.headers["Upload-Offset"] == str(offset + 10_000)
        assert added.headers["Tus-Resumable"] == "1.0.0"
    upload = Upload.objects.get(pk=id_of(place))
    assert (upload.name, upload.alt, upload.user) == ("notes.bin", "What it shows", bob)
    assert (upload.state, upload.kind, upload.size) == (State.RECEIVED, "file", 30_000)
    assert stored(upload.pk) == content
    assert Job.objects.filter(kind="files.process", key=upload.pk).exists()


def test_a_picture_has_its_sizes_before_anyone_has_decoded_it(bobs: Sender) -> None:
    upload = bobs.sends(picture(size=(320, 200)), filename="holiday.txt")
    assert (upload.kind, upload.type) == ("image", "image/png")
    assert (upload.width, upload.height) == (320, 200)


def test_an_upload_tells_what_it_was_begun_with(bobs: Sender) -> None:
    given = {"filename": "a.ogg", "kind": "voice", "duration": "2.5", "peaks": "[0,100,7]"}
    place = bobs.begins(5, **given).headers["Location"]
    asked = bobs.asks(place)
    assert asked.status_code == 200
    assert asked.headers["Upload-Length"] == "5"
    assert "no-store" in asked.headers["Cache-Control"]
    assert set(asked.headers["Upload-Metadata"].split(",")) == set(
        packed(**given, room="lounge").split(",")
    )


def test_a_client_can_ask_what_the_server_speaks(visitor: Client) -> None:
    told = visitor.options("/files/")
    assert told.status_code == 204
    assert told.headers["Tus-Version"] == "1.0.0"
    assert told.headers["Tus-Extension"] == "creation,termination"
    assert told.headers["Tus-Max-Size"] == str(100 * 1024 * 1024)


def test_another_version_of_the_protocol_is_refused(bobs: Sender) -> None:
    answer = bobs.browser.post("/files/", headers={"Tus-Resumable": "0.2.2"})
    assert answer.status_code == 412
    assert answer.headers["Tus-Version"] == "1.0.0"


def test_a_part_elsewhere_changes_nothing_and_says_where_to_go_on(bobs: Sender) -> None:
    place = bobs.begins(6).headers["Location"]
    bobs.adds(place, 0, b"abc")
    for offset in (0, 2, 4, 6):
        assert bobs.adds(place, offset, b"xy").status_code == 409
    assert bobs.asks(place).headers["Upload-Offset"] == "3"
    assert bobs.adds(place, 3, b"def").status_code == 204
    assert stored(id_of(place)) == b"abcdef"
    assert bobs.adds(place, 6, b"x").status_code == 409


@pytest.mark.parametrize("offset", ["", "-1", "x", "1e3", "9" * 20])
def test_a_part_needs_an_offset(bobs: Sender, offset: str) -> None:
    place = bobs.begins(6).headers["Location"]
    assert bobs.adds(place, 0, b"abc", **{"Upload-Offset": offset}).status_code == 400
    assert bobs.asks(place).headers["Upload-Offset"] == "0"


def test_a_part_needs_its_content_type(bobs: Sender) -> None:
    place = bobs.begins(6).headers["Location"]
    headers = {"Upload-Offset": "0"}
    answer = bobs.browser.patch(place, b"abc", content_type="text/plain", headers=headers)
    assert answer.status_code == 415
    assert bobs.asks(place).headers["Upload-Offset"] == "0"


def test_neither_a_large_part_nor_more_than_was_announced_is_taken(bobs: Sender) -> None:
    place = bobs.begins(MAX_PART + 2).headers["Location"]
    assert bobs.adds(place, 0, bytes(MAX_PART + 1)).status_code == 413
    short = bobs.begins(3).headers["Location"]
    assert bobs.adds(short, 0, b"abcd").status_code == 413
    assert bobs.adds(short, 0, b"abc").status_code == 204


def test_a_proxy_that_knows_few_methods_is_no_hindrance(bobs: Sender) -> None:
    place = bobs.begins(3).headers["Location"]
    override = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    sent = bobs.browser.post(place, b"abc", content_type=PART, headers=override)
    assert sent.status_code == 204
    # A link can't do that: it is sent without a token.
    assert bobs.browser.get(place, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 405
    assert bobs.asks(place).status_code == 200


def test_a_request_of_another_site_is_refused(bob: User, room: Room) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(bob)
    sender = Sender(browser, room)
    assert sender.begins(3).status_code == 403
    upload = make_upload(bob, room, b"", state=State.RECEIVING, length=3)
    assert sender.adds(f"/files/{upload.pk}", 0, b"abc").status_code == 403
    assert sender.takes_back(f"/files/{upload.pk}").status_code == 403
    page = browser.get("/rooms/lounge/").content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    added = sender.adds(f"/files/{upload.pk}", 0, b"abc", **{"X-CSRFToken": token})
    assert added.status_code == 204


def test_an_empty_file_is_complete_at_once(bobs: Sender) -> None:
    place = bobs.begins(0, filename="empty.txt").headers["Location"]
    assert Upload.objects.get(pk=id_of(place)).state == State.RECEIVED
    assert bobs.asks(place).headers["Upload-Offset"] == "0"


@pytest.mark.parametrize(
    "metadata",
    [
        {"filename": ""},
        {"kind": "image"},
        {"duration": "-1"},
        {"duration": "nan"},
        {"peaks": "[101]"},
        {"peaks": "{}"},
        {"peaks": "[true]"},
        {"peaks": "[" * 100_0},
        {"alt": "x" * 1001},
    ],
)
def test_what_is_said_of_a_file_is_checked(bobs: Sender, metadata: dict[str, str]) -> None:
    answer = bobs.begins(3, **metadata)
    assert answer.status_code in {400, 413}
    assert not Upload.objects.exists()


def test_a_video_takes_its_sender_s_picture_as_its_poster(
    bobs: Sender, as_alice: Client, room: Room
) -> None:
    poster = bobs.sends(picture())
    theirs = Sender(as_alice, room).sends(picture())
    text = bobs.sends(b"no picture")
    for other in (theirs.pk, text.pk, "x" * 22):
        assert bobs.begins(5, poster=other).status_code == 404
    begun = bobs.begins(5, poster=poster.pk)
    assert Upload.objects.get(pk=id_of(begun.headers["Location"])).poster == poster
    assert bobs.begins(5, poster=poster.pk).status_code == 404


def test_a_poster_is_of_the_same_room_and_was_not_refused(
    bobs: Sender, bob: User, room: Room
) -> None:
    elsewhere = make_upload(bob, factories.make_room("Elsewhere", owner=bob), kind="image")
    refused = make_upload(bob, room, kind="image", state=State.REFUSED)
    for poster in (elsewhere, refused):
        assert bobs.begins(5, poster=poster.pk).status_code == 404
    assert bobs.begins(5, poster=make_upload(bob, room, kind="image").pk).status_code == 201


# -- who -------------------------------------------------------------------------------------


def test_nobody_sees_another_s_upload(bobs: Sender, as_alice: Client, visitor: Client) -> None:
    place = bobs.begins(6).headers["Location"]
    for browser in (as_alice, visitor):
        other = Sender(browser)
        assert other.asks(place).status_code == 404
        assert other.adds(place, 0, b"abc").status_code == 404
        assert other.takes_back(place).status_code == 404
        assert browser.get(f"{place}/about").status_code == 404
    assert bobs.adds(place, 0, b"abc").status_code == 204


def test_only_whoever_may_write_in_the_room_sends_files(
    room: Room, private_room: Room, alice: User, as_charlie: Client, as_mallory: Client
) -> None:
    factories.add_member(room, charlie := User.objects.get(username="charlie"))
    assert Sender(as_charlie, room).begins(3).status_code == 201
    sanctions.mute_user(actor=alice, user=charlie, room=room, reason="")
    assert Sender(as_charlie, room).begins(3).status_code == 403
    assert Sender(as_charlie, private_room).begins(3).status_code == 404
    assert Sender(as_mallory, room).begins(3).status_code == 404
    assert Sender(Client(), room).begins(3).status_code == 401


def test_a_right_that_is_lost_on_the_way_ends_the_upload(
    bobs: Sender, alice: User, bob: User, room: Room
) -> None:
    place = bobs.begins(6).headers["Location"]
    assert bobs.adds(place, 0, b"abc").status_code == 204
    with factories.unlimited():
        memberships.remove_member(actor=alice, room=room, user=bob)
    room.refresh_from_db()
    assert bobs.adds(place, 3, b"def").status_code == 403  # a public room: no member
    factories.ban(bob, room=room, by=alice)
    assert bobs.adds(place, 3, b"def").status_code == 404
    assert stored(id_of(place)) == b"abc"


def test_somebody_banned_from_the_site_sends_nothing(bobs: Sender, bob: User, staff: User) -> None:
    place = bobs.begins(6).headers["Location"]
    factories.ban(bob, by=staff)
    assert bobs.begins(6).status_code == 403
    assert bobs.adds(place, 0, b"abc").status_code == 404


def test_nobody_sends_files_to_somebody_who_has_blocked_them(
    as_bob: Client, bob: User, alice: User
) -> None:
    sender = Sender(as_bob, factories.make_direct(bob, alice))
    place = sender.begins(6).headers["Location"]
    ignores.ignore_person(actor=alice, username="bob", kind="block")
    assert sender.begins(6).status_code == 403
    assert sender.adds(place, 0, b"abc").status_code == 403


# -- limits ----------------------------------------------------------------------------------


def limit(**megabytes: int) -> None:
    Installation.current()
    Installation.objects.update(**{"file_mb": 0, "person_files_mb": 0, **megabytes})


def test_the_limits_of_a_file_of_a_person_and_of_the_site_hold_from_the_start(
    bobs: Sender, as_alice: Client, room: Room
) -> None:
    mib = 1024 * 1024
    limit(file_mb=3)
    assert bobs.begins(3 * mib + 1).status_code == 413
    assert bobs.begins(3 * mib).status_code == 201
    limit(person_files_mb=5)
    assert bobs.begins(2 * mib + 1).status_code == 413
    assert Sender(as_alice, room).begins(4 * mib).status_code == 201
    limit(site_files_mb=8)
    assert bobs.begins(mib + 1).status_code == 413
    refused = bobs.begins(mib + 1).json()["error"]
    assert refused["code"] == "too_large"
    assert bobs.begins(mib).status_code == 201


def test_the_last_byte_of_a_person_s_space_is_theirs(bobs: Sender) -> None:
    limit(person_files_mb=2)
    assert bobs.begins(1024 * 1024).status_code == 201
    assert bobs.begins(1024 * 1024).status_code == 201
    assert bobs.begins(1).status_code == 413


def test_what_is_kept_counts_and_not_what_was_announced(bobs: Sender, bob: User) -> None:
    limit(person_files_mb=1)
    upload = bobs.sends(bytes(700_000))
    assert bobs.begins(700_000).status_code == 413
    Upload.objects.filter(pk=upload.pk).update(stored=1000)
    assert bobs.begins(700_000).status_code == 201


def test_the_disk_keeps_some_space(bobs: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    free = uploads.SPARE_BYTES + 1000
    monkeypatch.setattr("rooms.files.storage.free_bytes", lambda: free)
    assert bobs.begins(1001).status_code == 413
    place = bobs.begins(600).headers["Location"]
    # What was announced and hasn't come counts.
    assert bobs.begins(401).status_code == 413
    free = 100
    full = bobs.adds(place, 0, bytes(600))
    assert (full.status_code, full.headers["Retry-After"]) == (503, "60")
    free = uploads.SPARE_BYTES + 1000
    assert bobs.adds(place, 0, bytes(600)).status_code == 204


def test_a_person_has_some_unfinished_uploads_at_once(bobs: Sender, bob: User) -> None:
    places = [bobs.begins(3).headers["Location"] for _ in range(uploads.MAX_UNFINISHED)]
    refused = bobs.begins(3)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
    # One that hasn't moved for an hour makes room.
    Upload.objects.filter(pk=id_of(places[4])).update(
        touched_at=timezone.now() - uploads.STALE - timedelta(seconds=1)
    )
    assert bobs.begins(3).status_code == 201
    assert bobs.asks(places[4]).status_code == 404
    assert bobs.begins(3).status_code == 409
    bobs.adds(places[0], 0, b"abc")
    assert bobs.begins(3).status_code == 201


def test_uploads_and_their_parts_are_counted(
    as_bob: Client, bob: User, room: Room, settings: Settings
) -> None:
    settings.LIMITS = {**settings.LIMITS, "file": "1/h", "file.part": "2/h"}
    bobs = Sender(as_bob, room)
    place = bobs.begins(6).headers["Location"]
    refused = bobs.begins(6)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 1000
    assert bobs.adds(place, 0, b"abc").status_code == 204
    assert bobs.adds(place, 0, b"abc").status_code == 409
    assert bobs.adds(place, 3, b"def").status_code == 429


# -- what goes wrong -------------------------------------------------------------------------


def test_what_a_killed_server_left_beyond_the_last_part_is_cut(bobs: Sender, room: Room) -> None:
    place = bobs.begins(6).headers["Location"]
    bobs.adds(place, 0, b"abc")
    with Path(site_settings.FILES_DIR, "incoming", id_of(place)).open("ab") as file:
        file.write(b"half of a part that never counted")
    assert bobs.asks(place).headers["Upload-Offset"] == "3"
    assert bobs.adds(place, 3, b"def").status_code == 204
    assert stored(id_of(place)) == b"abcdef"


def test_bytes_that_were_lost_are_asked_for_again(bobs: Sender) -> None:
    place = bobs.begins(6).headers["Location"]
    bobs.adds(place, 0, b"abcd")
    Path(site_settings.FILES_DIR, "incoming", id_of(place)).write_bytes(b"ab")
    assert bobs.adds(place, 4, b"ef").status_code == 409
    assert bobs.asks(place).headers["Upload-Offset"] == "2"
    assert bobs.adds(place, 2, b"cdef").status_code == 204
    assert stored(id_of(place)) == b"abcdef"


def test_an_upload_to_which_another_request_adds_is_locked(bobs: Sender) -> None:
    place = bobs.begins(3).headers["Location"]
    with incoming.turn(id_of(place)):
        assert bobs.adds(place, 0, b"abc").status_code == 423
    assert bobs.adds(place, 0, b"abc").status_code == 204


# -- the end ---------------------------------------------------------------------------------


def delete_files() -> None:
    """Do what the jobs would."""
    for job in Job.objects.filter(kind="files.delete"):
        from rooms.jobs.table import KINDS

        kind = next(kind for kind in KINDS if kind.name == job.kind)
        for work in kind.read(job.arguments):
            discarding.delete_files(work.uploads)


def test_what_is_taken_back_is_gone_from_the_disk(bobs: Sender, bob: User, room: Room) -> None:
    place = bobs.begins(6).headers["Location"]
    bobs.adds(place, 0, b"abc")
    kept = make_upload(bob, room)
    assert bobs.takes_back(place).status_code == 204
    assert bobs.asks(place).status_code == 404
    assert bobs.takes_back(place).status_code == 404
    delete_files()
    delete_files()
    assert not Path(site_settings.FILES_DIR, "incoming", id_of(place)).exists()
    assert bobs.takes_back(f"/files/{kept.pk}").status_code == 204
    assert storage().size(content_key(kept.pk))
    delete_files()
    with pytest.raises(FileNotFoundError):
        storage().size(content_key(kept.pk))
    assert not Path(site_settings.FILES_DIR, kept.pk[:2], kept.pk).exists()


def test_a_posted_file_is_not_taken_back(bobs: Sender, bob: User, room: Room) -> None:
    message = factories.post(room, bob, "Look")
    posted = make_upload(bob, room, message=message)
    assert bobs.takes_back(f"/files/{posted.pk}").status_code == 409
    assert Upload.objects.filter(pk=posted.pk).exists()


def test_what_waits_for_a_moderator_and_the_picture_of_a_video_are_not_taken_back(
    bobs: Sender, bob: User, room: Room
) -> None:
    held = Held.objects.create(room=room, author=bob, nonce="held", body="")
    poster = make_upload(bob, room, kind="image")
    make_upload(bob, room, kind="video", poster=poster)
    for upload in (make_upload(bob, room, held=held), poster):
        assert bobs.takes_back(f"/files/{upload.pk}").status_code == 409
        assert Upload.objects.filter(pk=upload.pk).exists()


def test_what_is_still_arriving_stays_however_long_ago_it_was_begun(bobs: Sender) -> None:
    slow, idle = (bobs.begins(6).headers["Location"] for _ in range(2))
    Upload.objects.update(touched_at=timezone.now() - 2 * discarding.ORPHAN)
    bobs.adds(slow, 0, b"abc")
    assert discarding.tidy() == 1
    assert bobs.asks(slow).headers["Upload-Offset"] == "3"
    assert bobs.asks(idle).status_code == 404


def test_the_bytes_of_an_upload_that_is_there_are_never_deleted(bob: User, room: Room) -> None:
    upload = make_upload(bob, room)
    discarding.delete_files([upload.pk])
    assert storage().size(content_key(upload.pk))


def test_what_was_never_posted_goes_after_a_day(bobs: Sender, bob: User, room: Room) -> None:
    old = timezone.now() - discarding.ORPHAN - timedelta(minutes=1)
    message = factories.post(room, bob, "Look")
    poster = make_upload(bob, room, kind="image")
    posted = make_upload(bob, room, message=message, poster=poster)
    unfinished = make_upload(bob, room, state=State.RECEIVING)
    refused = make_upload(bob, room, state=State.REFUSED)
    lone_poster = make_upload(bob, room, kind="image")
    lone = make_upload(bob, room, poster=lone_poster)
    Upload.objects.update(touched_at=old)
    recent = make_upload(bob, room)
    assert discarding.tidy() == 3
    assert {*Upload.objects.values_list("pk", flat=True)} == {posted.pk, poster.pk, recent.pk}
    delete_files()
    for gone in (unfinished, refused, lone, lone_poster):
        with pytest.raises(FileNotFoundError):
            storage().size(content_key(gone.pk))
    assert storage().size(content_key(posted.pk))
    assert discarding.tidy() == 0


def test_about_answers_once_the_file_is_complete(bobs: Sender) -> None:
    place = bobs.begins(3, filename="a.txt").headers["Location"]
    assert bobs.browser.get(f"{place}/about").status_code == 409
    bobs.adds(place, 0, b"abc")
    waits = bobs.browser.get(f"{place}/about")  # nothing checks it here
    assert (waits.status_code, waits.headers["Retry-After"]) == (503, "5")
    Upload.objects.update(state=State.READY)
    about = bobs.browser.get(f"{place}/about").json()
    assert (about["id"], about["name"], about["size"]) == (id_of(place), "a.txt", 3)
    Upload.objects.update(state=State.REFUSED)
    assert bobs.browser.get(f"{place}/about").status_code == 404


def test_a_sender_describes_their_file(bobs: Sender, as_alice: Client) -> None:
    upload = bobs.sends(picture())
    place = f"/files/{upload.pk}/about"

    def describes(browser: Client, body: str) -> int:
        return browser.put(place, body, content_type="application/json").status_code

    told = bobs.browser.put(place, '{"alt": "A  cat"}', content_type="application/json").json()
    assert (told["alt"], told["transcript"]) == ("A cat", "")
    assert describes(bobs.browser, '{"transcript": "Meow."}') == 200
    upload.refresh_from_db()
    assert (upload.alt, upload.transcript) == ("A cat", "Meow.")
    assert describes(as_alice, '{"alt": "A dog"}') == 404
    for body in ("", "[]", '{"alt": 1}', "{", '{"alt": "\\ud800"}'):
        assert describes(bobs.browser, body) == 400
    assert describes(bobs.browser, '{"alt": "' + "x" * 1001 + '"}') == 413
    upload.refresh_from_db()
    assert upload.alt == "A cat"
