"""How often a key may ask: so many requests in a minute, counted in the shared cache.

The limits are `settings.API_RATES` by name. Without the cache nobody is counted: a request is answered rather than
refused because of our own fault.
"""

import logging
from collections.abc import Callable
from time import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

MINUTE = 60
log = logging.getLogger(__name__)


def over(name: str, who: str, most: int, now: Callable[[], float] = time) -> int:
    """Count one request; the seconds to wait if it was one too many, else 0."""
    minute, second = divmod(int(now()), MINUTE)
    key = f"rate:{name}:{who}:{minute}"
    try:
        cache.add(key, 0, 2 * MINUTE)
        count = cache.incr(key)
    except Exception as error:  # a cache of any make may be away in its own way
        log.warning("requests are not counted: %s", type(error).__name__)
        return 0
    return MINUTE - second if count > most else 0


class Throttle(BaseThrottle):
    """By key where the request has one, else by address; `view.rate` names the limit."""

    waiting = 0

    def allow_request(self, request: Any, view: Any) -> bool:
        name = getattr(view, "rate", "default")
        key = getattr(request.auth, "pk", None)
        who = f"key:{key}" if key else f"address:{self.get_ident(request)}"
        self.waiting = over(name, who, settings.API_RATES[name])
        return not self.waiting

    def wait(self) -> float | None:
        return self.waiting or None
