"""The end of a session closes its sockets; a new one keeps the language of the log-in page.

These are signal receivers because allauth and the admin log people in and out, and change
passwords, through code that isn't ours."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from rooms.accounts import session_store
from rooms.actions.accounts import sessions
from rooms.models import User
from rooms.text import languages


@receiver(user_logged_in)
def note_language(request: HttpRequest, user: User, **kwargs: Any) -> None:
    languages.note(request)


@receiver(user_logged_out)
def end_session(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    session_key = request.session.session_key
    if user is None or session_key is None:
        return
    # Django flushes it only after this, and a socket that reconnects at once must not find it.
    request.session.flush()
    sessions.end_session(user=user, session_key=session_key)


@receiver(password_changed)
@receiver(password_set)
def end_other_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    # The session has a new key by now; the sockets know the one that the browser sent.
    former = session_store.key_in(request.COOKIES)
    current = request.session.session_key
    sessions.end_other_sessions(user=user, former=former, current=current)


@receiver(password_reset)
def end_all_sessions(request: HttpRequest, user: User, **kwargs: Any) -> None:
    sessions.end_sessions(user=user, farewell=sessions.NEW_PASSWORD)
