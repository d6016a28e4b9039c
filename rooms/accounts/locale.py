"""The language of a page, before anyone is known to ask for it."""

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from rooms.queries import site
from rooms.text import languages


class Locale(LocaleMiddleware):
    """Django's middleware, with the site's own language for browsers that ask for none that there
    is. It never asks the database: some pages must work without it."""

    def process_request(self, request: HttpRequest) -> None:
        translation.activate(languages.of_request(request, site.known().language))
        request.LANGUAGE_CODE = translation.get_language()
