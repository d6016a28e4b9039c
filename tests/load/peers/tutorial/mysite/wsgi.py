# mypy: ignore-errors
# A project of its own, as its tutorial writes it: not ours to type.
"""As `startproject` makes it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.plain")
application = get_wsgi_application()
