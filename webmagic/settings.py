"""All settings, from the environment or .env; every default runs on one machine with no account.

Each variable is explained in .env.example. Sections: core, apps, web, database, queue, pipeline, rooms, look, log.
"""

import os
import re
import shutil
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from webmagic.environment import Environment
from webmagic.skin import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent

# ---------------------------------------------------------------------------------------------------- core
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
LOCALE_PATHS = [BASE_DIR / "locale"]  # the pages for business owners; staff pages are in LANGUAGE_CODE
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
try:
    ZoneInfo(TIME_ZONE)
except (ValueError, LookupError, OSError) as error:
    raise ImproperlyConfigured(f"TIME_ZONE {TIME_ZONE!r} is not known. Example: Europe/Helsinki") from error

# ---------------------------------------------------------------------------------------------------- apps
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "webmagic.admin_site.Config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
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
    "campaigns.doors.PublicDoorsMiddleware",  # first: thousands may knock at once, and need nothing of the rest
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "webmagic.request_ids.RequestIdMiddleware",
    "webmagic.security.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "monitoring.second_factor.SecondFactorMiddleware",
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
            "libraries": {name: f"webmagic.templatetags.{name}" for name in ("look", "skin")},  # no app's
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
# True: who has no second factor sets one up at the next login.
REQUIRE_2FA = env.bool("REQUIRE_2FA", default=False)
OTP_TOTP_ISSUER = "WebMagic"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "429.html"

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
UPLOAD_MAX_MB = env.count("UPLOAD_MAX_MB", default=50, least=1)  # what one request may bring in files
FILE_UPLOAD_HANDLERS = ["webmagic.uploads.BoundedUpload", *global_settings.FILE_UPLOAD_HANDLERS]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ------------------------------------------------------------------------------------------------ database
_database_url = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'webmagic.sqlite3'}")
if not _database_url.startswith(("sqlite:///", "sqlite://:memory:", "postgres://", "postgresql://")):
    raise ImproperlyConfigured(
        "DATABASE_URL must start with sqlite:/// or postgres://. Example: postgres://user:password@host/name"
    )
try:
    _database = env.db_url_config(_database_url)
except (ValueError, ImproperlyConfigured) as error:
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
    _database |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
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
WHY = "monitoring.why.VERBS"  # model -> the verb that says why a row of it does not move, read by pipeline/why.py
LOCK_DIR = VAR_DIR / "run"  # one lock file per live worker process
CLAIM_FREE_AFTER = env.count("CLAIM_FREE_AFTER", default=60, least=1)  # seconds, once its owner died
CLAIM_LEASE = 7200  # seconds after which a claim is stuck where nothing is known of its owner
CHECK_THREADS = env.count("CHECK_THREADS", default=64, least=1)  # businesses looked up on the web at once
THREADS = env.count("THREADS", default=4, least=1)  # rows at once in stages that wait on the network
# What can be paused besides the stages and SOURCES; further mailboxes' transports come on top.
PAUSABLE: tuple[str, ...] = ("outbox", "smtp", "anymail", "staff_mail", "alert_webhook", "s3", "claude")
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
# Units per day (TIME_ZONE), shared by conductor, schedules and people.
DAY_BUDGETS: dict[str, int | Decimal] = {
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
    "overpass": "businesses.sources.overpass.Overpass",
    "overture_file": "businesses.sources.overture_file.OvertureFile",
    "csv_file": "businesses.sources.csv_file.CsvFile",
    "outscraper": "businesses.sources.outscraper.Outscraper",
}
TRADES = "businesses.categories.CATEGORIES"  # slug -> trade with a name, for territories/ in the same way
OSM_FILE = env.str("OSM_FILE", default="")
DENSITY_FILE = env.str("DENSITY_FILE", default="")
OVERPASS_URL = env.base_url("OVERPASS_URL", default="") if env.str("OVERPASS_URL", default="") else ""
OVERPASS_MAX_MB = env.count("OVERPASS_MAX_MB", default=32, least=1)  # a longer answer splits the cell
if OVERPASS_URL:
    DAY_BUDGETS["overpass_calls"] = env.count("OVERPASS_CALLS_PER_DAY", default=5000)
OVERTURE_FILE = env.str("OVERTURE_FILE", default="")
OVERTURE_MIN_CONFIDENCE = env.float("OVERTURE_MIN_CONFIDENCE", default=0.5)
if not 0 <= OVERTURE_MIN_CONFIDENCE <= 1:
    raise ImproperlyConfigured("OVERTURE_MIN_CONFIDENCE must be between 0 and 1")
CSV_FILE = env.str("CSV_FILE", default="")
CSV_COLUMNS = env.str("CSV_COLUMNS", default="")
LISTS_DIR = Path(env.str("LISTS_DIR", default=str(VAR_DIR / "lists")))  # what staff imported; never served
CSV_LICENCE = env.str("CSV_LICENCE", default="") or "own list"
CSV_ATTRIBUTION = env.str("CSV_ATTRIBUTION", default="") or "From a list of the agency's own"
OUTSCRAPER_API_KEY = env.str("OUTSCRAPER_API_KEY", default="")
OUTSCRAPER_URL = env.base_url("OUTSCRAPER_URL", default="https://api.app.outscraper.com")
OUTSCRAPER_PRICE = env.amount("OUTSCRAPER_PRICE", default="3")  # USD for 1,000 records
if OUTSCRAPER_API_KEY:
    DAY_BUDGETS["outscraper_calls"] = env.count("OUTSCRAPER_CALLS_PER_DAY", default=100)
    DAY_BUDGETS["outscraper_usd"] = env.amount("OUTSCRAPER_USD_PER_DAY", default="10")
SENDER_DNS = "campaigns.dns_lookups.LiveDns"  # what tells about our own senders' domains
MAIL_DNS = "businesses.mail_domains.LiveMailDns"  # what tells whether a domain takes mail
WEB_FETCHER = "pipeline.http.GuardedClient"  # what looks at websites; tests put a recorded web here
COOLDOWN_DAYS = env.count("COOLDOWN_DAYS", default=30)
# Background pictures of the map, "https://host.example/{z}/{x}/{y}.png"; empty: none, and no other host is asked.
MAP_TILES = env.str("MAP_TILES", default="")
MAP_TILES_ATTRIBUTION = "© OpenStreetMap contributors"
if MAP_TILES:
    _tiles = urlsplit(MAP_TILES)
    if _tiles.scheme != "https" or "{z}" not in MAP_TILES or ";" in _tiles.netloc or " " in MAP_TILES:
        raise ImproperlyConfigured("MAP_TILES must look like https://host.example/{z}/{x}/{y}.png")
    SECURE_CSP |= {"img-src": [CSP.SELF, "data:", f"https://{_tiles.netloc.replace('{s}', '*')}"]}
LEAD_EVIDENCE = env.str("LEAD_EVIDENCE", default="confirmed")
if LEAD_EVIDENCE not in ("confirmed", "single"):
    raise ImproperlyConfigured("LEAD_EVIDENCE must be confirmed (two independent signs) or single")

PUBLISH_TO = env.str("PUBLISH_TO", default="")  # empty: the folder SITES_ROOT; s3://bucket/prefix
SITES_ROOT = Path(env.str("SITES_ROOT", default=str(VAR_DIR / "sites")))
PROPOSAL_DAYS = env.count("PROPOSAL_DAYS", default=30, least=1)  # online after its mail, if nobody answers
SITES_HOST = env.str("SITES_HOST", default="")  # sites.agency.example: each site at https://SLUG.that/
if SITES_HOST and not re.fullmatch(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", SITES_HOST):
    raise ImproperlyConfigured(
        f"SITES_HOST must be a host name such as sites.agency.example, not {SITES_HOST!r}"
    )
SITES_BASE_URL = env.base_url("SITES_BASE_URL", default="http://127.0.0.1:8000")
# The browser that makes the pictures of the gallery; empty: none, the gallery shows live frames.
CHROMIUM = env.str("CHROMIUM", default=shutil.which("chromium") or shutil.which("google-chrome") or "")

OUTBOX_DIR = VAR_DIR / "outbox"
MAIL_URL = env.str("MAIL_URL", default="")
if MAIL_URL and not re.match(r"(smtps?|outbox|anymail\+[a-z_]+):", MAIL_URL.strip(), re.IGNORECASE):
    raise ImproperlyConfigured(
        "MAIL_URL must start with smtp:// or smtps:// or anymail+PROVIDER://, or be empty for files in var/outbox"
    )
# Further mailboxes' ways out and in, by their names in lower case; campaigns/checks.py reads them at the start.
MAIL_URLS = env.named("MAIL_URL_")
IMAP_URLS = env.named("IMAP_URL_")
PAUSABLE += tuple(f"mail.{name}" for name in MAIL_URLS)
# What providers prove themselves with at /webhooks/mail/PROVIDER/; a provider without either is not heard.
MAIL_WEBHOOK_SECRET = env.str("MAIL_WEBHOOK_SECRET", default="")
MAIL_WEBHOOK_KEYS = env.named("MAIL_WEBHOOK_KEY_")
if MAIL_WEBHOOK_SECRET and not re.fullmatch(r"[^:\s]+:[^:\s]{12,}", MAIL_WEBHOOK_SECRET):
    raise ImproperlyConfigured(
        "MAIL_WEBHOOK_SECRET must look like name:password, 12 characters or more behind the :"
    )
# False: no windows, ramps, caps and DNS gates, for tests and sinks of one's own. The outbox never has them.
MAIL_PACING = env.bool("MAIL_PACING", default=True)
KEEP_VISITORS_DAYS = env.count("KEEP_VISITORS_DAYS", default=30)  # program and network of a hit
KEEP_HITS_DAYS = env.count("KEEP_HITS_DAYS", default=396)  # 13 months
KEEP_RAW_MAIL_DAYS = env.count("KEEP_RAW_MAIL_DAYS", default=90)  # answers as they came; their text stays
HITS_EVERY = env.float("HITS_EVERY", default=1.0)  # seconds; hits on pixel and links are stored together
READING_MARK = env.bool("READING_MARK", default=True)  # only in countries that let each reader be watched
SEND_WINDOW = env.str("SEND_WINDOW", default="Tue-Thu 9:00-16:00")  # by the recipient's clock
_DAY, _HOUR = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)", r"([01]?\d|2[0-3]):[0-5]\d"
if not re.fullmatch(rf"{_DAY}(-{_DAY})? {_HOUR}-{_HOUR}", SEND_WINDOW):
    raise ImproperlyConfigured(f"SEND_WINDOW must look like Tue-Thu 9:00-16:00, not {SEND_WINDOW!r}")
_follow_up_days = env.str("FOLLOW_UP_DAYS", default="4,7")
if not re.fullmatch(r"(\d{1,2}(,\d{1,2})?)?", _follow_up_days):
    raise ImproperlyConfigured(
        f"FOLLOW_UP_DAYS must be at most two numbers of working days, such as 4,7, not {_follow_up_days!r}"
    )
FOLLOW_UP_DAYS = tuple(max(3, int(days)) for days in _follow_up_days.split(",") if days)
# An approved mail that has not gone by then is called off.
MAIL_DAYS = env.count("MAIL_DAYS", default=14, least=1)
PROVIDER_MAILS_PER_HOUR = env.count("PROVIDER_MAILS_PER_HOUR", default=60, least=1)
# Scores each kind of mail before it is approved, by its local rules alone; empty: the score is not known.
SPAMASSASSIN = env.str("SPAMASSASSIN", default=shutil.which("spamassassin") or "")
SAMPLE_AGENCY_ADDRESS = "1 Sample Street, Sampleville, VT 00000, USA"
AGENCY_NAME = env.str("AGENCY_NAME", default="WebMagic Sample Agency")
AGENCY_ADDRESS = env.str("AGENCY_ADDRESS", default=SAMPLE_AGENCY_ADDRESS)
MAIL_FROM = env.str("MAIL_FROM", default="hello@webmagic.example")
STAFF_EMAIL = env.str("STAFF_EMAIL", default="")  # alerts and the daily report; empty: files only
# Alerts go there too, as {"text": ...}: an incoming webhook of Slack, Mattermost, Rocket.Chat and the like.
ALERT_WEBHOOK_URL = (
    env.base_url("ALERT_WEBHOOK_URL", default="") if env.str("ALERT_WEBHOOK_URL", default="") else ""
)
# Asked every minute while work can go on, so that a watchdog elsewhere notices when it no longer is.
HEARTBEAT_URL = env.base_url("HEARTBEAT_URL", default="") if env.str("HEARTBEAT_URL", default="") else ""
STAFF_BASE_URL = env.base_url("STAFF_BASE_URL", default=SITES_BASE_URL)  # where their links lead
# Keys the hashes of addresses that said no. Changing it forgets them, so it outlives every change of SECRET_KEY.
SUPPRESSION_PEPPER = env.str("SUPPRESSION_PEPPER", default=SECRET_KEY)
# A real transport starts with the autopilot off: drafts wait for a person.
AUTOPILOT = env.bool("AUTOPILOT", default=not MAIL_URL)

# Claude writes the sites where there is a key; the built-in engine needs none and steps in where Claude fails.
ANTHROPIC_API_KEY = env.str("ANTHROPIC_API_KEY", default="")
ANTHROPIC_BASE_URL = env.base_url("ANTHROPIC_BASE_URL", default="https://api.anthropic.com")
ANTHROPIC_MODELS = {  # what prices are known for: sites/engines/claude/prices.py
    "small": env.str("ANTHROPIC_MODEL_SMALL", default="claude-haiku-5-5"),
    "writer": env.str("ANTHROPIC_MODEL_WRITER", default="claude-sonnet-5-5"),
    "judge": env.str("ANTHROPIC_MODEL_JUDGE", default="claude-haiku-5-5"),
}
ANTHROPIC_TIMEOUT = env.count("ANTHROPIC_TIMEOUT", default=120, least=1)  # seconds for one whole call
ANTHROPIC_PARALLEL = env.count("ANTHROPIC_PARALLEL", default=20, least=1)  # sites at once
ANTHROPIC_USD_PER_SITE = env.amount("ANTHROPIC_USD_PER_SITE", default="0.50")
ANTHROPIC_USD_PER_MAIL = env.amount("ANTHROPIC_USD_PER_MAIL", default="0.05")
ANTHROPIC_BATCH_HOURS = env.str("ANTHROPIC_BATCH_HOURS", default="")
if ANTHROPIC_BATCH_HOURS and not re.fullmatch(r"([01]?\d|2[0-3])-([01]?\d|2[0-3])", ANTHROPIC_BATCH_HOURS):
    raise ImproperlyConfigured(
        f"ANTHROPIC_BATCH_HOURS must be two hours of the day, such as 22-6, not {ANTHROPIC_BATCH_HOURS!r}"
    )
if ANTHROPIC_API_KEY:
    DAY_BUDGETS["llm_usd"] = env.amount("ANTHROPIC_USD_PER_DAY", default="5")
CURRENCY = env.str("CURRENCY", default="USD")
try:
    MONTHLY_PRICE = Decimal(env.str("MONTHLY_PRICE", default="29"))
except InvalidOperation as error:
    raise ImproperlyConfigured("MONTHLY_PRICE must be a number, such as 29 or 29.50") from error
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# ---------------------------------------------------------------------------------------------------- look
FORMAT_MODULE_PATH = "webmagic.formats"
# ----------------------------------------------------------------------------------------------------- log
LOG_DIR = VAR_DIR / "log"
TESTING = "pytest" in sys.modules or os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith("settings_test")
# Errors go to a Sentry too, without the bodies of requests and without who asked; needs the package sentry-sdk.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured("SENTRY_DSN needs a package more: pip install sentry-sdk") from error
    sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False, max_request_body_size="never")
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("LOG_FORMAT must be line (for people) or json (for a collector of logs)")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": "pipeline.logs.make_formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "chosen"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # httpx2 writes a line a call: the ledger of effects has them all.
    "loggers": {name: {"level": "WARNING"} for name in ("django.utils.autoreload", "axes", "httpx2")},
}
