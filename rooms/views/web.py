"""Rooms that are open to the web: plain pages, feeds and what crawlers ask for. They are the same
for everyone, whether logged in or not, and read no session."""

import functools
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec

from csp.decorators import csp
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from rooms import address, ratelimit
from rooms.actions.messages import web
from rooms.actions.messages.web import Post, WebPage
from rooms.errors import NotFound, RateLimited
from rooms.queries import site
from rooms.server.admission import address_key
from rooms.storage.recent import Recent

P = ParamSpec("P")

MAX_LISTED = 200  # rooms in the sitemap, and pages of each of them
# No script, no form, nothing from elsewhere.
POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
}
# What XML can't contain: the rest of what a message can't, either.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

# Rendered pages, by what they show and the language.
rendered: Recent[bytes] = Recent(size=64, seconds=60)


def outside(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """For pages that anyone may see: limited by address, never stored without asking again, since a
    message that is deleted has to vanish at once."""

    @functools.wraps(view)
    def limited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            ratelimit.consume("web", address_key(str(request.META.get("REMOTE_ADDR") or "")))
            response = view(request, *args, **kwargs)
        except NotFound:
            response = _notice(_("There is nothing here"), _gone(), status=404)
        except RateLimited as error:
            response = _notice(_("Too many requests"), str(error.detail), status=429)
            response["Retry-After"] = str(max(1, round(error.retry_after or 1)))
        response["Cache-Control"] = "public, no-cache"
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    decorators: Any = require_safe, csp(POLICY)  # their types forget the parameters
    safe, strict = decorators
    outer: Callable[Concatenate[HttpRequest, P], HttpResponseBase] = safe(strict(limited))
    return outer


@outside
def newest(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest messages of a room."""
    return _answer(request, web.newest(slug=slug))


@outside
def page(request: HttpRequest, slug: str, span: str) -> HttpResponse:
    """The messages with these numbers."""
    first, _dash, last = span.partition("-")
    if f"{int(first)}-{int(last)}" != span:  # leading zeros: there is one address
        raise NotFound(_gone())
    return _answer(request, web.page(slug=slug, first=int(first), last=int(last)))


@outside
def message(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One message among those around it."""
    return _answer(request, web.permalink(slug=slug, number=number))


@outside
def feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest messages of a room as Atom."""
    shown = web.newest(slug=slug)
    body = rendered.get(("feed", get_language(), repr(shown)), lambda: _atom(shown))
    kind = "application/atom+xml; charset=utf-8"
    return _conditional(request, body, kind, indexed=shown.room.indexed)


@outside
def sitemap(request: HttpRequest) -> HttpResponse:
    """The pages of the rooms that search engines may list."""
    paths = []
    for room in web.listed(most=MAX_LISTED):
        paths.append(reverse("web_room", args=[room.slug]))
        for span in room.spans(MAX_LISTED):
            paths.append(reverse("web_page", args=[room.slug, str(span)]))
    text = render_to_string("web/sitemap.xml", {"paths": paths, "origin": address.origin()})
    return _conditional(request, text.encode(), "application/xml", indexed=True)


@outside
def robots(request: HttpRequest) -> HttpResponse:
    """Only these pages are for crawlers. Whether one may be listed is said on the page itself,
    which a crawler has to be able to read."""
    lines = [
        *("User-agent: *", "Allow: /web/", "Allow: /static/", "Allow: /media/avatars/"),
        *("Disallow: /", f"Sitemap: {address.origin()}{reverse('sitemap')}", ""),
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _answer(request: HttpRequest, shown: WebPage) -> HttpResponse:
    body = rendered.get(("page", get_language(), repr(shown)), lambda: _html(shown))
    return _conditional(request, body, "text/html; charset=utf-8", indexed=shown.room.indexed)


def _html(shown: WebPage) -> bytes:
    slug, span = shown.room.slug, shown.span
    own = ("web_room", [slug]) if span is None else ("web_page", [slug, str(span)])
    found = shown.found
    context: Mapping[str, Any] = {
        "page": shown,
        "room": shown.room,
        "found": found,
        "robots": "noarchive" if shown.room.indexed else "noindex, noarchive",
        "canonical": address.origin() + reverse(own[0], args=own[1]),
        "description": found.excerpt if found else shown.room.topic,
    }
    return render_to_string("web/room.html", context).encode()


def _atom(shown: WebPage) -> bytes:
    """Letters would change with every new message, so that readers would show old ones again."""
    room, origin = shown.room, address.origin()
    atom = feedgenerator.Atom1Feed(
        title=_plain(f"{room.name} – {site.current().name}"),
        link=origin + reverse("web_room", args=[room.slug]),
        description=_plain(room.topic),
        language=get_language() or "",
        feed_url=origin + reverse("web_feed", args=[room.slug]),
    )
    for post in reversed(shown.posts):
        link = origin + reverse("web_message", args=[room.slug, post.number])
        name = _("Somebody") if post.author.letter else post.author.name
        atom.add_item(
            title=_plain(post.excerpt),
            link=link,
            description=_plain(_described(post)),
            unique_id=link,
            author_name=_plain(name),
            pubdate=post.created_at,
            updateddate=post.edited_at or post.created_at,
        )
    return str(atom.writeString("utf-8")).encode()


def _described(post: Post) -> str:
    files = render_to_string("web/_files.html", {"files": post.files}) if post.files else ""
    return post.html + files


def _plain(text: str) -> str:
    return _NO_XML.sub("", text)


def _conditional(request: HttpRequest, body: bytes, kind: str, *, indexed: bool) -> HttpResponse:
    """The answer, or 304 if the client has it already. There is no Last-Modified: taking out one's
    name has no time."""
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    response = HttpResponse(body, content_type=kind)
    response["ETag"] = etag
    if not indexed:
        response["X-Robots-Tag"] = "noindex, noarchive"
    return get_conditional_response(request, etag=etag, response=response) or response


def _notice(title: str, words: str, *, status: int) -> HttpResponse:
    text = render_to_string("web/notice.html", {"title": title, "words": words})
    response = HttpResponse(text, status=status)
    response["X-Robots-Tag"] = "noindex"
    return response


def _gone() -> str:
    return _(
        "The room isn't open to the web, the message was deleted, or the address has a mistake."
    )
