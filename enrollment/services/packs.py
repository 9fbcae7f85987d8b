"""Which rules hold for a person: the pack of the place of insurance, and its refusals in the officer's words."""
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings

import policy
from casework.errors import Refused
from policy import Pack, PolicyError, regions
from policy.pack import pools


@lru_cache(maxsize=64)
def _pool_of(division: str) -> str:
    for pool in pools():
        area = policy.pack_for(pool).region
        if area and regions.contains(area, division):
            return pool
    raise Refused("NO_PACK", f"参保地{division}没有可用的政策包，请联系系统管理员。")


def pack_of(region_code: str) -> Pack:
    """The pack in force for persons insured in this region, with the bureau's own overlay if one is set."""
    pool = _pool_of(region_code[:6])
    return policy.pack_for(pool, tuple(getattr(settings, "POLICY_OVERLAYS", {}).get(pool, ())))


def ask(calculator: Callable[..., Any], request: Mapping[str, Any], pack: Pack) -> Any:
    """Ask a calculator of `policy`. Its refusal becomes the officer's: a figure that the source leaves out is
    named, so that the bureau can supply it."""
    try:
        return calculator({"pool": pack.pool, **request}, pack)
    except PolicyError as error:
        raise Refused(error.code.upper(), f"{error.message}。") from error
