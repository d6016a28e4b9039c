"""The site's own settings, with an application that breaks things and a layer that loses some."""

from chatsite.settings import *  # noqa: F403
from chatsite.settings import CHANNEL_LAYERS, INSTALLED_APPS, REDIS_URL

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.apps.FaultsConfig"]
if REDIS_URL:
    CHANNEL_LAYERS["default"]["BACKEND"] = "tests.faults.layer.LossyLayer"
# Nobody guesses here; eight accounts would cost seconds.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
