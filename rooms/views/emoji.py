"""The site's own emoji: the page where they are added and removed, and the list for scripts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rooms.actions.site import emoji
from rooms.forms.site_emoji import EmojiForm
from rooms.policy.site import require_staff
from rooms.queries import custom_emoji
from rooms.text.pictures import Picture
from rooms.views.decorators import Request, number, signed_in, signed_in_json, telling
from rooms.views.settings import in_settings, settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@in_settings
def site_emoji(request: Request) -> HttpResponseBase:
    """All emoji, and the form for another one."""
    require_staff(request.user)
    form = EmojiForm()
    if request.method == "POST":
        form = EmojiForm(request.POST, request.FILES)
        if form.is_valid() and _added(request, form):
            return redirect("site_emoji")
    rows = emoji.all_emoji()
    context = {"form": form, "emoji": rows, "most": emoji.MAX_EMOJI}
    return settings_page(request, "rooms/site_emoji.html", context, refused=bool(form.errors))


@require_POST
@signed_in
def remove(request: Request, name: str) -> HttpResponse:
    with telling(request, _("“:%(name)s:” was removed.") % {"name": name}):
        emoji.remove_emoji(actor=request.user, name=name)
    return redirect("site_emoji")


@require_safe
def table(request: HttpRequest) -> HttpResponseBase:
    """All emoji for scripts. The address has the revision as `revision`: what is asked for by the
    current one never changes, and is kept by the browser."""
    response = _table(request)
    if response.headers.get("ETag") == f'"{request.GET.get("revision")}"':
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        del response["Expires"]
    return response


@signed_in_json
def _table(request: Request) -> HttpResponse:
    table = custom_emoji.current(number(request, "revision", most=10))
    rows = [_row(one) for one in table.pictures.values()]
    answer = {"revision": table.revision, "emoji": rows}
    return JsonResponse(answer, headers={"ETag": f'"{table.revision}"'})


def _row(picture: Picture) -> dict[str, Any]:
    row = {"name": picture.name, "picture": picture.address}
    return row if picture.still is None else {**row, "still": picture.still}


def _added(request: Request, form: EmojiForm) -> bool:
    name, picture = form.cleaned_data["name"], form.cleaned_data["picture"]
    with form.refusing():
        row = emoji.add_emoji(actor=request.user, name=name, upload=picture)
        messages.success(request, _("“%(code)s” was added.") % {"code": row})
        return True
    return False
