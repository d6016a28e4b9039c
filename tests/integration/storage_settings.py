"""The site's own settings with less patience, to test what happens when a wait ends."""

from chatsite.settings import *  # noqa: F403
from chatsite.settings import DATABASES

DATABASES["default"]["OPTIONS"]["timeout"] = 2
