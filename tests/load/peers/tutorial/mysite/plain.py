# mypy: ignore-errors
"""The same project without Channels and Daphne: what is left is a plain Django view."""

from mysite.settings import *  # noqa: F403
from mysite.settings import INSTALLED_APPS

INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "daphne"]
WSGI_APPLICATION = "mysite.wsgi.application"
