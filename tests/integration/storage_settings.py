"""The site's own settings, with less patience: a test of what happens at the end of a wait."""

from chatsite.settings import *  # noqa: F403
from chatsite.settings import DATABASES

DATABASES["default"]["OPTIONS"]["timeout"] = 2
