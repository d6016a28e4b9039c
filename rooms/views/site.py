"""The site's settings, for the people who run it, and what comes next on a new site."""

from typing import Any

from django.conf import settings as env
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms import address
from rooms.accounts.mfa import has_factor
from rooms.actions.rooms import invites
from rooms.actions.site import inviting, readiness, settings
from rooms.errors import ChatError
from rooms.forms.site import (
    FilesForm,
    InviteMailForm,
    LinksForm,
    LogoForm,
    LookForm,
    PeopleForm,
    RoomsForm,
)
from rooms.models import Invite, Room, User
from rooms.policy.site import require_admin
from rooms.queries import site as sites
from rooms.views.decorators import Request, telling
from rooms.views.settings import in_settings, settings_page

INVITE_DAYS = 7
# A site of its own beside this one, on the next port.
DEMO = (
    "CHATSITE_DATA=data/demo .venv/bin/python manage.py demo",
    "CHATSITE_DATA=data/demo PORT=8001 make run",
)


@require_http_methods(["GET", "HEAD", "POST"])
@in_settings
def site_settings(request: Request) -> HttpResponseBase:
    """Six forms; `save` names what was sent: look, logo, no-logo, people, rooms, files or links."""
    require_admin(request.user)
    if env.STAFF_MFA and not has_factor(request.user):
        return render(request, "account/factor_needed.html", status=403)
    site = sites.current()
    forms: dict[str, Any] = {
        "look": LookForm.of(site),
        "logo": LogoForm(),
        "people": PeopleForm.of(site),
        "rooms": RoomsForm.of(site),
        "files": FilesForm.of(),
        "links": LinksForm(initial={"link_previews": site.link_previews}),
    }
    sent = request.POST.get("save", "")
    if sent == "no-logo":
        with telling(request, _("The logo was removed.")):
            settings.set_logo(actor=request.user, upload=None)
        return redirect("site_settings")
    if sent in forms:
        forms[sent] = _bound(request, sent, site)
        if forms[sent].is_valid() and _saved(request, sent, forms[sent]):
            return redirect("site_settings")
    context = {
        **{f"{name}_form": form for name, form in forms.items()},
        "site": site,
        "signup_variable": env.SIGNUP,
    }
    refused = any(form.errors for form in forms.values())
    return settings_page(request, "rooms/site_settings.html", context, refused=refused)


def _bound(request: Request, sent: str, site: sites.Site) -> Any:
    match sent:
        case "look":
            return LookForm(request.POST)
        case "logo":
            return LogoForm(request.POST, request.FILES)
        case "people":
            return PeopleForm.of(site, request.POST)
        case "files":
            return FilesForm(request.POST)
        case "links":
            return LinksForm(request.POST)
    return RoomsForm.of(site, request.POST)


def _saved(request: Request, sent: str, form: Any) -> bool:
    actor = request.user
    try:
        match sent:
            case "look":
                settings.change(actor=actor, **form.chosen)
            case "logo":
                settings.set_logo(actor=actor, upload=form.cleaned_data["logo"])
            case "people" | "files" | "links":
                settings.change(actor=actor, **form.cleaned_data)
            case "rooms":
                settings.set_default_rooms(actor=actor, rooms=form.chosen)
                settings.change(
                    actor=actor,
                    room_makers=form.cleaned_data["room_makers"],
                    room_mention_by=form.cleaned_data["room_mention_by"] or None,
                )
    except ChatError as error:
        form.refuse(error)
        return False
    messages.success(request, _("Saved."))
    return True


@require_safe
@in_settings
def next_steps(request: Request) -> HttpResponseBase:
    require_admin(request.user)
    return _next_steps(request)


@require_POST
@in_settings
def site_invite(request: Request) -> HttpResponseBase:
    """Render the page instead of redirecting: the link exists only in this response."""
    require_admin(request.user)
    try:
        _invite, token = invites.create_invite(actor=request.user, room=None, days=INVITE_DAYS)
    except ChatError as error:
        messages.error(request, error.detail)
        return redirect("next_steps")
    return _next_steps(request, invite_url=address.link(request, reverse("invite", args=[token])))


@require_POST
@in_settings
def site_invite_mail(request: Request) -> HttpResponseBase:
    require_admin(request.user)
    form = InviteMailForm(request.POST)
    if form.is_valid():
        try:
            count = inviting.invite_by_mail(
                actor=request.user,
                addresses=form.cleaned_data["addresses"],
                origin=address.link(request, "/").rstrip("/"),
            )
        except ChatError as error:
            form.refuse(error)
        else:
            sent = ngettext(
                "%(count)d invitation was sent.", "%(count)d invitations were sent.", count
            )
            messages.success(request, sent % {"count": count})
            return redirect("next_steps")
    return _next_steps(request, mail_form=form)


def _next_steps(
    request: Request, *, invite_url: str = "", mail_form: InviteMailForm | None = None
) -> HttpResponseBase:
    others = User.objects.exclude(pk=request.user.pk).exists()
    site_wide = Invite.objects.filter(room=None)
    context = {
        "default_rooms": [*Room.objects.default().order_by("name")],
        "invited": others or site_wide.exists(),
        "invite_url": invite_url,
        "mail_form": mail_form or InviteMailForm(),
        "has_mail": bool(env.MAIL.host),
        "others": others,
        "demo": "\n".join(DEMO),
        "points": readiness.open_points(),
        "site": sites.current(),
    }
    refused = mail_form is not None and bool(mail_form.errors)
    return settings_page(request, "rooms/next_steps.html", context, refused=refused)
