"""What ends a session ends its sockets, and what begins one keeps the language of the entrance.
By signals, since allauth and the admin log people in and out and change passwords through code
that is not ours."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from rooms import languages, sessions
from rooms.actions import accounts
from rooms.models import User


@receiver(user_logged_in)
def note_language(request: HttpRequest, user: User, **kwargs: Any) -> None:
    languages.note(request)


@receiver(user_logged_out)
def end_session(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    session_key = request.session.session_key
    if user is None or session_key is None:
        return
    # Django would flush it after this: a socket that comes back at once must not find it.
    request.session.flush()
    accounts.end_session(user=user, session_key=session_key)


@receiver(password_changed)
@receiver(password_set)
def end_other_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    # The session has a new key by now; the sockets know the one that the browser sent.
    former = sessions.key_in(request.COOKIES)
    current = request.session.session_key
    accounts.end_other_sessions(user=user, former=former, current=current)


@receiver(password_reset)
def end_all_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    accounts.end_sessions(user=user, farewell=accounts.NEW_PASSWORD)
