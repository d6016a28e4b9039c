"""The first account, through the link that the server prints while there is none."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rooms.actions import accounts
from rooms.errors import Invalid, NotFound
from rooms.forms import SetupForm
from rooms.views.door import refusal, words


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password1", "password2")
@never_cache
def setup(request: HttpRequest) -> HttpResponse:
    token = words(request, "token")
    try:
        accounts.check_setup_token(token)
        form = SetupForm(request.POST or None)
        if form.is_valid():
            owner = accounts.create_owner(
                token=token,
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password1"],
            )
            login(request, owner)
            return redirect("lobby")
    except NotFound as error:
        return refusal(request, error)
    except Invalid as error:
        form.refuse(error)
    status = 422 if form.errors else 200
    return render(request, "rooms/setup.html", {"form": form, "token": token}, status=status)
