"""All settings, from the environment or .env; every default runs on one machine with no account.

Each variable is explained in .env.example. Sections: core, apps, web, database, queue, pipeline, rooms, look, log.
"""

import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent

# ---------------------------------------------------------------------------------------------------- core
BOOLEANS = {*environ.Env.BOOLEAN_TRUE_STRINGS, "false", "off", "no", "n", "f", "0", ""}


class Environment(environ.Env):  # type: ignore[misc]  # django-environ has no types
    """Reads one variable; a value of the wrong kind is told in one line that names it."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **kwargs: Any) -> Any:
        if cast is bool and self.ENVIRON.get(var, "").strip().lower() not in BOOLEANS:
            raise ImproperlyConfigured(f"{var} must be True or False, not {self.ENVIRON[var]!r}")
        try:
            return super().get_value(var, cast, *args, **kwargs)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} must be a number, not {self.ENVIRON[var]!r}") from error

    def count(self, var: str, default: int, *, least: int = 0) -> int:
        """Read a whole number that is not below `least`."""
        number: int = self.int(var, default=default)
        if number < least:
            raise ImproperlyConfigured(f"{var} must be {least} or more, not {number}")
        return number

    def base_url(self, var: str, default: str) -> str:
        """Read the address that links begin with, without a slash at its end."""
        address: str = self.str(var, default=default).rstrip("/")
        try:
            parts = urlsplit(address)
            is_base = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_base = False
        if not is_base or parts.query or parts.fragment or parts.username:
            raise ImproperlyConfigured(
                f"{var} must be an address such as https://agency.example, not {address!r}"
            )
        return address


env = Environment()
ENV_FILE = env.str("ENV_FILE", default=str(BASE_DIR / ".env"))
if ENV_FILE and Path(ENV_FILE).is_file():
    env.read_env(ENV_FILE)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Run `make setup` (it writes .env), or set it yourself."
    )

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
try:
    ZoneInfo(TIME_ZONE)
except (ValueError, LookupError, OSError) as error:
    raise ImproperlyConfigured(f"TIME_ZONE {TIME_ZONE!r} is not known. Example: Europe/Helsinki") from error

# ---------------------------------------------------------------------------------------------------- apps
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "pipeline",  # before django_q: its qcluster command replaces the original
    "django_q",
    "territories",
    "businesses",
    "sites.apps.SitesConfig",  # label "websites": "sites" belongs to django.contrib.sites
    "campaigns",
    "customers",
    "monitoring",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ----------------------------------------------------------------------------------------------------- web
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "webmagic.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "webmagic.urls"
WSGI_APPLICATION = "webmagic.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "monitoring.context.shell",
            ],
            "libraries": {"look": "webmagic.templatetags.look"},  # webmagic is the project, not an app
        },
    },
]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "webmagic" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

# The policy of every page; webmagic/security.py relaxes it under /admin/ only, as far as its skin needs.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "frame-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
HTTPS = env.bool("HTTPS", default=False)  # True behind TLS: secure cookies, HSTS, redirect
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ------------------------------------------------------------------------------------------------ database
_database_url = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'webmagic.sqlite3'}")
if not _database_url.startswith(("sqlite:///", "sqlite://:memory:", "postgres://", "postgresql://")):
    raise ImproperlyConfigured(
        "DATABASE_URL must start with sqlite:/// or postgres://. Example: postgres://user:password@host/name"
    )
try:
    _database = env.db_url_config(_database_url)
except (ValueError, environ.ImproperlyConfigured) as error:
    raise ImproperlyConfigured(
        f"DATABASE_URL cannot be read ({error}). Example: postgres://user:password@host/name"
    ) from error
if _database["ENGINE"].endswith("sqlite3"):
    if _database["NAME"] != ":memory:":
        try:
            Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ImproperlyConfigured(
                f"The folder of the database cannot be made ({error}). Set VAR_DIR or DATABASE_URL"
            ) from error
    _database["OPTIONS"] = {
        # Writers take the lock at BEGIN: a read that turns into a write never meets "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
    }
else:
    _database["CONN_MAX_AGE"] = 600
    _database["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": _database}

# --------------------------------------------------------------------------------------------------- queue
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL and urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise ImproperlyConfigured("REDIS_URL must start with redis://, rediss:// or unix://")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Django's default serializer is pickle: whoever can write to Redis could then run code here.
        "OPTIONS": {"serializer": "pipeline.queue.JsonSerializer"},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
TASK_HARD_LIMIT = 3600  # seconds; the worker is stopped
TASK_SOFT_LIMIT = 3300  # seconds; no new row is begun, network calls end
# A message is a hint that may be lost or doubled: nothing is stored of it, nothing is retried by the queue.
# `retry` is longer than a message can wait and run: (ceil((queue_limit + bulk) / workers) + 1) * timeout.
Q_CLUSTER = {
    "name": "webmagic",  # salts the signatures of the messages: never change it
    "label": "Queue",
    "workers": 2,
    "timeout": TASK_HARD_LIMIT,
    "retry": 14_500,
    "max_attempts": 1,
    "ack_failures": True,
    "queue_limit": 1,
    "bulk": 1,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 200,
    "max_rss": 400_000,  # KiB, above what a worker has at birth
    "guard_cycle": 0.5,
    "poll": 0.5,
    "scheduler": True,
    "time_zone": TIME_ZONE,
    "ALT_CLUSTERS": {
        name: {
            "workers": 2,
            "scheduler": False,
            "queue_limit": 1,
            "retry": 14_500,
            "timeout": TASK_HARD_LIMIT,
        }
        for name in ("scraping", "generation", "campaigns")
    },
}
Q_CLUSTER |= {"redis": REDIS_URL} if REDIS_URL else {"orm": "default"}

# ------------------------------------------------------------------------------------------------ pipeline
TASKS = "monitoring.cycle.TASKS"  # the one table of tasks, read by pipeline/queue.py
LOCK_DIR = VAR_DIR / "run"  # one lock file per live worker process
CLAIM_FREE_AFTER = env.count(
    "CLAIM_FREE_AFTER", default=60, least=1
)  # seconds after which the claim of a dead owner is free
CLAIM_LEASE = 7200  # seconds after which a claim is stuck where nothing is known of its owner
THREADS = env.count("THREADS", default=4, least=1)  # rows at once in stages that wait on the network
PAUSABLE = ("outbox", "smtp", "staff_mail")  # what can be paused besides the stages and SOURCES
CLOCK_SKEW_MAX = 2.0  # seconds between this host and the database
DISK_FLOOR_MB = env.count("DISK_FLOOR_MB", default=200)

LIMITS = {  # rows per run
    "scrape_pending_territories": env.count("SCRAPE_LIMIT", default=10),
    "qualify_new_leads": env.count("QUALIFY_LIMIT", default=100),
    "generate_pending_sites": env.count("GENERATE_LIMIT", default=5),
    "publish_completed_sites": env.count("PUBLISH_LIMIT", default=10),
    "retry_failed_generations": env.count("RETRY_GENERATIONS_LIMIT", default=3),
    "create_campaigns_for_new_sites": env.count("CREATE_CAMPAIGNS_LIMIT", default=10),
    "send_pending_campaigns": env.count("SEND_LIMIT", default=20),
    "retry_failed_campaigns": env.count("RETRY_CAMPAIGNS_LIMIT", default=5),
}
DAY_BUDGETS = {  # units per day (TIME_ZONE), shared by conductor, schedules and people
    "grids": env.count("GRIDS_PER_DAY", default=40),
    "sites": env.count("SITES_PER_DAY", default=120),
    "mails": env.count("MAILS_PER_DAY", default=960),
}

GENERATION_FAILURE_ALERT = env.float("GENERATION_FAILURE_ALERT", default=0.5)  # share of 24 h, alert above
CAMPAIGN_FAILURE_ALERT = env.float("CAMPAIGN_FAILURE_ALERT", default=0.3)
ALERT_MIN_SAMPLES = env.int("ALERT_MIN_SAMPLES", default=5)  # fewer say nothing

# --------------------------------------------------------------------------------------------------- rooms
SOURCES = {  # name -> source; territories/ checks names here without knowing businesses/
    "sample": "businesses.sources.sample.SampleTown",
    "osm_file": "businesses.sources.osm_file.OsmFile",
}
OSM_FILE = env.str("OSM_FILE", default="")
WEB_FETCHER = "pipeline.http.GuardedClient"  # what looks at websites; tests put a recorded web here
COOLDOWN_DAYS = env.count("COOLDOWN_DAYS", default=30)
LEAD_EVIDENCE = env.str("LEAD_EVIDENCE", default="confirmed")
if LEAD_EVIDENCE not in ("confirmed", "single"):
    raise ImproperlyConfigured("LEAD_EVIDENCE must be confirmed (two independent signs) or single")

SITES_ROOT = Path(env.str("SITES_ROOT", default=str(VAR_DIR / "sites")))
SITES_BASE_URL = env.base_url("SITES_BASE_URL", default="http://127.0.0.1:8000")

OUTBOX_DIR = VAR_DIR / "outbox"
MAIL_URL = env.str("MAIL_URL", default="")
if MAIL_URL and urlsplit(MAIL_URL).scheme not in ("smtp", "smtps", "outbox"):
    raise ImproperlyConfigured(
        "MAIL_URL must start with smtp:// or smtps://, or be empty for files in var/outbox"
    )
SAMPLE_AGENCY_ADDRESS = "1 Sample Street, Sampleville, VT 00000, USA"
AGENCY_NAME = env.str("AGENCY_NAME", default="WebMagic Sample Agency")
AGENCY_ADDRESS = env.str("AGENCY_ADDRESS", default=SAMPLE_AGENCY_ADDRESS)
MAIL_FROM = env.str("MAIL_FROM", default="hello@webmagic.example")
STAFF_EMAIL = env.str("STAFF_EMAIL", default="")  # alerts and the daily report; empty: files only
STAFF_BASE_URL = env.base_url("STAFF_BASE_URL", default=SITES_BASE_URL)  # where their links lead
# Keys the hashes of addresses that said no. Changing it forgets them, so it outlives every change of SECRET_KEY.
SUPPRESSION_PEPPER = env.str("SUPPRESSION_PEPPER", default=SECRET_KEY)
# A real transport starts with the autopilot off: drafts wait for a person.
AUTOPILOT = env.bool("AUTOPILOT", default=not MAIL_URL)

ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
CURRENCY = env.str("CURRENCY", default="USD")
try:
    MONTHLY_PRICE = Decimal(env.str("MONTHLY_PRICE", default="29"))
except InvalidOperation as error:
    raise ImproperlyConfigured("MONTHLY_PRICE must be a number, such as 29 or 29.50") from error
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# ---------------------------------------------------------------------------------------------------- look
# The admin's skin in the colours of static/webmagic/tokens.css; webmagic/admin_base.py is the way to it.
FORMAT_MODULE_PATH = "webmagic.formats"
UNFOLD = {
    "SITE_TITLE": "WebMagic",
    "SITE_HEADER": "WebMagic",
    "SITE_URL": "/",
    "SITE_ICON": {
        "light": lambda request: static("webmagic/mark.svg"),
        "dark": lambda request: static("webmagic/mark-dark.svg"),
    },
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("webmagic/mark.svg")}
    ],
    "BORDER_RADIUS": "8px",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "monitoring.context.environment",
    "STYLES": [
        lambda request: static("webmagic/tokens.css"),
        lambda request: static("webmagic/parts.css"),
        lambda request: static("webmagic/admin/skin.css"),
    ],
    "SCRIPTS": [lambda request: static("webmagic/admin/skin.js")],
    "COMMAND": {"search_models": ["auth.user"]},  # only models whose search is indexed, never True
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "webmagic.navigation.admin_sidebar",
    },
    "COLORS": {
        "base": {
            "50": "#fbf9f7",
            "100": "#f5f3f0",
            "200": "#e2dfda",
            "300": "#cfcbc4",
            "400": "#a29e97",
            "500": "#6a655f",
            "600": "#55514a",
            "700": "#45413b",
            "800": "#33302b",
            "900": "#1b1916",
            "950": "#13110e",
        },
        "primary": {
            "50": "#f3f5ff",
            "100": "#e7ecfe",
            "200": "#d1dbfe",
            "300": "#b1c1fe",
            "400": "#8fa3f8",
            "500": "#667aeb",
            "600": "#414cc8",
            "700": "#333ab1",
            "800": "#292f92",
            "900": "#20266f",
            "950": "#151b4c",
        },
    },
}

# ----------------------------------------------------------------------------------------------------- log
LOG_DIR = VAR_DIR / "log"
TESTING = "pytest" in sys.modules or os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith("settings_test")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "pipeline.logs.LineFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.utils.autoreload": {"level": "WARNING"}, "axes": {"level": "WARNING"}},
}
