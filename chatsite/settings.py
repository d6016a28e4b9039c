"""Every knob of the site, read once from the environment; the defaults are safe.

The table of variables is in README.md, section Settings.
"""

from pathlib import Path

import django.conf.global_settings
from csp.constants import NONE, SELF

from chatsite import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.directory("CHATSITE_DATA", str(BASE_DIR / "data"))

HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, low=1, high=65535)
DEBUG = env.switch("DEBUG", default=False)
SECRET_KEY = env.secret_key("SECRET_KEY", DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.former_keys("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
# The one origin that links and limits are made of; without it, where the server listens.
SITE_URL = env.origin("SITE_URL") or next(
    (one for one in CSRF_TRUSTED_ORIGINS if "*" not in one), ""
)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
REDIS_URL = env.redis_url("REDIS_URL")
STAFF_MFA = env.switch("STAFF_MFA", default=False)
SIGNUP = env.choice("SIGNUP", "open", ("open", "invite", "closed"))
OIDC = env.oidc("OIDC_")
RATE_LIMITS = env.switch("RATE_LIMITS", default=True)
DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "chatsite.sqlite3")}
CACHES = {"default": env.cache(REDIS_URL)}

SITE_NAME = "Chatsite"

# A site that names an https origin is served through TLS: cookies and redirects follow.
TLS = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)

# -- applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "rooms.apps.RoomsConfig",  # before Daphne, whose `runserver` it extends
    "daphne",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "rooms.sessions.Sessions",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- channel layer ---------------------------------------------------------------------------

# The pub/sub layer, never channels_redis.core: that one drops messages when its shared queue is
# full and dies when Redis restarts. The hub holds one channel per process in either of them.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "prefix": "chatsite",
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 2, "socket_timeout": 2}],
        },
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
}

# -- accounts --------------------------------------------------------------------------------

AUTH_USER_MODEL = "rooms.User"
AUTHENTICATION_BACKENDS = ["rooms.backends.Accounts"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "rooms.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "optional"  # a link is sent; until it is opened, a log-in works
ACCOUNT_CHANGE_EMAIL = True  # one address, which the next one replaces when it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "account_email"
# Also where an address is taken: that there is an account with it is said to nobody.
ACCOUNT_PREVENT_ENUMERATION = "strict"
# A session that was left open is not enough to take the account over for good.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USER_DISPLAY = str
MFA_ADAPTER = "rooms.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is no condition for anything here
SOCIALACCOUNT_ADAPTER = "rooms.oidc.OidcAdapter"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False  # who somebody is has been said; nothing more is asked
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC.name,
                "client_id": OIDC.client_id,
                "secret": OIDC.client_secret,
                "settings": {"server_url": OIDC.url},
            }
        ]
        if OIDC.url
        else [],
    }
}
# Beside those that allauth sets for passwords, codes and mails; across workers, by the cache.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "export": "3/h/user",
    "departure": "10/h/user",
    # Each begins a session, and the second asks the provider.
    "passkey": "30/m/ip",
    "oidc": "30/m/ip",
}
if not RATE_LIMITS:
    ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MAIL = env.mail("EMAIL_URL")
EMAIL_BACKEND = (
    "rooms.mail.Queued" if MAIL.host else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = MAIL.tls == "at once", MAIL.tls == "asked for"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL.sender

# -- limits ----------------------------------------------------------------------------------

# Token buckets: a burst of as many as named, refilled over the time named.
LIMITS = {
    "frame": "60/3s",
    "handshake": "60/10s",
    "message.post": "20/10s",
    "message.edit": "20/10s",
    "message.delete": "20/10s",
    "reaction": "30/10s",
    "history": "60/10s",
    "lobby": "60/20s",
    "rooms": "100/20s",  # a page of two hundred each
    "room.open": "90/30s",  # a page counts, too: going to a room is both
    "room.create": "10/h",
    "room.update": "30/5m",  # everybody in the room is told of each
    "room.archive": "120/10m",  # the admin's page of a hundred rows
    "member": "120/10m",
    "room.direct": "30/h",
    "room.join": "30/m",
    "room.read": "60/10s",
    "room.unread": "20/10s",
    "rooms.read": "10/10s",
    "sidebar": "40/10s",
    "typing": "20/10s",
    "invite.create": "30/h",
    "people": "30/10s",
    "ignore": "30/m",
    "report": "20/h",
    "sanction": "60/m",
    "avatar": "10/m",
}
TOMBSTONE_DAYS = 30  # in which a deletion can be taken back; then the text is erased
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # a form without its files; the server has the same bound
DATA_UPLOAD_MAX_NUMBER_FILES = 1  # no form has more
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # the admin's pages of a hundred rows

# -- safety ----------------------------------------------------------------------------------

SESSION_ENGINE = "rooms.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
# A name that only a TLS page of this very host may set, where there is TLS.
COOKIE_PREFIX = "__Host-" if TLS else ""
COOKIE_MARK = env.cookie_mark(SITE_URL, SECRET_KEY, str(DATABASES["default"]["NAME"]))
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid{COOKIE_MARK}"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken{COOKIE_MARK}"
CSRF_COOKIE_HTTPONLY = True  # scripts find the token in the page
CSRF_FAILURE_VIEW = "rooms.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from the machine itself, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# -- the rest --------------------------------------------------------------------------------

# By their own names, as who looks for one reads them.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("he", "עברית")]
LANGUAGE_CODE = "en"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language{COOKIE_MARK}"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = TLS
FORMAT_MODULE_PATH = "chatsite.formats"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# What collects them, and which versions of the libraries: `serve` does it again after a change.
STATIC_MADE_BY = [*(BASE_DIR / "chatsite").glob("*.py"), BASE_DIR / "requirements.txt"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "chatsite.assets.AssetStorage",
    },
}
LOGGING = {
    **django.conf.global_settings.LOGGING,
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "chatsite.logs.Line",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {
        "storage": {"()": "chatsite.logs.StorageTrouble"},
        "refused": {"()": "chatsite.logs.Refused"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["storage", "refused"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "rooms": {"level": "INFO"},
        # A traceback a second while Redis is away; the hub says it once a minute, in a line.
        "channels_redis": {"level": "CRITICAL"},
        # Django would mail errors to ADMINS, whom a self-hosted site seldom has, and stay silent.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
