"""The site's own settings, with a password hasher that costs nothing: a real one takes a third of a
second whenever somebody signs up."""

from chatsite.settings import *  # noqa: F403

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # of the owner's account
]
