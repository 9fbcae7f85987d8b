"""A developer's machine and the demo: loopback only, Celery in process unless a broker is named."""
from config.settings.base import *  # noqa: F403
from config.settings.environment import cache, database, env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = "dev-only-not-a-secret-and-refused-by-production"  # noqa: S105
# The demo's one password is printed; hashing it slowly forty times would only keep the visitor waiting.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
DATABASES = {"default": database(env.str("DATABASE_URL", default="postgresql://casework@127.0.0.1:5432/casework"))}
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = cache(REDIS_URL)
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = True
STATIC_ROOT = None  # static files are served from where they lie
WHITENOISE_USE_FINDERS = True
WEBHOOKS_PRIVATE = True  # a receiver on this machine
