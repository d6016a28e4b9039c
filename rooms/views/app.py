"""What makes the site an app that can be installed: its manifest, its service worker, and the page
that is there without a network. None of them knows who asks."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from rooms import languages
from rooms.templatetags.chat import catalogue_file

# What the page that is there without a network is made of.
OFFLINE_FILES = ("css/site.css", "js/offline.js", "js/support.js", "favicon.svg")


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """https://www.w3.org/TR/appmanifest/"""
    icons = [
        {"src": static(f"icons/{name}.png"), "sizes": f"{size}x{size}", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("maskable-512", 512, "maskable"),
        )
    ]
    described = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f4f2ec",
        "theme_color": "#f4f2ec",
        "icons": [{**icon, "type": "image/png"} for icon in icons],
        "shortcuts": [{"name": _("Browse rooms"), "url": reverse("lobby")}],
    }
    return HttpResponse(json.dumps(described), content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, since it may only serve what lies beneath it; with the addresses of what it
    keeps, so that a new version of any of them is a new worker, and so is another language."""
    path = find("js/service-worker.js")
    assert path  # noqa: S101  ours
    with open(path, encoding="utf-8") as file:
        script = file.read()
    query = urlencode({"language": translation.get_language()})
    kept = json.dumps({"page": f"{reverse('offline')}?{query}", "files": [*_kept()]})
    return HttpResponse(f"self.kept = {kept};\n{script}", content_type="text/javascript")


def _kept() -> Iterator[str]:
    """Nothing while addresses aren't hashed: an old file would be shown for ever."""
    if settings.DEBUG:
        return
    language = translation.get_language() or settings.LANGUAGE_CODE
    catalogue = [] if language == settings.LANGUAGE_CODE else [catalogue_file(language)]
    for name in (*OFFLINE_FILES, *catalogue):
        yield staticfiles_storage.url(name)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """It is asked for without cookies, so that it is nobody's; the address says its language."""
    language = request.GET.get("language", "")
    if languages.is_offered(language):
        translation.activate(language)
    return render(request, "rooms/offline.html")
