"""The test run: real PostgreSQL and real Redis, both named by the environment."""
from config.settings.base import *  # noqa: F403
from config.settings.environment import cache, database, require

_given = require("DATABASE_URL", "REDIS_URL")

DEBUG = False
SECRET_KEY = "test-only-not-a-secret-and-refused-by-production"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": database(_given["DATABASE_URL"])}
POLICY_OVERLAYS: dict[str, list[str]] = {}
REDIS_URL = _given["REDIS_URL"]
CACHES = cache("")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = None  # static files are served from where they lie
WHITENOISE_USE_FINDERS = True
