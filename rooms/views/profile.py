"""One's own name, picture and language."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rooms import languages
from rooms.actions import profiles
from rooms.errors import ChatError
from rooms.forms import AvatarForm, LanguageForm, NameForm
from rooms.views.door import Request, signed_in, telling


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: Request) -> HttpResponse:
    """Three forms; `save` says which was sent: name, avatar, no-avatar, or language."""
    name_form = NameForm(initial={"name": request.user.display_name})
    avatar_form = AvatarForm()
    language_form = LanguageForm(initial={"language": request.user.language})
    match request.POST.get("save"):
        case "name":
            name_form = NameForm(request.POST)
            if name_form.is_valid() and _saved(request, name_form):
                return redirect("profile")
        case "avatar":
            avatar_form = AvatarForm(request.POST, request.FILES)
            if avatar_form.is_valid() and _saved(request, avatar_form):
                return redirect("profile")
        case "language":
            language_form = LanguageForm(request.POST)
            if language_form.is_valid() and _saved(request, language_form):
                response = redirect("profile")
                languages.remember(response, request.user.language)
                return response
        case "no-avatar":
            with telling(request, _("Your picture is removed.")):
                profiles.set_avatar(actor=request.user, upload=None)
            return redirect("profile")
    context = {
        "name_form": name_form,
        "avatar_form": avatar_form,
        "language_form": language_form,
        "ignores": request.user.ignores.select_related("other").order_by("-created_at"),
    }
    refused = name_form.errors or avatar_form.errors or language_form.errors
    return render(request, "rooms/profile.html", context, status=422 if refused else 200)


def _saved(request: Request, form: NameForm | AvatarForm | LanguageForm) -> bool:
    try:
        if isinstance(form, NameForm):
            profiles.set_display_name(actor=request.user, name=form.cleaned_data["name"])
        elif isinstance(form, LanguageForm):
            language = form.cleaned_data["language"]
            profiles.set_language(actor=request.user, language=language)
            # What is said of it, too.
            translation.activate(language or languages.of_browser(request))
        else:
            profiles.set_avatar(actor=request.user, upload=form.cleaned_data["avatar"])
    except ChatError as error:
        form.refuse(error)
        return False
    messages.success(request, _("Saved."))
    return True
