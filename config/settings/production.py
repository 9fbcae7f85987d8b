"""Production: refuses to start without its secrets; HTTPS only, behind a proxy that ends TLS."""
from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.environment import cache, database, env, require

_given = require("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "HOME_AREA")

DEBUG = False
HOME_AREA = _given["HOME_AREA"]
SECRET_KEY = _given["SECRET_KEY"]
if len(SECRET_KEY) < 50 or "not-a-secret" in SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY must be at least 50 random characters")
if EXCHANGE_ADDRESSES:  # noqa: F405
    EXCHANGE_KEY = require("EXCHANGE_KEY")["EXCHANGE_KEY"]
    if len(EXCHANGE_KEY) < 32 or "not-a-secret" in EXCHANGE_KEY:
        raise ImproperlyConfigured("EXCHANGE_KEY must be at least 32 random characters")
ALLOWED_HOSTS = [host.strip() for host in _given["ALLOWED_HOSTS"].split(",") if host.strip()]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; '*' would accept any")
CSRF_TRUSTED_ORIGINS = [f"https://{'*' if host.startswith('.') else ''}{host}" for host in ALLOWED_HOSTS]

DATABASES = {"default": database(_given["DATABASE_URL"])}
REDIS_URL = _given["REDIS_URL"]
CACHES = cache(REDIS_URL)
CELERY_BROKER_URL = REDIS_URL

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 60 * 60)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
