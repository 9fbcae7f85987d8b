"""Which pack decides, and how its answer is asked for: the only place of this app that calls the engine."""

import json
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

import policy
from casework.errors import Refused
from casework.models import PackRelease
from claims.services import levels
from enrollment.services.packs import pack_of as pack_of
from policy.accumulators import label_of
from policy.errors import PolicyError

Json = dict[str, Any]

ENGINE_VERSION = "1"
"""Stored with each settlement; raised when the engine begins to answer equal facts under an equal pack differently."""

NOMINAL, HIGHEST = "1000000.00", "level3"
"""A bill that reaches every layer, to ask which caps hold."""


def canonical(value: Json) -> str:
    """The one text of a request or result: sorted keys, no blanks. Equal facts have equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(request_text: str, result_text: str) -> str:
    """SHA-256 over facts and result; the database checks the same."""
    return sha256(f"{request_text}\n{result_text}".encode()).hexdigest()


@lru_cache(maxsize=16)
def _rebuilt(digest_of_pack: str, text: str) -> "policy.Pack":
    return policy.Pack.from_text(text)


def pack_of_release(release: PackRelease) -> "policy.Pack":
    """The identical pack that a stored decision was made under, rebuilt from its stored text."""
    return _rebuilt(release.sha256, release.text)


def compute(request: Json, pack: "policy.Pack") -> Json:
    """Ask the engine. A fault of the request is refused in the officer's words."""
    try:
        return levels.numbered(policy.settle(levels.named(request, pack), pack), pack)
    except PolicyError as error:
        raise Refused("ENGINE_REFUSED", f"无法结算：{error.message}（{error.path}）") from error


def refuse_if_refused(result: Json, *, besides: Collection[str] = (), before: Json | None = None) -> None:
    """Refuse if the rules refuse any of the bills, naming each with its rule; nothing may be stored then.

    Not counted are refusals of the codes `besides`, and of bills that were refused `before` already."""
    known = {bill["id"] for bill in (before or {"bills": []})["bills"] if bill["refused"]}
    refused = [
        bill for bill in result["bills"]
        if bill["refused"] and bill["refused"]["code"] not in besides and bill["id"] not in known
    ]
    if not refused:
        return
    reasons = "；".join(
        f"第{bill['id']}笔费用：{bill['refused']['message']}（{bill['refused']['rule']}）" for bill in refused
    )
    raise Refused(refused[0]["refused"]["code"].upper(), f"不能结算。{reasons}")


def deltas(opening: Json, result: Json) -> dict[tuple[int, str], Decimal]:
    """What the bills added to each accumulator of each year; zeros are left out."""
    moved = {}
    for year, names in result["accumulators"].items():
        before = opening.get(year, {})
        for name, value in names.items():
            delta = Decimal(value) - Decimal(before.get(name, "0"))
            if delta:
                moved[int(year), name] = delta
    return moved



def money(text: str) -> Decimal:
    """An amount of the contract as Decimal yuan."""
    return Decimal(text)


def caps(request: Json, result: Json) -> dict[tuple[int, str], Decimal | None]:
    """The year's cap of each accumulator that a payment was counted in, as the steps show it; None: no limit.

    A step tells the room before its payment and the accumulator before it; together they are the cap of the pack.
    """
    found: dict[tuple[int, str], Decimal | None] = {}
    for asked, bill in zip(request["bills"], result["bills"], strict=True):
        year, seen = int(asked["date"][:4]), set()
        for step in bill["steps"]:
            for moved in step["accumulators"]:
                name = moved["name"]
                if name in seen:
                    continue
                seen.add(name)
                left = step["cap_left"]
                found[year, name] = None if left is None else Decimal(left) + Decimal(moved["before"])
    return found


def caps_on(pack: "policy.Pack", person: Json, on: date) -> dict[str, Decimal | None]:
    """The caps that hold for these facts on a day: the engine is asked about a stay that reaches every layer.

    Empty where the rules refuse such a stay, because a figure of the year is not known yet.
    """
    bill = {
        "id": "1", "benefit": "inpatient", "admitted": on.isoformat(), "date": on.isoformat(), "level": HIGHEST,
        "total": NOMINAL,
    }
    request = {"pool": pack.pool, "person": person, "bills": [bill]}
    result = compute(request, pack)
    return {name: cap for (_, name), cap in caps(request, result).items()}


def accumulator_label(pack: "policy.Pack", name: str) -> str:
    """What an accumulator is called in the pack."""
    return label_of(pack, name)
