"""The settings of what somebody is told, and how."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rooms.actions.accounts import appearances, statuses
from rooms.actions.notifications import keywords, missed
from rooms.actions.rooms import levels
from rooms.forms.base import ChatForm
from rooms.forms.notifications import KeywordForm, LevelForm, MailForm, MutedForm
from rooms.forms.people import QuietForm
from rooms.models import User
from rooms.views.decorators import Request, telling, words
from rooms.views.settings import in_settings, settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@in_settings
def notifications(request: Request) -> HttpResponseBase:
    """Several forms; `save` names the one that was sent: one of SAVERS, or no-keyword."""
    user, sent = request.user, request.POST
    saved = sent.get("save", "")
    if saved == "no-keyword":
        _forget_keyword(request)
        return redirect("notifications")
    forms: dict[str, ChatForm] = {
        "level": LevelForm(sent or None),
        "muted": MutedForm(sent or None, initial={"muted": appearances.appearance(user).muted}),
        "keyword": KeywordForm(sent if saved == "keyword" else None),
        "quiet": QuietForm.of(user, sent if saved == "quiet" else None),
        "mail": MailForm.of(user, sent if saved == "mail" else None),
    }
    if saved in SAVERS and forms[saved].is_valid() and _save(request, saved, forms[saved]):
        return redirect("notifications")
    context = {
        **{f"{name}_form": form for name, form in forms.items()},
        "level_forms": [LevelForm.of(room) for room in levels.chosen(user=user)],
        "keywords": keywords.keywords_of(user),
        "mails": missed.mails(),
    }
    refused = saved in SAVERS and bool(forms[saved].errors)
    return settings_page(request, "rooms/settings_notifications.html", context, refused=refused)


def _save_level(user: User, form: Any) -> None:
    chosen = form.cleaned_data
    levels.choose_level(actor=user, slug=chosen["room"], level=chosen["level"])


def _save_muted(user: User, form: Any) -> None:
    appearances.set_appearance(actor=user, **form.cleaned_data)


def _save_keyword(user: User, form: Any) -> None:
    known = keywords.keywords_of(user)
    keywords.set_keywords(actor=user, words=[*known, form.cleaned_data["keyword"]])


def _save_quiet(user: User, form: Any) -> None:
    statuses.set_schedule(actor=user, **form.schedule)


def _save_mail(user: User, form: Any) -> None:
    missed.choose(actor=user, **form.cleaned_data)


SAVERS: dict[str, Callable[[User, Any], None]] = {
    "level": _save_level,
    "muted": _save_muted,
    "keyword": _save_keyword,
    "quiet": _save_quiet,
    "mail": _save_mail,
}


def _save(request: Request, name: str, form: ChatForm) -> bool:
    with form.refusing():
        SAVERS[name](request.user, form)
        messages.success(request, _("Saved."))
        return True
    return False


def _forget_keyword(request: Request) -> None:
    gone = words(request, "keyword")
    kept = [word for word in keywords.keywords_of(request.user) if word != gone]
    with telling(request, _("Saved.")):
        keywords.set_keywords(actor=request.user, words=kept)
