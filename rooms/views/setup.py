"""The first account, created through the link that the server prints while there is none."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rooms.actions.accounts.setup import check_setup_token
from rooms.actions.site import founding
from rooms.errors import ChatError, NotFound
from rooms.forms.site import SetupForm
from rooms.models import User
from rooms.text import languages
from rooms.views.decorators import refusal, words


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password1", "password2")
@never_cache
def setup(request: HttpRequest) -> HttpResponse:
    token = words(request, "token")
    try:
        check_setup_token(token)
        form = SetupForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            owner = _found(request, token, form.cleaned_data)
            login(request, owner)
            return redirect("next_steps")
    except NotFound as error:
        return refusal(request, error)
    except ChatError as error:
        form.refuse(error)
    status = 422 if form.errors else 200
    return render(request, "rooms/setup.html", {"form": form, "token": token}, status=status)


def _found(request: HttpRequest, token: str, data: dict[str, Any]) -> User:
    chosen = data["language"]
    with translation.override(chosen or translation.get_language()):
        owner = founding.found(
            token=token,
            username=data["username"],
            password=data["password1"],
            email=data["email"],
            # Whoever picks a language for the site reads it, whatever their browser asks for.
            own_language=languages.cookie_of(request.COOKIES)
            or (chosen if chosen != languages.of_browser(request) else ""),
            name=data["name"],
            logo=data["logo"],
            language=chosen,
            signup=data.get("signup", ""),
            first_room=data["first_room"],
        )
    if owner.email:
        address = EmailAddress.objects.create(user=owner, email=owner.email, primary=True)
        if settings.MAIL.host:
            address.send_confirmation(request, signup=True)
    return owner
