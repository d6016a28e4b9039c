"""The settings of the site: who may change them, and what each of them does."""

import io
import json
import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.actions.rooms import creation
from rooms.actions.site import settings as site_settings
from rooms.errors import Forbidden, Invalid
from rooms.fanout.envelopes import Envelope
from rooms.models import AuditEntry, Installation, Room, User
from tests.factories import make_room, unlimited
from tests.integration import admin_desk as desk

PAGE = "/settings/site/"
LOOK = {"save": "look", "name": "Harbour", "accent": "#a8326e", "own_accent": "#146152"}
PEOPLE = {"save": "people", "signup": "closed", "language": "de", "retention": "For a year."}


def picture(size: tuple[int, int] = (640, 200)) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(buffer, "JPEG")
    return SimpleUploadedFile("logo.jpg", buffer.getvalue(), content_type="image/jpeg")


def site() -> Installation:
    return Installation.objects.get(pk=1)


@pytest.mark.parametrize("save", ["look", "people", "rooms", "files", "logo", "no-logo"])
def test_only_the_people_who_run_the_site_see_and_change_its_settings(
    as_alice: Client, visitor: Client, save: str
) -> None:
    before = Installation.current()
    maud = Client()
    maud.force_login(desk.make_moderator())
    for client, status in ((as_alice, 403), (maud, 403), (visitor, 302)):
        assert client.get(PAGE).status_code == status
        for address in (PAGE, reverse("site_invite"), reverse("site_invite_mail")):
            assert client.post(address, {**LOOK, "save": save}).status_code == status
        assert client.get(reverse("next_steps")).status_code == status
    assert site().name == before.name == ""


def test_the_operation_asks_for_the_right_anew(alice: User) -> None:
    for attempt in (
        lambda: site_settings.change(actor=alice, name="Mine"),
        lambda: site_settings.set_logo(actor=alice, upload=picture()),
        lambda: site_settings.set_default_rooms(actor=alice, rooms=[]),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_with_a_required_second_factor_the_settings_ask_for_it(
    as_staff: Client, settings: Settings
) -> None:
    settings.STAFF_MFA = True
    assert as_staff.get(PAGE).status_code == 403
    assert as_staff.post(PAGE, LOOK).status_code == 403
    settings.STAFF_MFA = False
    assert as_staff.get(PAGE).status_code == 200


def test_the_name_is_everywhere_and_recorded(as_staff: Client, visitor: Client) -> None:
    assert as_staff.post(PAGE, LOOK)["Location"] == PAGE
    for address in (reverse("account_login"), reverse("offline")):
        assert "– Harbour</title>" in visitor.get(address).text
    assert "<bdi>Harbour</bdi>" in as_staff.get(reverse("lobby")).text
    assert "Harbour" in as_staff.get(reverse("admin:index")).text
    assert json.loads(visitor.get(reverse("manifest")).content)["name"] == "Harbour"
    entries = AuditEntry.objects.filter(action="site.changed").values_list("detail", "after")
    assert set(entries) == {("name", "Harbour"), ("accent", "#a8326e")}
    as_staff.post(PAGE, LOOK)
    assert entries.count() == 2, "what stays as it is isn't recorded"


@pytest.mark.parametrize("name", ["x" * 41, "a\u202eb", "\u200b"])
def test_an_unacceptable_name_is_refused(as_staff: Client, name: str) -> None:
    answer = as_staff.post(PAGE, {**LOOK, "name": name})
    assert answer.status_code == 422
    assert answer.context["look_form"].errors["name"]
    assert site().name == ""


def test_a_colour_is_a_style_sheet_whose_address_names_its_content(
    as_staff: Client, visitor: Client
) -> None:
    plain = visitor.get(reverse("account_login")).text
    assert 'id="accent"' not in plain
    as_staff.post(PAGE, LOOK)
    (address,) = re.findall(
        r'href="(/accent/[^"]+)" id="accent"', visitor.get(reverse("account_login")).text
    )
    answer = visitor.get(address)
    assert answer["Content-Type"] == "text/css"
    assert "immutable" in answer["Cache-Control"]
    assert "--accent:var(--light,#a8326e)" in answer.text
    stale = visitor.get(address.replace(address[-12:-4], "0" * 8))
    assert stale["Cache-Control"] == "no-cache"
    assert visitor.get("/accent/12345678-12345678.css").status_code == 404


def test_a_colour_of_one_s_own_counts_when_it_is_chosen(as_staff: Client) -> None:
    own = {**LOOK, "own_accent": "#123456"}
    as_staff.post(PAGE, own)
    assert site().accent == "#a8326e"
    as_staff.post(PAGE, {**own, "accent": "own"})
    assert site().accent == "#123456"
    refused = as_staff.post(PAGE, {**own, "accent": "own", "own_accent": "red"})
    assert refused.status_code == 422
    as_staff.post(PAGE, {**own, "accent": ""})
    assert site().accent == ""


def test_a_logo_is_encoded_anew_and_served_and_its_predecessor_deleted(
    as_staff: Client,
    visitor: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    addresses = []
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            as_staff.post(PAGE, {"save": "logo", "logo": picture((1500, 700))})
        (address,) = re.findall(
            r'class="site-name__logo" src="(/media/site/[0-9a-f]{32}\.png)"',
            visitor.get(reverse("account_login")).text,
        )
        addresses.append(address)
    answer = visitor.get(addresses[1])
    with Image.open(io.BytesIO(answer.content)) as kept:
        assert (kept.format, kept.size) == ("PNG", (512, 512))
        corner = kept.convert("RGBA").getpixel((5, 5))
    assert isinstance(corner, tuple)
    assert corner[3] == 0, "a wide logo is shown whole, on transparent ground"
    assert len(answer.content) < 300_000
    assert answer["Content-Type"] == "image/png"
    assert visitor.get(addresses[0]).status_code == 404
    icons = json.loads(visitor.get(reverse("manifest")).content)["icons"]
    assert [icon["src"] for icon in icons] == [addresses[1]]
    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(PAGE, {"save": "no-logo"})
    assert not default_storage.exists(addresses[1].removeprefix("/media/"))
    assert "site-name__logo" not in visitor.get(reverse("account_login")).text


def test_a_file_that_is_no_picture_is_refused(as_staff: Client) -> None:
    file = SimpleUploadedFile("logo.svg", b"<svg onload='x()'/>", content_type="image/svg+xml")
    answer = as_staff.post(PAGE, {"save": "logo", "logo": file})
    assert answer.status_code == 422
    assert site().logo == ""


def test_the_page_decides_who_signs_up_unless_the_environment_does(
    as_staff: Client, visitor: Client, settings: Settings
) -> None:
    signup = reverse("account_signup")
    assert visitor.get(signup).status_code == 200
    as_staff.post(PAGE, PEOPLE)
    assert visitor.get(signup).status_code == 403
    settings.SIGNUP = "open"
    assert visitor.get(signup).status_code == 200
    page = as_staff.get(PAGE)
    assert "SIGNUP=open" in page.text
    assert 'name="signup"' not in page.text
    as_staff.post(PAGE, {**PEOPLE, "signup": "invite"})
    assert site().signup == "closed"


def test_people_are_told_how_long_things_are_kept_before_they_sign_up(
    as_staff: Client, visitor: Client
) -> None:
    as_staff.post(PAGE, {**PEOPLE, "signup": "open"})
    assert "For a year." in visitor.get(reverse("account_signup")).text
    assert as_staff.post(PAGE, {**PEOPLE, "retention": "x" * 251}).status_code == 422


def test_the_site_s_language_is_for_browsers_that_ask_for_none_that_there_is(
    as_staff: Client, visitor: Client
) -> None:
    as_staff.post(PAGE, {**PEOPLE, "signup": "open"})

    def language(asked: str) -> str:
        page = visitor.get(reverse("account_login"), HTTP_ACCEPT_LANGUAGE=asked).text
        return str(re.findall(r'<html lang="(\w+)"', page)[0])

    assert [language(asked) for asked in ("fr", "", "he,fr", "en", "fr,en;q=0.5")] == [
        *("de", "de", "he", "en", "en")
    ]


# -- rooms -----------------------------------------------------------------------------------


def test_rooms_for_new_people_are_chosen_among_the_public_ones(
    as_staff: Client, alice: User, private_room: Room
) -> None:
    lounge, attic = make_room("Lounge", owner=alice), make_room("Attic", owner=alice)
    page = as_staff.get(PAGE).context["rooms_form"]
    assert {label for _pk, label in page.fields["rooms"].choices} == {"Attic", "Lounge"}
    chosen = {"save": "rooms", "rooms": [lounge.pk], "room_makers": "everyone"}
    as_staff.post(PAGE, chosen)
    assert [*Room.objects.default()] == [lounge]
    as_staff.post(PAGE, {**chosen, "rooms": [attic.pk]})
    assert [*Room.objects.default()] == [attic]
    assert as_staff.post(PAGE, {**chosen, "rooms": [private_room.pk]}).status_code == 422
    assert [*Room.objects.default()] == [attic]
    recorded = AuditEntry.objects.filter(action="site.rooms").values_list("room", "after")
    assert set(recorded) == {
        (lounge.pk, "for new people"),
        (lounge.pk, "not for new people"),
        (attic.pk, "for new people"),
    }


def test_of_many_rooms_some_are_listed_and_the_others_found_by_name(
    as_staff: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rooms.forms.site import RoomsForm

    monkeypatch.setattr(RoomsForm, "listed", 1)
    make_room("Attic", owner=alice)
    zoo = make_room("Zoo", owner=alice)
    chosen = {"save": "rooms", "room_makers": "everyone", "other": "zoo"}
    make_room("Yard", owner=alice)
    as_staff.post(PAGE, chosen)
    assert [*Room.objects.default()] == [zoo]
    answer = as_staff.post(PAGE, {**chosen, "other": "nowhere"})
    assert "There is no public room of that name." in answer.text


def test_a_private_room_cannot_be_for_everyone(staff: User, private_room: Room) -> None:
    with pytest.raises(Forbidden):
        site_settings.set_default_rooms(actor=staff, rooms=[private_room])


def test_there_are_at_most_twenty_rooms_for_everyone(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_settings, "MAX_DEFAULT_ROOMS", 0)
    with pytest.raises(Invalid, match="at most 0 rooms"):
        site_settings.set_default_rooms(actor=staff, rooms=[make_room(owner=staff)])


def test_creating_rooms_can_be_left_to_those_who_moderate_the_site(
    as_staff: Client, as_alice: Client, alice: User
) -> None:

    def offers(client: Client) -> int:
        """Count the links to a new room that are shown."""
        found = re.findall(r'data-part="new-room"([^>]*)>', client.get(reverse("lobby")).text)
        return sum("hidden" not in one for one in found)

    assert offers(as_alice) == 3
    as_staff.post(PAGE, {"save": "rooms", "room_makers": "staff"})
    form = {"name": "Den", "topic": "", "kind": "public"}
    refused = as_alice.post(reverse("room_create"), form)
    assert "Only the people who moderate the site can create rooms here." in refused.text
    with pytest.raises(Forbidden), unlimited():
        creation.create_room(actor=alice, name="Den", kind="private")
    assert not Room.objects.exists()
    assert offers(as_alice) == 0
    assert offers(as_staff) == 3
    moderator = desk.make_moderator()
    with unlimited():
        creation.create_room(actor=moderator, name="Den", kind="public")
        creation.direct_room(actor=alice, people=[moderator.username])
    assert Room.objects.count() == 2


# -- open pages ------------------------------------------------------------------------------


def test_open_pages_are_told(
    staff: User,
    announced: list[Envelope],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        site_settings.change(actor=staff, name="Harbour", room_makers="staff")
    (one,) = announced
    told: dict[str, Any] = json.loads(one.frame or b"")
    assert told["type"] == "site.changed"
    assert told["site"] == {
        "name": "Harbour",
        "logo": None,
        "style": None,
        "room_makers": "staff",
    }
    assert one.group == "everyone"


def test_the_owner_limits_the_files(as_staff: Client) -> None:
    limits = {"file_mb": "25", "person_files_mb": "500", "site_files_mb": "0"}
    assert as_staff.post(PAGE, {"save": "files", **limits})["Location"] == PAGE
    assert (site().file_mb, site().person_files_mb, site().site_files_mb) == (25, 500, 0)
    assert 'value="25"' in as_staff.get(PAGE).content.decode()
    entry = AuditEntry.objects.get(detail="file_mb")
    assert (entry.before, entry.after) == ("100", "25")
    told = as_staff.options("/files/").headers["Tus-Max-Size"]
    assert told == str(25 * 1024 * 1024)


@pytest.mark.parametrize("number", ["-1", "1.5", "", "many", "9" * 12])
def test_a_limit_is_a_whole_number(as_staff: Client, number: str) -> None:
    limits = {"file_mb": number, "person_files_mb": "500", "site_files_mb": "0"}
    refused = as_staff.post(PAGE, {"save": "files", **limits})
    assert refused.status_code == 422
    assert Installation.current().file_mb == 100
