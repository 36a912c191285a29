"""Settings. Each can be set by an environment variable of the same name with CARREARS_ before it.

docs/settings.md lists them.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from functools import partial
from pathlib import Path

import platformdirs
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from carrears.database.addresses import database_at, pooled
from carrears.environment import flag, names
from carrears.keyfiles import read_or_create
from carrears.signin.settings import *  # noqa: F403  they are of this house's settings

CARREARS_HOME = Path(
    os.environ.get("CARREARS_HOME") or platformdirs.user_data_dir("carrears", appauthor=False)
).expanduser()
ENGINE = os.environ.get("CARREARS_ENGINE", "duckdb")
STORE_URL = os.environ.get("CARREARS_STORE", "")
BOOK_MEMORY_MB = int(os.environ.get("CARREARS_BOOK_MEMORY_MB", "1024"))
BOOK_DIR = CARREARS_HOME / "book"
KEYS_DIR = CARREARS_HOME / "keys"
# By what personal data is sealed from now on: aes-256-gcm, or sm4-gcm (国密).
CIPHER = os.environ.get("CARREARS_CIPHER", "aes-256-gcm")
# Who may keep the master keys besides the key file: a PKCS#11 device, a key service as AWS KMS,
# Alibaba Cloud KMS.
PKCS11_MODULE = os.environ.get("CARREARS_PKCS11_MODULE", "")
PKCS11_TOKEN = os.environ.get("CARREARS_PKCS11_TOKEN", "carrears")
PKCS11_PIN = os.environ.get("CARREARS_PKCS11_PIN", "")
KMS_URL = os.environ.get("CARREARS_KMS_URL", "")
ALIBABA_KMS_URL = os.environ.get("CARREARS_ALIBABA_KMS_URL", "")
KMS_REGION = os.environ.get("CARREARS_KMS_REGION", "cn-north-1")
MAIL_DIR = CARREARS_HOME / "mail"
SMS_DIR = CARREARS_HOME / "sms"
# Recordings, letters, photos and documents, and for how long one is open to who opened it.
VAULT_DIR = CARREARS_HOME / "vault"
VAULT_STORE = os.environ.get("CARREARS_VAULT_STORE", "")
VAULT_DESTROY_EXPIRED = flag("CARREARS_VAULT_DESTROY_EXPIRED", default=True)
# How much files of a proof bundle may have that the screen prepares, and how long it stays.
BUNDLE_MB = int(os.environ.get("CARREARS_BUNDLE_MB", "2048"))
# What an appeal does to a placement with an agency: hold it, or call it back.
APPEAL_PLACEMENT = os.environ.get("CARREARS_APPEAL_PLACEMENT", "hold")
if APPEAL_PLACEMENT not in {"hold", "recall"}:
    raise ImproperlyConfigured("CARREARS_APPEAL_PLACEMENT is hold or recall")
BUNDLE_HOURS = int(os.environ.get("CARREARS_BUNDLE_HOURS", "24"))
VAULT_UPLOAD_MB = int(os.environ.get("CARREARS_VAULT_UPLOAD_MB", "25"))
# A larger tape would outlast the request; the command line takes any size.
TAPE_UPLOAD_MB = 32
# What is sent is on no disk in clear: no handler that writes to one, and nothing larger is read
# (carrears.workbench.bounds). A form has some words besides its file.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = (max(VAULT_UPLOAD_MB, TAPE_UPLOAD_MB) + 1) << 20
VAULT_OPEN_MINUTES = int(os.environ.get("CARREARS_VAULT_OPEN_MINUTES", "30"))


def _release() -> str:
    """What the processes of this release call themselves before the database.

    Its migrations tell it from another: without a difference in them it may work beside any.
    """
    migrations = sorted(path.stem for path in Path(__file__).parent.glob("*/migrations/*.py"))
    return f"carrears {hashlib.sha256(' '.join(migrations).encode()).hexdigest()[:12]}"


RELEASE = _release()
# Whether a command that finds migrations missing does them all; else `carrears upgrade` does.
MIGRATE_AT_START = flag("CARREARS_MIGRATE_AT_START", default=True)
# The roles as which PostgreSQL answers requests of agencies, shown their own rows only, of the
# lender's own, and of those among them who see a part of the house (docs/access.md).
_WEB_ROLE = os.environ.get("CARREARS_WEB_ROLE", "carrears_web")
WEB_ROLES = {"outside": _WEB_ROLE, "inside": f"{_WEB_ROLE}_inside", "part": f"{_WEB_ROLE}_part"}
# Of sessions and signatures: from the environment, else kept in the home.
SECRET_KEY = os.environ.get("CARREARS_SECRET_KEY") or read_or_create(
    KEYS_DIR / "django.key", make=partial(secrets.token_urlsafe, 50)
)
DEBUG = flag("CARREARS_DEBUG", default=False)
ALLOWED_HOSTS = os.environ.get("CARREARS_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [
    origin for origin in os.environ.get("CARREARS_TRUSTED_ORIGINS", "").split(",") if origin
]
DEMO = flag("CARREARS_DEMO", default=False)

# Where messages go. Without an address the day run starts the built-in mailbox on loopback.
SMTP_URL = os.environ.get("CARREARS_SMTP_URL", "")
DKIM_SELECTOR = os.environ.get("CARREARS_DKIM_SELECTOR", "")
DKIM_KEY_FILE = os.environ.get("CARREARS_DKIM_KEY_FILE", "")
# Where bounces, complaints and replies to e-mail come in, read by IMAP; none without an address.
IMAP_URL = os.environ.get("CARREARS_IMAP_URL", "")
IMAP_SECRET_FILE = os.environ.get("CARREARS_IMAP_SECRET_FILE", "")
SENDER = os.environ.get("CARREARS_SENDER", "collections@lender.example")
# Each mail comes back to an address of its own in this mailbox (docs/messages.md); without one
# failures come to the sender.
BOUNCE_ADDRESS = os.environ.get("CARREARS_BOUNCE_ADDRESS", "")
if not re.fullmatch(r"([A-Za-z0-9._-]{1,14}@[A-Za-z0-9.-]+)?", BOUNCE_ADDRESS):
    raise ImproperlyConfigured("CARREARS_BOUNCE_ADDRESS: name@domain, the name of 14 at most")
LENDER_NAME = {
    "zh-CN": os.environ.get("CARREARS_LENDER_NAME_ZH", "示例汽车金融有限公司"),
    "en-US": os.environ.get("CARREARS_LENDER_NAME_EN", "Sample Auto Finance Ltd."),
}
# Where texts go: an SMSC (smpp://, smpps://) or a cloud (alibaba://, tencent://, twilio://); the
# built-in box without one (docs/messages.md).
SMS_URL = os.environ.get("CARREARS_SMS_URL", "")
SMS_SECRET_FILE = os.environ.get("CARREARS_SMS_SECRET_FILE", "")
# Which template of a cloud's says what one of ours says.
SMS_CODES_FILE = os.environ.get("CARREARS_SMS_CODES_FILE", "")
# The application by which staff get notifications in WeCom besides; none without an address.
WECOM_URL = os.environ.get("CARREARS_WECOM_URL", "")
WECOM_SECRET_FILE = os.environ.get("CARREARS_WECOM_SECRET_FILE", "")
# How many texts may leave in an hour; 0 for as many as there are.
SMS_PER_HOUR = int(os.environ.get("CARREARS_SMS_PER_HOUR", "0"))
# At which hour, by the lender's clock, letters are batched for the print house by themselves and
# where their files are written for it; by hand alone without an hour or a folder.
LETTERS_AT = os.environ.get("CARREARS_LETTERS_AT", "16:00")
if not re.fullmatch(r"(([01]\d|2[0-3]):[0-5]\d)?", LETTERS_AT):
    raise ImproperlyConfigured("CARREARS_LETTERS_AT: an hour as 16:00, or nothing")
LETTERS_DIR = os.environ.get("CARREARS_LETTERS_DIR", "")
# Where the QR code of a letter leads; none without it. And the envelopes' window (gb_zl, gb_dl,
# din_b): the country's usual one where none is set.
# For how many days a message stands in the inbox of the lender's app or portal.
PORTAL_DAYS = int(os.environ.get("CARREARS_PORTAL_DAYS", "180"))
PORTAL_URL = os.environ.get("CARREARS_PORTAL_URL", "")
LETTER_WINDOW = os.environ.get("CARREARS_LETTER_WINDOW", "")
if LETTER_WINDOW not in {"", "gb_zl", "gb_dl", "din_b"}:
    raise ImproperlyConfigured("CARREARS_LETTER_WINDOW: gb_zl, gb_dl or din_b")
# Whose map lies beneath the way of the day; none where it is empty. Tiles are drawn in WGS-84 or,
# of most servers in mainland China, in GCJ-02.
MAP_TILES = os.environ.get("CARREARS_MAP_TILES", "")
MAP_ATTRIBUTION = os.environ.get("CARREARS_MAP_ATTRIBUTION", "")
MAP_CRS = os.environ.get("CARREARS_MAP_CRS", "WGS-84")
_TILES = r"(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]+)?/[^\s\"'<>;,\\]*"
if MAP_TILES and not (
    re.fullmatch(_TILES, MAP_TILES) and all(one in MAP_TILES for one in ("{z}", "{x}", "{y}"))
):
    raise ImproperlyConfigured("CARREARS_MAP_TILES: https://host/…{z}…{x}…{y}…")
if MAP_TILES and not MAP_ATTRIBUTION:
    raise ImproperlyConfigured("CARREARS_MAP_ATTRIBUTION: whose map it is")
if MAP_CRS not in {"WGS-84", "GCJ-02"}:
    raise ImproperlyConfigured("CARREARS_MAP_CRS is WGS-84 or GCJ-02")
# The sector codes that bind the lender (carrears.conduct.vocabulary.Code).
LENDER_CODES = tuple(os.environ.get("CARREARS_LENDER_CODES", "gbt_45251,cba_2026").split(","))
# How many e-mails may leave in an hour; 0 for as many as there are.
EMAILS_PER_HOUR = int(os.environ.get("CARREARS_EMAILS_PER_HOUR", "0"))
# How many calls one collector makes in an hour; 0 for as many as there are.
CALLS_PER_HOUR = int(os.environ.get("CARREARS_CALLS_PER_HOUR", "0"))
# How far somebody sees who sees no cases of others: own, or those of his team, branch or lender.
COLLECTORS_SEE = os.environ.get("CARREARS_COLLECTORS_SEE", "own")
LENDER_PHONE = os.environ.get("CARREARS_LENDER_PHONE", "400-000-0000")
PUBLIC_URL = os.environ.get("CARREARS_PUBLIC_URL", "http://localhost:8000")
EVIDENCE_ORIGIN = os.environ.get("CARREARS_EVIDENCE_ORIGIN", "carrears.example/log")
# Whose cosignatures a checkpoint needs, and where witnesses take them (docs/evidence.md).
WITNESS_POLICY = os.environ.get("CARREARS_WITNESS_POLICY") or str(
    CARREARS_HOME / "witnesses.policy"
)

# An authority that time-stamps checkpoints by RFC 3161, and the certificates it is trusted by.
TSA_URL = os.environ.get("CARREARS_TSA_URL", "")
TSA_ROOTS = os.environ.get("CARREARS_TSA_ROOTS", "")
TSA_MINUTES = int(os.environ.get("CARREARS_TSA_MINUTES", "60"))

# An EVM chain that keeps the log's sizes and roots: a node, the contract, the account's key.
EVM_URL = os.environ.get("CARREARS_EVM_URL", "")
EVM_CONTRACT = os.environ.get("CARREARS_EVM_CONTRACT", "")
EVM_KEY = os.environ.get("CARREARS_EVM_KEY") or str(CARREARS_HOME / "keys" / "evm.key")
EVM_MINUTES = int(os.environ.get("CARREARS_EVM_MINUTES", "1440"))
EVM_MOST_GWEI = int(os.environ.get("CARREARS_EVM_MOST_GWEI", "100"))

# What of the staff's work is recorded (docs/recordings.md): on which pages, of which roles, calls.
RECORD_SCREEN_PAGES = names("CARREARS_RECORD_SCREEN_PAGES", "case,ledger")
RECORD_SCREEN_ROLES = names("CARREARS_RECORD_SCREEN_ROLES", "*")
RECORD_SCREEN_CLEAR = flag("CARREARS_RECORD_SCREEN_CLEAR", default=False)
# Whether calls are: off, offered to whoever likes, or due, so that one without a sound is missing.
_RECORD_CALLS = os.environ.get("CARREARS_RECORD_CALLS", "offered").strip().lower()
RECORD_CALLS = (
    {"0": "off", "false": "off", "no": "off", "1": "offered", "true": "offered", "yes": "offered"}
    | {"on": "offered"}
).get(_RECORD_CALLS, _RECORD_CALLS)
if RECORD_CALLS not in {"off", "offered", "due"}:
    raise ImproperlyConfigured("CARREARS_RECORD_CALLS is off, offered or due")
# How large one recording may become, in MiB as it is captured: a call of half a day, and more.
RECORDING_MB = int(os.environ.get("CARREARS_RECORDING_MB", "256"))
# After how long without a word a recording is taken to have broken off.
RECORDING_SILENCE_MINUTES = int(os.environ.get("CARREARS_RECORDING_SILENCE_MINUTES", "15"))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "ninja",  # its API page's scripts from our own origin
    "procrastinate.contrib.django",
    "carrears.access",
    "carrears.evidence",
    "carrears.notices",
    "carrears.savedviews",
    "carrears.signin",
    "carrears.parties",
    "carrears.vault",
    "carrears.exchange",
    "carrears.portfolio",
    "carrears.strategy",
    "carrears.experiments",
    "carrears.casework",
    "carrears.conduct",
    "carrears.outreach",
    "carrears.recordings",
    "carrears.bundles",
    "carrears.warning",
    "carrears.dayrun",
    "carrears.agencies",
    "carrears.inbox",
    "carrears.analytics",
    "carrears.simulation",
    "carrears.alerts",
    "carrears.reports",
    "carrears.rights",
    "carrears.workbench",
    # After the workbench, whose templates take the place of theirs.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
]
# Background jobs live in each room's jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
AUTH_USER_MODEL = "access.User"
_ADDRESS = os.environ.get("DATABASE_URL", "")
_WEB_ADDRESS = os.environ.get("CARREARS_WEB_DATABASE_URL", "")
_reached_at = partial(database_at, embedded=CARREARS_HOME / "pg", application=RELEASE)
DATABASES = {"default": _reached_at(_ADDRESS)}
WEB_DATABASE = pooled(
    _reached_at(_WEB_ADDRESS or _ADDRESS),
    by_another=bool(_WEB_ADDRESS),
    connections=int(os.environ.get("CARREARS_WEB_POOL", "0")),
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "carrears.signin.proxy.TrustedProxy",  # first, before anybody asks whether it is HTTPS
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "carrears.workbench.middleware.ContentSecurityPolicy",
    "carrears.signin.trace.Acting",
    "carrears.access.middleware.BehindTheWall",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "carrears.workbench.middleware.ChosenLanguage",
    "carrears.workbench.bounds.BoundedRequests",  # before anybody reads what was sent
    "carrears.workbench.middleware.PlainAddresses",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "carrears.signin.sessions.SessionLimits",
    "carrears.signin.denials.Denials",
    "carrears.workbench.pace.Pace",
    "carrears.signin.required.RequiredFactor",
    "allauth.account.middleware.AccountMiddleware",
    "carrears.access.middleware.ClosedDoors",
    "carrears.workbench.middleware.ReaderClock",
    "carrears.workbench.middleware.HouseFiles",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as it replaces what a view answered
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first, so that whoever is locked out gets no further
    "allauth.account.auth_backends.AuthenticationBackend",
]
# What all processes have to agree on for a moment: used codes, counted attempts.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "signin_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
ROOT_URLCONF = "carrears.urls"
WSGI_APPLICATION = "carrears.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "carrears.workbench.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "carrears.workbench.widgets.WrittenWidgets"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [Path(__file__).parent / "workbench" / "locale"]
TIME_ZONE = os.environ.get("CARREARS_TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = CARREARS_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "carrears.workbench.static_files.CompressedFiles"},
}

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "workbench:dashboard"
LOGOUT_REDIRECT_URL = "login"
CSRF_FAILURE_VIEW = "carrears.workbench.views.errors.csrf_failed"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Within which time the head and a short body of a request have to come, and how many connections a
# process holds with one address (serving).
REQUEST_SECONDS = int(os.environ.get("CARREARS_REQUEST_SECONDS", "15"))
CONNECTIONS_PER_ADDRESS = int(os.environ.get("CARREARS_CONNECTIONS_PER_ADDRESS", "200"))
# Whose X-Forwarded-For and X-Forwarded-Proto are heard: addresses and networks.
TRUSTED_PROXIES = os.environ.get("CARREARS_TRUSTED_PROXIES", "").split(",")

# The shipped server speaks TLS with these files; behind a proxy that ends it, CARREARS_HTTPS.
TLS_CERTIFICATE = os.environ.get("CARREARS_TLS_CERTIFICATE", "")
TLS_KEY = os.environ.get("CARREARS_TLS_KEY", "")
SECURE = flag("CARREARS_HTTPS", default=bool(TLS_CERTIFICATE))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # as signin.proxy leaves it
SECURITY_CONTACT = os.environ.get("CARREARS_SECURITY_CONTACT", "")
API_PER_MINUTE = int(os.environ.get("CARREARS_API_PER_MINUTE", "600"))
SCREENS_PER_MINUTE = int(os.environ.get("CARREARS_SCREENS_PER_MINUTE", "600"))
SIGN_IN_PER_MINUTE = int(os.environ.get("CARREARS_SIGN_IN_PER_MINUTE", "30"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE
# Whoever watches a process asks it itself, behind the proxy that ends TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
# Whether a domain goes into browsers' preload lists is for its owner to say.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

# Whoever asks for /metrics has to have this token; without one nobody gets them.
METRICS_TOKEN = os.environ.get("CARREARS_METRICS_TOKEN", "")
# Where traces are sent by OTLP over HTTP (docs/operations.md), and which share of them.
TRACES_URL = os.environ.get("CARREARS_TRACES_URL", "")
TRACES_RATIO = float(os.environ.get("CARREARS_TRACES_RATIO", "1"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "carrears.workbench.logs.PlainLines"},
        "json": {"()": "carrears.workbench.logs.JsonLines"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": os.environ.get("CARREARS_LOG_FORMAT", "plain"),
        }
    },
    "root": {"handlers": ["console"], "level": os.environ.get("CARREARS_LOG_LEVEL", "WARNING")},
}
