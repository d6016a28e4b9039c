"""Every setting of the site, read once from the environment; the defaults are safe.

The table of variables is in README.md beside this file.
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
# The canonical origin, for links and limits; without it, the address where the server listens.
SITE_URL = env.origin("SITE_URL") or next(
    (one for one in CSRF_TRUSTED_ORIGINS if "*" not in one), ""
)
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")
REDIS_URL = env.redis_url("REDIS_URL")
# Besides public addresses, what the site may connect to when somebody else names the address.
OUTGOING_ALLOW = env.networks("OUTGOING_ALLOW")
# Empty: files aren't scanned.
CLAMAV_URL = env.scanner("CLAMAV_URL")
STAFF_MFA = env.switch("STAFF_MFA", default=False)
WEB_ROOMS = env.switch("WEB_ROOMS", default=True)
# Empty: as the owner set it on the page of the site's settings.
SIGNUP = env.choice("SIGNUP", ("open", "invite", "closed"))
OIDC = env.oidc("OIDC_")
RATE_LIMITS = env.switch("RATE_LIMITS", default=True)
DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "chatsite.sqlite3")}
CACHES = {"default": env.cache(REDIS_URL)}

SITE_NAME = "Chatsite"  # until the owner gives it another

# An https origin means that the site is served over TLS, which decides cookies and redirects.
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
    "rooms.accounts.session_store.Sessions",
    "rooms.accounts.locale.Locale",
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
# full and dies when Redis restarts. In both backends the hub holds one channel per process.
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
AUTHENTICATION_BACKENDS = ["rooms.accounts.backends.Accounts"]
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
ACCOUNT_ADAPTER = "rooms.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "optional"  # a link is sent; logging in works without opening it
ACCOUNT_CHANGE_EMAIL = True  # one address, replaced once the next one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "account_email"
# Also when an address is taken: nobody learns that an account uses it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
# A session left open isn't enough to take over the account.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USER_DISPLAY = str
MFA_ADAPTER = "rooms.accounts.mfa.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nothing here requires an email address
SOCIALACCOUNT_ADAPTER = "rooms.accounts.oidc.OidcAdapter"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False  # only the identity is needed; no API is called later
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
# In addition to allauth's own for passwords, codes and mails. The cache shares them across workers.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "export": "3/h/user",
    "departure": "10/h/user",
    # Each creates a session, and the second also calls the provider.
    "passkey": "30/m/ip",
    "oidc": "30/m/ip",
}
if not RATE_LIMITS:
    ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MAIL = env.mail("EMAIL_URL")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if MAIL.host else 'console'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = MAIL.tls == "at once", MAIL.tls == "asked for"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL.sender

# -- limits ----------------------------------------------------------------------------------

# Token buckets: "20/10s" allows a burst of 20, refilled over 10 seconds.
LIMITS = {
    "frame": "60/3s",
    "handshake": "60/10s",
    "message.post": "20/10s",
    "message.edit": "20/10s",
    "message.delete": "20/10s",
    "reaction": "30/10s",
    "history": "60/10s",
    "mention": "60/m",  # before a text is sent
    "preview": "60/m",  # links whose pages are fetched
    "link.open": "60/20s",  # messages that links lead to
    "lobby": "60/20s",
    "rooms": "100/20s",  # pages of two hundred rooms
    "room.open": "90/30s",  # both the command and the page count: going to a room takes one each
    "room.create": "10/h",
    "room.update": "30/5m",  # everyone in the room is told
    "room.archive": "120/10m",  # enough for a page of a hundred rows in the admin
    "member": "120/10m",
    "room.direct": "30/h",
    "room.join": "30/m",
    "room.read": "60/10s",
    "room.unread": "20/10s",
    "rooms.read": "10/10s",
    "push": "20/m",
    "push.test": "6/m",
    "sidebar": "40/10s",
    "inbox": "60/20s",
    "inbox.read": "60/10s",
    "room.notify": "30/10s",
    "search": "60/20s",  # as somebody types; a search takes at most a tenth of a second
    "keywords": "30/5m",  # every process reads everybody's again
    "appearance": "30/10s",
    "typing": "20/10s",
    "status": "20/m",  # everyone who sees the person is told
    "watch": "40/20s",  # up to 500 people each
    "idle": "30/m",
    "invite.create": "30/h",
    "invite.mail": "60/24h",  # addresses: a stolen session mustn't send more than that
    "site": "60/10m",
    "people": "30/10s",
    "person": "60/m",  # cards
    "profile": "30/m",
    "unsubscribe": "20/h",
    "ignore": "30/m",
    "report": "20/h",
    "sanction": "60/m",
    "avatar": "10/m",
    "emoji": "60/m",
    "file": "60/m",  # announced
    "file.part": "600/m",
    "file.read": "2400/m",  # a page of a hundred messages may show ten thumbnails in each
    "web": "120/m",  # pages by address, of people without an account
}
# Many pushes are sent by a process of their own, so that people don't wait for them.
JOBS_APART = True
JOB_LEASE_SECONDS = 60.0  # a process that has a job longer, and doesn't renew it, is thought dead
TOMBSTONE_DAYS = 30  # while a deletion can be undone; then the text is erased
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # a form without files; the server has the same limit
DATA_UPLOAD_MAX_NUMBER_FILES = 1  # no form takes more
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # enough for a page of a hundred rows in the admin

# -- safety ----------------------------------------------------------------------------------

SESSION_ENGINE = "rooms.accounts.session_store"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
# With TLS, a prefix that only this host may set, over TLS.
COOKIE_PREFIX = "__Host-" if TLS else ""
COOKIE_MARK = env.cookie_mark(SITE_URL, SECRET_KEY, str(DATABASES["default"]["NAME"]))
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid{COOKIE_MARK}"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken{COOKIE_MARK}"
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the page
CSRF_FAILURE_VIEW = "rooms.views.errors.csrf_failure"
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # requested locally, without TLS
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
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# -- the rest --------------------------------------------------------------------------------

# Each by its own name, for people who look for theirs.
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
# Files that determine how static files are collected: if one changes, `serve` collects again.
STATIC_MADE_BY = [*(BASE_DIR / "chatsite").glob("*.py"), BASE_DIR / "requirements.txt"]
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
# What people send. `incoming` in it holds what isn't complete or checked yet.
FILES_BUCKET = env.bucket("FILES_URL")
FILES_DIR = DATA_DIR / "files"
FILES_ACCEL = env.accel("FILES_ACCEL", FILES_BUCKET)
STORAGES = {
    **env.stores(FILES_BUCKET),
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
        # It logs a traceback a second while Redis is down; the hub logs one line a minute.
        "channels_redis": {"level": "CRITICAL"},
        # Django would only mail errors to ADMINS, which self-hosted sites rarely set.
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
