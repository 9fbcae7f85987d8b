"""What must agree between two answers of `settle`."""
from decimal import Decimal

AMOUNTS = (
    "total", "own_expense", "first_self_pay", "eligible", "deductible", "basic", "civil_servant", "large_amount",
    "catastrophic", "relief", "relief_tilt", "fund_total", "personal",
)
FIXED_CODES = {"parameter_missing", "parameter_unverified"}  # other refusals have no fixed code


def differences(engine: dict, oracle: dict) -> list:
    """`["b2.basic: engine 1.00, oracle 2.00", …]`, empty where both agree."""
    found = []
    if [bill["id"] for bill in engine["bills"]] != [bill["id"] for bill in oracle["bills"]]:
        return ["bills are not the same or not in the same order"]
    for left, right in zip(engine["bills"], oracle["bills"], strict=True):
        for name in AMOUNTS:
            if Decimal(left[name]) != Decimal(right[name]):
                found.append(f"{left['id']}.{name}: engine {left[name]}, oracle {right[name]}")
        if code(left) != code(right):
            found.append(f"{left['id']}.refused: engine {left['refused']}, oracle {right['refused']}")
    return found + accumulator_differences(engine["accumulators"], oracle["accumulators"])


def code(bill: dict):
    """None, a fixed code, or only the fact of a refusal."""
    if bill["refused"] is None:
        return None
    return bill["refused"]["code"] if bill["refused"]["code"] in FIXED_CODES else "refused"


def accumulator_differences(engine: dict, oracle: dict) -> list:
    found = []
    for year in sorted(set(engine) | set(oracle)):
        left, right = engine.get(year, {}), oracle.get(year, {})
        for name in sorted(set(left) | set(right)):
            if value(left.get(name, "0")) != value(right.get(name, "0")):
                found.append(f"accumulators {year} {name}: engine {left.get(name)}, oracle {right.get(name)}")
    return found


def value(printed):
    """An amount as a number, a level as it stands."""
    return printed if printed[:1].isalpha() else Decimal(printed)
