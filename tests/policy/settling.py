"""Building requests of `settle`, and what must hold for every settled bill."""

from decimal import Decimal

import policy

PAYERS = ("basic", "civil_servant", "large_amount", "catastrophic", "relief", "relief_tilt")
SHOWN = ("total", "own_expense", "first_self_pay", "eligible", "deductible", *PAYERS, "fund_total", "personal")


def person(
    scheme: object = "resident", *tags: str, born: str = "1975-05-20", holds: tuple[str, ...] = (), **more: object
) -> dict:
    """A person whose tags and certificates began long ago."""
    return {
        "birth_date": born,
        "scheme": scheme,
        "tags": [{"tag": tag, "from": "2015-01-01", "to": None} for tag in tags],
        "certificates": [{"disease": disease, "from": "2015-01-01", "to": None} for disease in holds],
    } | more


def bill(benefit: str, total: object, date: str = "2025-03-10", **more: object) -> dict:
    return {"benefit": benefit, "total": total, "date": date} | more


def stay(level: str, total: object, date: str = "2025-03-10", **more: object) -> dict:
    return bill("inpatient", total, date, level=level, **more)


def request(pool: str, who: dict, *bills: dict, **more: object) -> dict:
    numbered = [{"id": f"b{number}", **each} for number, each in enumerate(bills)]
    return {"pool": pool, "person": who, "bills": numbered} | more


def settled(pool: str, who: dict, *bills: dict, **more: object) -> list[dict]:
    """The settled bills of a request, each checked to be sound."""
    result = policy.settle(request(pool, who, *bills, **more))
    for each in result["bills"]:
        check_sound(each)
    return result["bills"]


def check_sound(each: dict) -> None:
    """The identities of the contract: nothing is lost, nothing is negative, and the steps explain every amount."""
    amounts = {name: Decimal(each[name]) for name in SHOWN}
    assert amounts["fund_total"] == sum(amounts[payer] for payer in PAYERS)
    assert amounts["total"] == amounts["fund_total"] + amounts["personal"]
    assert min(amounts.values()) >= 0
    if each["refused"] is None:
        for payer in PAYERS:
            paid = sum((Decimal(step["amount"]) for step in each["steps"] if step["layer"] == payer), Decimal(0))
            assert paid == amounts[payer], (payer, each)
        assert all(step["label"] and step["rule"] and step["layer"] in PAYERS for step in each["steps"]), each
    else:
        assert set(each["refused"]) == {"code", "rule", "message"}
        assert amounts["fund_total"] == amounts["eligible"] == amounts["deductible"] == 0


def shown(each: dict, *names: str) -> tuple[str, ...]:
    return tuple(each[name] for name in names)
