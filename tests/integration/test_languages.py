"""The site uses the browser's language, or the one the account has chosen, on pages and sockets."""

from asgiref.sync import sync_to_async
from django.conf import settings
from django.test import Client
from django.urls import reverse

from rooms.actions.moderation import sanctions
from rooms.models import Room, User
from tests import factories
from tests.chat_client import ChatClient
from tests.integration.conftest import Connect
from tests.mail import delivered

COOKIE = settings.LANGUAGE_COOKIE_NAME


def test_a_page_is_in_the_language_that_the_browser_asks_for(visitor: Client) -> None:
    address = reverse("account_login")
    german = visitor.get(address, headers={"accept-language": "de-CH,de;q=0.9"})
    assert '<html lang="de"' in german.text
    assert 'dir="ltr"' in german.text
    assert "Anmelden" in german.text
    assert "Accept-Language" in german["Vary"]
    hebrew = visitor.get(address, headers={"accept-language": "he"}).text
    assert '<html lang="he"' in hebrew
    assert 'dir="rtl"' in hebrew
    assert '<html lang="en"' in visitor.get(address).text


def test_a_chosen_language_applies_to_the_account_on_all_devices(
    as_bob: Client, bob: User, room: Room
) -> None:
    answer = as_bob.post(reverse("profile"), {"save": "language", "language": "de"}, follow=True)
    assert "Gespeichert." in answer.text
    phone = Client()
    phone.force_login(bob)
    page = phone.get(reverse("room", args=[room.slug]), headers={"accept-language": "he"})
    assert '<html lang="de"' in page.text
    assert "/languages/de" in page.text, "the scripts use it, too"
    phone.post(reverse("account_logout"))
    assert '<html lang="de"' in phone.get(reverse("account_login")).text


def test_following_the_browser_is_a_choice_too(as_bob: Client, bob: User) -> None:
    as_bob.post(reverse("profile"), {"save": "language", "language": "he"})
    assert as_bob.cookies[COOKIE].value == "he"
    as_bob.post(reverse("profile"), {"save": "language", "language": ""})
    assert as_bob.cookies[COOKIE].value == ""
    assert '<html lang="en"' in as_bob.get(reverse("profile")).text


def test_a_choice_undone_is_undone_on_all_devices(as_bob: Client, bob: User) -> None:
    phone = Client()
    phone.force_login(bob)
    as_bob.post(reverse("profile"), {"save": "language", "language": "de"})
    assert '<html lang="de"' in phone.get(reverse("profile")).text
    assert phone.cookies[COOKIE].value == "de"
    taken_back = {"save": "language", "language": ""}
    answer = as_bob.post(reverse("profile"), taken_back, follow=True)
    assert "Saved." in answer.text
    assert '<html lang="en"' in phone.get(reverse("profile")).text
    assert phone.cookies[COOKIE].value == ""


def test_a_visitor_s_choice_is_kept_by_an_account_without_one(visitor: Client, bob: User) -> None:
    entrance = reverse("account_login")
    visitor.post(reverse("set_language"), {"language": "he", "next": entrance})
    visitor.post(entrance, {"login": "bob", "password": factories.PASSWORD})
    for _ in range(2):
        assert '<html lang="he"' in visitor.get(reverse("profile")).text
    assert visitor.cookies[COOKIE].value == "he"
    bob.refresh_from_db()
    assert bob.language == "", "the account itself has no choice"


def test_a_visitor_s_choice_is_kept_by_their_new_account(visitor: Client, alice: User) -> None:
    entrance = reverse("account_signup")
    asked = {"language": "de", "next": entrance}
    page = visitor.post(reverse("set_language"), asked, follow=True).text
    assert '<html lang="de"' in page
    assert 'value="he"' in page
    assert "English</button>" in page, "each language is listed by its own name"
    typed = {"username": "new", "password1": "correct horse", "password2": "correct horse"}
    visitor.post(entrance, typed)
    assert User.objects.get(username="new").language == "de"


def test_the_offline_page_is_cached_in_the_browser_s_language(
    visitor: Client,
) -> None:
    script = visitor.get("/service-worker.js", headers={"accept-language": "de"}).text
    assert "/offline/?language=de" in script
    assert "Diese Seite ist offline nicht verfügbar" in visitor.get("/offline/?language=de").text


def test_a_language_that_is_not_offered_is_refused(as_bob: Client, bob: User) -> None:
    answer = as_bob.post(reverse("profile"), {"save": "language", "language": "tlh"})
    assert answer.status_code == 422
    bob.refresh_from_db()
    assert bob.language == ""


def test_english_pages_load_no_catalogue(as_bob: Client, room: Room) -> None:
    assert "/languages/" not in as_bob.get(reverse("room", args=[room.slug])).text


def test_form_errors_are_in_the_language_of_the_page(visitor: Client, alice: User) -> None:
    typed = {"username": "all", "password1": "short", "password2": "short"}
    answer = visitor.post(reverse("account_signup"), typed, headers={"accept-language": "de"})
    assert "Wähle einen anderen Benutzernamen" in answer.text
    assert "Dieses Passwort ist zu kurz" in answer.text, "Django's own words as well"


def test_a_mail_is_in_the_language_of_the_person_who_asked_for_it(
    visitor: Client, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(email="bob@example.com")
    address = reverse("account_reset_password")
    visitor.post(address, {"email": "bob@example.com"}, headers={"accept-language": "de"})
    assert "Um ein neues zu wählen, öffne diesen Link" in delivered()[0].body


async def test_a_socket_refuses_in_the_language_of_its_browser_or_account(
    connect: Connect, bob: User, room: Room
) -> None:
    by_browser = await connect(bob, headers={"accept-language": "de"})
    await User.objects.filter(pk=bob.pk).aupdate(language="he")
    by_account = await connect(bob, headers={"accept-language": "de"})
    assert await _refusal(by_browser) == "Diesen Raum gibt es nicht."
    assert await _refusal(by_account) == "אין חדר כזה."


async def test_a_moderator_s_own_words_are_not_translated(
    connect: Connect, bob: User, charlie: User, staff: User
) -> None:
    reasons = {bob: "", charlie: "Spam, spam."}
    tabs = {user: await connect(user, headers={"accept-language": "de"}) for user in reasons}
    for user, reason in reasons.items():
        await sync_to_async(sanctions.ban_user)(
            actor=staff, user=user, room=None, reason=reason, expires_at=None
        )
    assert await _farewell(tabs[bob]) == "Du wurdest auf dieser Website gesperrt."
    assert await _farewell(tabs[charlie]) == "Spam, spam."


async def _refusal(client: ChatClient) -> str:
    return str((await client.asks("room.open", room="nowhere"))["detail"])


async def _farewell(client: ChatClient) -> str:
    await client.is_closed()
    assert client._closed
    return client._closed.reason
