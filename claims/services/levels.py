"""Accumulators that count levels, in a ledger of amounts: the highest level of a year (CQ-13.2) as a number.

The ledger adds numbers up. A level is kept as its place among the pack's levels, 1.00 for the first; requests and
results that are stored hold that number, and the engine is asked and answers by name.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any

import policy
from policy.accumulators import level_names

Json = dict[str, Any]


def named(request: Json, pack: "policy.Pack") -> Json:
    """A request as the engine wants it: levels of its `opening` by name."""
    if not request.get("opening") or not _counted(pack):
        return request
    levels, counts = pack.keys("level"), level_names(pack)
    opening = {
        year: {name: levels[int(Decimal(value)) - 1] if counts(name) else value for name, value in names.items()}
        for year, names in request["opening"].items()
    }
    return request | {"opening": opening}


def numbered(result: Json, pack: "policy.Pack") -> Json:
    """A result as it is stored: levels of its accumulators by their place."""
    if not _counted(pack):
        return result
    levels = pack.keys("level")
    accumulators = {
        year: {
            name: f"{levels.index(value) + 1}.00" if value in levels else value for name, value in names.items()
        }
        for year, names in result["accumulators"].items()
    }
    return result | {"accumulators": accumulators}


@lru_cache(maxsize=64)
def _counted(pack: "policy.Pack") -> bool:
    return any(raw.get("unit") == "level" for raw in pack.section("accumulators").values())
