"""One's own name and picture."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from rooms.actions import profiles
from rooms.errors import ChatError
from rooms.forms import AvatarForm, NameForm
from rooms.views.door import Request, signed_in, telling


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: Request) -> HttpResponse:
    """Two forms; `save` says which was sent: name, avatar, or no-avatar."""
    name_form = NameForm(initial={"name": request.user.display_name})
    avatar_form = AvatarForm()
    match request.POST.get("save"):
        case "name":
            name_form = NameForm(request.POST)
            if name_form.is_valid() and _saved(request, name_form):
                return redirect("profile")
        case "avatar":
            avatar_form = AvatarForm(request.POST, request.FILES)
            if avatar_form.is_valid() and _saved(request, avatar_form):
                return redirect("profile")
        case "no-avatar":
            with telling(request, "Your picture is removed."):
                profiles.set_avatar(actor=request.user, upload=None)
            return redirect("profile")
    context = {"name_form": name_form, "avatar_form": avatar_form}
    refused = name_form.errors or avatar_form.errors
    return render(request, "rooms/profile.html", context, status=422 if refused else 200)


def _saved(request: Request, form: NameForm | AvatarForm) -> bool:
    try:
        if isinstance(form, NameForm):
            profiles.set_display_name(actor=request.user, name=form.cleaned_data["name"])
        else:
            profiles.set_avatar(actor=request.user, upload=form.cleaned_data["avatar"])
    except ChatError as error:
        form.refuse(error)
        return False
    messages.success(request, "Saved.")
    return True
