"""What makes the site an installable app: its manifest, its service worker, and the offline page.
They are the same for everyone."""

import hashlib
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

from rooms import serializers
from rooms.protocol import codec
from rooms.queries import site
from rooms.templatetags.chat import catalogue_file, typeface_files
from rooms.text import languages

# The files of the offline page.
OFFLINE_FILES = ("css/site.css", "js/offline.js", "js/support.js", "favicon.svg")


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest: https://www.w3.org/TR/appmanifest/"""
    icons = [
        {"src": static(f"icons/{name}.png"), "sizes": f"{size}x{size}", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", 192, "any"),
            ("icon-512", 512, "any"),
            ("maskable-512", 512, "maskable"),
        )
    ]
    here = serializers.site(site.current())
    if here.logo:
        icons = [{"src": here.logo, "sizes": "512x512", "purpose": "any"}]
    described = {
        "id": "/",
        "name": here.name,
        "short_name": here.name,
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
    """The service worker, at the root since it can only control what lies beneath it. It lists the
    addresses of what it caches, so a new version of any file, or another language, makes it a new
    worker."""
    path = find("js/service-worker.js")
    assert path  # noqa: S101  it is one of our files
    with open(path, encoding="utf-8") as file:
        script = file.read()
    # The page also shows the site's name, so another name makes it another page.
    here = serializers.site(site.current())
    mark = hashlib.sha256(codec.encode(here)).hexdigest()[:8]
    query = urlencode({"language": translation.get_language(), "site": mark})
    kept = json.dumps(
        {
            "page": f"{reverse('offline')}?{query}",
            "files": [*_kept()],
            "site": here.name,
            "icon": here.logo or static("icons/icon-192.png"),
        }
    )
    return HttpResponse(f"self.kept = {kept};\n{script}", content_type="text/javascript")


def _kept() -> Iterator[str]:
    """The files to cache. None with DEBUG: without hashes in the addresses, an old file would be
    shown forever."""
    if settings.DEBUG:
        return
    language = translation.get_language() or settings.LANGUAGE_CODE
    catalogue = [] if language == settings.LANGUAGE_CODE else [catalogue_file(language)]
    for name in (*OFFLINE_FILES, *typeface_files(language), *catalogue):
        yield staticfiles_storage.url(name)
    here = serializers.site(site.current())
    yield from (one for one in (here.style, here.logo) if one)


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The offline page. It is fetched without cookies, so it holds nothing personal; its language
    is in the query."""
    language = request.GET.get("language", "")
    if languages.is_offered(language):
        translation.activate(language)
    return render(request, "rooms/offline.html")
