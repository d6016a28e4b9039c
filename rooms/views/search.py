"""The page of a search: what it finds, newest or best first. Scripts go on from there."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.actions.messages import search as finding
from rooms.errors import Invalid
from rooms.protocol import codec
from rooms.protocol.limits import MAX_QUERY
from rooms.text import mentions
from rooms.views.bootstrap import shell
from rooms.views.decorators import Request, signed_in, words

MAX_PLACE = 128  # characters


@require_safe
@signed_in
def search(request: Request) -> HttpResponse:
    """What `q` finds: the page `before` a place, in this `order`; with `public`, also in public
    rooms that the reader isn't in. What is wrong with the query is said on the page."""
    query = words(request, "q", most=MAX_QUERY)
    before = words(request, "before", most=MAX_PLACE)
    order: finding.Order = "best" if words(request, "order") == "best" else "newest"
    public = words(request, "public") == "1"
    found, trouble = None, ""
    if query:
        try:
            found = finding.search(
                actor=request.user,
                query=query,
                before=before or None,
                order=order,
                zone=request.user.local_zone or "UTC",
                public=public,
            )
        except Invalid as error:
            trouble = error.detail
    names = {one.id: one.name for one in found.people} if found else {}
    for hit in found.hits if found else ():
        hit.message.html = mentions.called(hit.message.html, names)
    asked = {"query": query, "before": before or None, "order": order, "public": public}
    context = {
        **shell(request),
        "room": None,
        "asked": asked,
        "found": found,
        "trouble": trouble,
        "max_query": MAX_QUERY,
    }
    context["bootstrap"] |= {"search": _bootstrap(asked, found, trouble)}
    return render(request, "rooms/search.html", context)


def _bootstrap(
    asked: dict[str, Any], found: finding.Results | None, trouble: str
) -> dict[str, Any]:
    """What scripts draw the same page from: what was asked, and the fields of the reply."""
    shown = found.fields() if found else None
    if shown:
        shown |= {name: codec.builtins(shown[name]) for name in ("rooms", "people")}
    return {**asked, "found": shown, "trouble": trouble}
