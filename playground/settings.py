"""All settings. The only module of the playground that asks for variables of the environment."""

import tempfile
from pathlib import Path

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from playground.environment import (
    celery_address,
    env_bool,
    env_folder,
    env_int,
    env_list,
    env_rates,
    env_text,
    file_storage,
    kept_secret,
    memory_of_this_machine,
)
from playground.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
HOME: Path = env_folder("PLAYGROUND_HOME", BASE_DIR / "var")  # type: ignore[assignment]
DATA: Path | None = env_folder("PLAYGROUND_DATA", None)

DEBUG = env_bool("DEBUG")
TLS = env_bool("TLS")
SECRET_KEY = env_text("SECRET_KEY") or kept_secret(HOME / "secret_key")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "ninja",
    "playground.accounts",
    "playground.networks",
    "playground.runs",
    "playground.probe",
    "playground.lab",
    "playground.operation",
]
MIDDLEWARE = [
    "playground.metrics.MeasureAnswers",
    "django.middleware.security.SecurityMiddleware",
    "playground.statics.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "playground.urls"
ASGI_APPLICATION = "playground.asgi.application"
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
                "csp.context_processors.nonce",
            ]
        },
    }
]

DATABASES = {"default": dj_database_url.parse(env_text("DATABASE_URL", f"sqlite:///{HOME / 'db.sqlite3'}"))}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Measured with a web process and two workers: no other mix of these was free of "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
        "PRAGMA journal_size_limit=67108864; PRAGMA foreign_keys=ON;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_ENGINE = "playground.accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
ENTER_SECONDS = 60 * 60 * 24  # how long a one-time sign-in link can be used

# Cookies and redirects that need TLS are on where TLS stands in front; a classroom's LAN has plain http.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked beside the proxy, without TLS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if TLS else None  # browsers warn about it on plain http
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = env_folder("STATIC_ROOT", HOME / "static")
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "static"] if folder.is_dir()]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "playground.storage.PlotlyFinder",
]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = HOME / "media"
STORAGES = {
    "default": file_storage(env_text("STORAGE_URL")),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "playground.storage.HashedStaticStorage"
    },
}
REDIS_URL = env_text("REDIS_URL", f"unix://{HOME / 'redis' / 'redis.sock'}")
CELERY_BROKER_URL = celery_address(REDIS_URL)
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # a message is a bell: losing one is harmless, the database is asked
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env_int("VISIBILITY_TIMEOUT", 3600),
    "socket_keepalive": True,
    "health_check_interval": 10,
    "socket_connect_timeout": 3,
    "retry_on_timeout": True,
}
if CELERY_BROKER_URL.startswith("redis+socket"):
    del CELERY_BROKER_TRANSPORT_OPTIONS["socket_keepalive"]  # unix sockets know none

RUNS_AT_ONCE = env_int("RUNS_AT_ONCE", 1)  # of one person, in training
RUNS_WAITING = env_int("RUNS_WAITING", 5)  # of one person, in the queue
RUNS_IN_GROUP = env_int("RUNS_IN_GROUP", 50)  # of one group, under way
KEYFRAME_BYTES = env_int("KEYFRAME_BYTES", 40_000_000)  # of the weights that one run keeps to look back at
PERSON_BYTES = env_int("PERSON_BYTES", 2_000_000_000)  # of the files of one person's runs
EPOCH_FLOPS_LIMIT = env_int("EPOCH_FLOPS_LIMIT", 100_000_000_000_000)  # operations of one epoch
MINUTES_LIMIT = env_int("MINUTES_LIMIT", 720)  # of training of one run, estimated
RUNS_HELD = env_int("RUNS_HELD", 32)  # of one worker, side by side in memory
RUNS_HELD_BYTES = env_int("RUNS_HELD_BYTES", memory_of_this_machine() // 4)  # of one worker, estimated
LOSSES_ALLOWED = 3  # a run that loses its worker so often without getting any further is failed
GUEST_DAYS = env_int("GUEST_DAYS", 90)  # after which guests who did nothing are removed, and all theirs
CHECKPOINT_DAYS = env_int("CHECKPOINT_DAYS", 30)  # so long an ended run can be gone on from
PROBE_THREADS = 2
PROBE_CACHE_BYTES = 100_000_000  # of weights that the web process keeps ready to look through
CHECKED_CACHE_BYTES = 20_000_000  # of networks that it keeps with what was found about them
PROBE_PASS_BYTES = 64_000_000  # of the outputs of one forward pass, where it is for several looks
FRAME_BYTES = 32_000_000  # of the blocks of one frame: the largest layer exactly, and pictures of others
LARGE_FRAME = 1_000_000  # bytes; larger ones count while they are on their way to a page
FRAMES_BYTES = 256_000_000  # of all large frames of a web process that are on their way
PROBE_WARM = env_bool("PROBE_WARM", True)
UPLOAD_BYTES = 10 * 1024 * 1024
SOCKET_BYTES = 512 * 1024
PROBE_POINTS = 20_000  # pen points of one look, all its probes together
RUN_LIMITS = {"parameters": 20_000_000, "activations": 5_000_000, "flops": 2_000_000_000, "layers": 100}
DRAFT_LIMITS = {"parameters": 4_000_000, "activations": 1_000_000, "flops": 300_000_000, "layers": 100}
EPOCHS_LIMIT = 1_000
NETWORK_BYTES = 256 * 1024
# How often, by one person and by everybody behind one address: a school's pupils share theirs.
RATE_LIMITS = env_bool("RATE_LIMITS", True)
RATES = {
    "estimates": env_rates("RATE_ESTIMATES", "300/minute 6000/minute"),
    "exports": env_rates("RATE_EXPORTS", "120/minute 2400/minute"),
    "guests": env_rates("RATE_GUESTS", "10/minute 200/minute"),
    "networks": env_rates("RATE_NETWORKS", "60/minute 1200/minute"),
    "predictions": env_rates("RATE_PREDICTIONS", "60/minute 1200/minute"),
    "previews": env_rates("RATE_PREVIEWS", "300/minute 6000/minute"),
    "recoveries": env_rates("RATE_RECOVERIES", "10/minute 100/minute"),
    "runs": env_rates("RATE_RUNS", "30/minute 600/minute"),
}
BODY_BYTES = 15 * 1024 * 1024  # an image of UPLOAD_BYTES as base64, and some words around it
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_BYTES
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_BYTES
FILE_UPLOAD_TEMP_DIR = tempfile.gettempdir()

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
LOG_FORMAT = env_text("LOG_FORMAT", "text")
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT must be text or json, not {LOG_FORMAT!r}.")
LOGGING = logging_config(LOG_FORMAT)
