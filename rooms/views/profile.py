"""The user's own settings: profile, appearance, language, privacy, and where to leave."""

import msgspec
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rooms.actions.accounts import appearances, profiles
from rooms.forms.accounts import (
    AboutForm,
    AppearanceForm,
    AvatarForm,
    LanguageForm,
    NameForm,
    WebNameForm,
)
from rooms.forms.people import SeenForm
from rooms.queries import site
from rooms.text import languages
from rooms.views.decorators import Request, telling
from rooms.views.settings import in_settings, settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@in_settings
def profile(request: Request) -> HttpResponseBase:
    """Three forms, and those of other sections; `save` names the one that was sent: name, about,
    avatar, no-avatar, language, web or seen."""
    name_form = NameForm(initial={"name": request.user.display_name})
    about_form = AboutForm.of(request.user)
    avatar_form = AvatarForm()
    match request.POST.get("save"):
        case "name":
            name_form = NameForm(request.POST)
            if name_form.is_valid() and _saved(request, name_form):
                return redirect("profile")
        case "about":
            about_form = AboutForm.of(request.user, request.POST)
            if about_form.is_valid() and _saved(request, about_form):
                return redirect("profile")
        case "avatar":
            avatar_form = AvatarForm(request.POST, request.FILES)
            if avatar_form.is_valid() and _saved(request, avatar_form):
                return redirect("profile")
        case "language":
            return _set_language(request)
        case "web":
            return _set_web_name(request)
        case "seen":
            return _set_seen(request)
        case "no-avatar":
            with telling(request, _("Your picture was removed.")):
                profiles.set_avatar(actor=request.user, upload=None)
            return redirect("profile")
    forms = {"name_form": name_form, "about_form": about_form, "avatar_form": avatar_form}
    refused = any(form.errors for form in forms.values())
    return settings_page(request, "rooms/profile.html", forms, refused=refused)


@require_safe
@in_settings
def security(request: Request) -> HttpResponseBase:
    """What logging in takes; each part has a page of its own."""
    return settings_page(request, "rooms/settings_security.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
@in_settings
def appearance(request: Request) -> HttpResponseBase:
    now = msgspec.structs.asdict(appearances.appearance(request.user))
    form = AppearanceForm(request.POST if request.method == "POST" else None, initial=now)
    if request.method == "POST" and form.is_valid():
        with form.refusing():
            appearances.set_appearance(actor=request.user, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("appearance")
    template = "rooms/settings_appearance.html"
    context = {"form": form, "now": timezone.now()}
    return settings_page(request, template, context, refused=bool(form.errors))


@require_safe
@in_settings
def language(request: Request) -> HttpResponseBase:
    """Its form is sent to the profile's address."""
    form = LanguageForm(initial={"language": request.user.language})
    return settings_page(request, "rooms/settings_language.html", {"form": form})


@require_safe
@in_settings
def privacy(request: Request) -> HttpResponseBase:
    """Its form is sent to the profile's address."""
    return _privacy(request)


@require_safe
@in_settings
def data(request: Request) -> HttpResponseBase:
    return settings_page(request, "rooms/settings_data.html", {})


def _set_language(request: Request) -> HttpResponseBase:
    form = LanguageForm(request.POST)
    if not (form.is_valid() and _saved(request, form)):
        return settings_page(request, "rooms/settings_language.html", {"form": form}, refused=True)
    response = redirect("language")
    languages.remember(response, request.user.language)
    return response


def _set_web_name(request: Request) -> HttpResponseBase:
    form = WebNameForm(request.POST)
    if form.is_valid() and _saved(request, form):
        return redirect("privacy")
    return _privacy(request, form)


def _set_seen(request: Request) -> HttpResponseBase:
    form = SeenForm(request.POST)
    if form.is_valid() and _saved(request, form):
        return redirect("privacy")
    return _privacy(request, seen_form=form)


def _privacy(
    request: Request,
    web_form: WebNameForm | None = None,
    seen_form: SeenForm | None = None,
) -> HttpResponseBase:
    ignores = request.user.ignores.select_related("other").order_by("-created_at")
    named = {"named": "yes" if request.user.web_named else "no"}
    web_form = web_form or WebNameForm(initial=named)
    seen_form = seen_form or SeenForm.of(request.user)
    context = {
        "ignores": ignores,
        "web_form": web_form,
        "seen_form": seen_form,
    }
    refused = bool(web_form.errors or seen_form.errors)
    return settings_page(request, "rooms/settings_privacy.html", context, refused=refused)


def _saved(
    request: Request,
    form: NameForm | AboutForm | AvatarForm | LanguageForm | WebNameForm | SeenForm,
) -> bool:
    with form.refusing():
        if isinstance(form, NameForm):
            profiles.set_display_name(actor=request.user, name=form.cleaned_data["name"])
        elif isinstance(form, AboutForm):
            profiles.set_profile(actor=request.user, **form.cleaned_data)
        elif isinstance(form, WebNameForm):
            profiles.set_web_named(actor=request.user, named=form.cleaned_data["named"])
        elif isinstance(form, SeenForm):
            profiles.set_privacy(actor=request.user, **form.cleaned_data)
        elif isinstance(form, LanguageForm):
            language = form.cleaned_data["language"]
            profiles.set_language(actor=request.user, language=language)
            # The confirmation is in the new language already.
            translation.activate(language or languages.of_browser(request, site.known().language))
        else:
            profiles.set_avatar(actor=request.user, upload=form.cleaned_data["avatar"])
        messages.success(request, _("Saved."))
        return True
    return False
