"""Settings from the environment (and `.env`); every name is explained in `.env.example`."""

import os
import sys
import tempfile
from pathlib import Path

import environ

env = environ.Env()
ROOT = Path(__file__).resolve().parent.parent
env.read_env(ROOT / ".env", overwrite=False)

TESTING = "pytest" in sys.modules
DATA_DIR = Path(env.str("DATA_DIR", default=str(ROOT / "var"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)


def _secret_key() -> str:
    """The key from the environment, else one made once and kept readable by the owner alone."""
    key: str = env.str("SECRET_KEY", default="")
    if key:
        return key
    path = DATA_DIR / "secret_key"
    if not path.exists():
        from django.core.management.utils import get_random_secret_key

        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key() * 2)
    return path.read_text().strip()


SECRET_KEY = _secret_key()
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
if BASE_URL.split("//")[-1].split("/")[0].rsplit(":", 1)[0] not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(BASE_URL.split("//")[-1].split("/")[0].rsplit(":", 1)[0])
SECURE = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "contacts.apps.ContactsConfig",
    "builder.apps.BuilderConfig",
    "engine.messaging.apps.MessagingConfig",
    "engine.apps.EngineConfig",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "import_export",
    "rest_framework",
    "rest_framework.authtoken",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_q",
    "axes",
    "csp",
    "anymail",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "trellis.urls"
ASGI_APPLICATION = "trellis.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "engine.pages.notices.bell",
            ],
        },
    },
]

_SYNC = "OFF" if TESTING else "FULL"
# --- database -----------------------------------------------------------------------------------
DATABASE_URL = env.str(
    "TEST_DATABASE_URL" if TESTING and env.str("TEST_DATABASE_URL", default="") else "DATABASE_URL", default=""
)
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    # Under ASGI each request may get its own thread: only a pool keeps the number of connections in
    # hand, and a pool excludes CONN_MAX_AGE. Forked workers set TRELLIS_POOL=0 and keep theirs.
    if env.bool("TRELLIS_POOL", default=False):
        DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 12, "timeout": 10}
        DATABASES["default"]["CONN_MAX_AGE"] = 0
    else:
        DATABASES["default"]["CONN_MAX_AGE"] = 0 if TESTING else 600
    if not TESTING:
        # A worker that is stopped inside a transaction must not hold its contacts for ever: others take over, and it writes too late.
        options = DATABASES["default"].setdefault("OPTIONS", {})
        options.setdefault("options", "-c idle_in_transaction_session_timeout=60s")
    # After the server was away, nobody gets a connection that died with it.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = not TESTING
else:
    DATABASES = {
        "default": {
            "ENGINE": "trellis.sqlite",
            "NAME": DATA_DIR / "trellis.sqlite3",
            "CONN_MAX_AGE": 0 if TESTING else 600,
            # A file, as in life: threads of one test share it, which they could not in memory.
            "TEST": {"NAME": Path(tempfile.gettempdir()) / f"trellis-test-{os.getpid()}.sqlite3"},
            "OPTIONS": {
                # IMMEDIATE takes the write lock at BEGIN: a read-then-write transaction then waits
                # its turn instead of failing. FULL: NORMAL may lose the last commit at power loss.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_SYNC}; PRAGMA busy_timeout=30000; "
                "PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CHANNEL_LAYERS = {
    "default": (
        {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # It waits 5 s at a time for something to tell; redis-py gives up after 5 s and would cut every quiet socket.
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 30}]},
        }
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

# --- queue: doorbells only, see engine/queue.py -----------------------------------------------
Q_CLUSTER = {
    "name": "trellis",
    "workers": env.int("WORKERS", default=1 if not DATABASE_URL else 2),
    "timeout": 120,
    "retry": 180,
    "max_attempts": 3,
    "ack_failures": True,
    "save_limit": -1,
    "poll": 0.1,
    "queue_limit": 20,
    "bulk": 1,
    "catch_up": False,
    "label": "Queue",
    "log_level": "WARNING",
    "broker_class": "engine.queue.Broker",
    **({"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}),
}

# --- people and access --------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username", "ip_address"]
AXES_LOCKOUT_CALLABLE = "contacts.views.errors.too_many_tries"
AXES_HANDLER = "contacts.log_ins.Handler"  # which of them has how much patience
AXES_RESET_ON_SUCCESS = True
AXES_ENABLED = not TESTING
AXES_VERBOSE = False

# --- security -----------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = SECURE and env.bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health$"]  # asked from inside: by containers and load balancers, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    MIDDLEWARE.insert(0, "trellis.proxy.behind_proxy")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        # React Flow places nodes with style attributes; scripts stay strict.
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["contacts.access.Needs"],
    "DEFAULT_PAGINATION_CLASS": "contacts.api.pagination.Pages",
    "PAGE_SIZE": 50,
    "DEFAULT_RENDERER_CLASSES": ["contacts.api.rendering.Json"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "contacts.api.errors.handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Trellis",
    "DESCRIPTION": "Journeys for contacts: workflows, contacts, runs, messages.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- mail and text providers (see engine/messaging/senders) -------------------------------------
EMAIL_URL = env.str("EMAIL_URL", default="")
SMS_URL = env.str("SMS_URL", default="")
SMS_WEBHOOK_SECRET = env.str("SMS_WEBHOOK_SECRET", default="")

# --- static, language, time ---------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "media"
WHITENOISE_USE_FINDERS = True
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en", "English"), ("pl", "Polski")]
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"trellis": {"level": "INFO"}, "django_q": {"level": "WARNING"}},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

from trellis import checks  # noqa: E402  (registers the deploy checks, which read these settings)

SILENCED_SYSTEM_CHECKS = [] if SECURE else checks.ABOUT_TLS
