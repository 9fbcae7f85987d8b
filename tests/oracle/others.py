"""The calculators beside `settle`, as naively: coverage, the 大病 cap, premium, retirement (maternity: `births`).

Each answers what the rulebook decides, or the word "error" where a request gets no result.
"""
from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle.common import day, text, yuan

ERROR = "error"


def months_later(start: date, months: int) -> date:
    """`add_months` of the conventions: that month's last day if it has no such day."""
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


# ---- coverage: R-9, BZ-AMB-20; O-28


def coverage(asked: dict):
    if asked["pool"] == "changchun":
        return changchun_coverage(asked) if asked["scheme"] == "resident" else ERROR
    if asked["pool"] != "bazhong":
        return ERROR
    return employee_coverage(asked) if asked["scheme"] == "employee" else resident_coverage(asked)


def covered(starts_on, ends_on=None, wait=0, variable=0, repairable=None) -> dict:
    answer = {"entitled": True, "starts_on": starts_on, "ends_on": ends_on, "wait_months": wait,
              "variable_months": variable}
    return answer if repairable is None else answer | {"repairable_months": repairable}


NOT_COVERED = {"entitled": False, "starts_on": None, "ends_on": None}


def switched(asked: dict, paid: date, base: date):
    """GEN-26: at least 2 years in the other scheme; gap up to 3 months from payment, else 6 months."""
    origin = asked.get("switched_from")
    if origin is None or origin["scheme"] == asked["scheme"] or origin["years_insured"] < 2:
        return None
    return (base, 0) if origin["gap_months"] <= 3 else (months_later(paid, 6), 6)


def employee_coverage(asked: dict) -> dict:
    arrears = asked.get("arrears_months") or 0
    if asked.get("paid_on") is None:  # who never paid has no first payment to count from (EMP-6.1)
        return {"entitled": arrears <= 3 and not asked.get("first_time"), "starts_on": None, "ends_on": None}
    paid = day(asked["paid_on"])
    if asked.get("status") == "exempt":
        return covered(paid)
    found = switched(asked, paid, paid)
    if found:
        return covered(found[0], wait=found[1])
    if asked.get("switched_from") and asked["switched_from"]["scheme"] == "employee":  # EMP-21
        if asked["switched_from"]["gap_months"] <= 3:
            return covered(paid.replace(day=1))
        return covered(months_later(paid, 6), wait=6)
    if arrears:
        return cleared(paid, arrears)
    if asked.get("first_time"):
        return covered(months_later(paid, 6), wait=6)  # EMP-6.1
    return covered(paid.replace(day=1))


def cleared(paid: date, arrears: int) -> dict:
    """EMP-23.2 to 23.4."""
    if arrears <= 6:
        return covered(months_later(paid.replace(day=1), -arrears))
    return covered(paid) if arrears <= 12 else covered(months_later(paid, 6), wait=6)


def resident_coverage(asked: dict) -> dict:
    year = asked["for_year"]
    if asked.get("paid_on") is None:
        return NOT_COVERED
    paid, born = day(asked["paid_on"]), day(asked["birth_date"])
    base = max(paid, date(year, 1, 1))
    if asked.get("status") == "newborn" and born.year == year:  # RES-7
        start, wait, more = born if (paid - born).days <= 90 else paid, 0, {}
    elif asked.get("status") in ("ex_soldier", "released", "exempt"):  # GEN-19.2
        start, wait, more = base, 0, {}
    elif found := switched(asked, paid, base):
        start, wait, more = *found, {}
    else:
        start, wait, more = by_missed_years(asked, paid, base)
    return within_the_year(asked, start, wait, more)


def by_missed_years(asked: dict, paid: date, base: date):
    """The formula and table under RES-10.6."""
    year, repaired = asked["for_year"], asked.get("repaired_months") or 0
    insured = {entry["year"] for entry in asked.get("history") or [] if entry["scheme"] != "none"}
    missed = 0
    while year - 1 - missed >= max(2025, day(asked["birth_date"]).year) and year - 1 - missed not in insured:
        missed += 1
    if missed == 0:
        start, wait = continuous(year, paid)
        return start, wait, {"variable": 0, "repairable": 0}
    wait = 3 + max(0, missed - 1 - repaired)
    if missed >= 4:
        wait = max(wait, 6)
    repairable = missed - 1 if missed < 4 else missed - 4
    return months_later(base, wait), wait, {"variable": wait - 3, "repairable": repairable}


def continuous(year: int, paid: date):
    """RES-3.2."""
    if paid < date(year, 1, 1):
        return date(year, 1, 1), 0
    return (paid, 0) if paid < date(year, 3, 1) else (months_later(paid, 3), 3)


def within_the_year(asked: dict, start: date, wait: int, more: dict) -> dict:
    """R-9.5: a wait over New Year needs the next premium."""
    year = asked["for_year"]
    if start.year <= year:
        return covered(start, date(year, 12, 31), wait, **more)
    if asked.get("next_year_paid_on") is None:
        return NOT_COVERED
    own, _ = continuous(year + 1, day(asked["next_year_paid_on"]))
    start = max(start, own)
    return covered(start, date(year + 1, 12, 31), wait, **more) if start.year == year + 1 else NOT_COVERED


def changchun_coverage(asked: dict) -> dict:
    """CC-32.2, 32.3, 33.1 to 33.4; CC-A25, CC-A27."""
    year, born = asked["for_year"], day(asked["birth_date"])
    paid = day(asked["paid_on"]) if asked.get("paid_on") else None
    following = day(asked["next_year_paid_on"]) if asked.get("next_year_paid_on") else None
    if asked.get("status") == "newborn" and born.year == year:
        in_time = [one for one in (paid, following) if one and one - born <= timedelta(days=90)]
        if paid in in_time or (following in in_time and date(year, 10, 1) <= following <= date(year, 12, 31)):
            return covered(born, date(year, 12, 31))
    if paid is None:
        return NOT_COVERED
    if date(year - 1, 10, 1) <= paid <= date(year - 1, 12, 31):
        return covered(date(year, 1, 1), date(year, 12, 31))
    if date(year, 1, 1) <= paid <= date(year, 9, 30):
        return covered(months_later(paid, 3), date(year, 12, 31), 3)
    return NOT_COVERED


# ---- the cap of 大病 (BZ-AMB-19, R-10), premium, retirement


def catastrophic_cap(asked: dict):
    if asked["pool"] != "bazhong":
        return ERROR
    if set(asked.get("tags") or []) & {"extremely_poor", "orphan", "minimum_allowance"}:
        return {"cap": None}  # RES-26.2
    year = asked["year"]
    history = {entry["year"]: entry for entry in asked.get("history") or []}
    schemes = [history.get(one, {"scheme": "none"})["scheme"] for one in range(2025, year)]
    since_gap = schemes[len(schemes) - schemes[::-1].index("none"):] if "none" in schemes else schemes
    in_a_row = since_gap.count("resident") + 1
    last = history.get(year - 1, {}) if year - 1 >= 2025 else {}
    zero = last.get("scheme") == "resident" and bool(last.get("zero_claim"))
    rewards = min(60_000, 4000 * max(0, in_a_row - 4) + 4000 * zero)
    penalty = min(60_000, 4000 * schemes.count("none"))
    return {"cap": text(300_000 + rewards - penalty), "rewards": text(rewards), "penalty": text(penalty)}


def premium(asked: dict):
    """RES-6, RES-8; CC-32.4, O-29; NA-1.2, NA-38, O-40, O-42."""
    tags, given = set(asked.get("tags") or []), asked.get("parameters") or {}
    year, category = asked["year"], asked["category"]
    subsidy = Fraction(0)
    if asked["pool"] == "bazhong":
        amount, fiscal = {2025: (400, 670), 2026: (400, 700)}.get(year, (None, None))
        subsidy = Fraction(400 if tags & {"extremely_poor", "orphan"} else
                           300 if tags & {"minimum_allowance", "monitored_risk_open"} else 0)
    elif asked["pool"] == "changchun":
        amounts = {"adult": 320, "minor": 200, "newborn": 200} if year == 2021 else {}
        amount, fiscal = amounts.get(category), None
        if category == "student" and "premium.student" in given:
            amount = given["premium.student"]
    elif asked["pool"] == "national":
        amount, fiscal = {2017: (190, 450), 2018: (220, 490), 2019: (250, 520)}.get(year, (None, None))
        poor = tags & {"minimum_allowance", "returned_to_poverty", "risk_of_return"}
        if "extremely_poor" in tags:
            subsidy = Fraction(amount or 0)
        elif poor and "premium.subsidy" not in given:
            return ERROR
        elif poor and amount:
            subsidy = min(Fraction(amount), yuan(given["premium.subsidy"]))
    else:
        return ERROR
    if amount is None:
        return ERROR
    amount = yuan(amount)
    return {"premium": text(amount), "subsidy": text(subsidy), "personal": text(amount - subsidy),
            "fiscal": None if fiscal is None else text(fiscal)}


def retirement(asked: dict):
    """EMP-19.1, 19.2, 20.4."""
    year, total = asked["year"], asked["total_years"]
    if asked["pool"] != "bazhong":
        return ERROR
    if year == 2025:
        missing = max(0, 20 - total, 10 - asked["local_years"])
    elif year >= 2035:
        missing = max(0, (30 if asked["sex"] == "male" else 25) - total, 15 - asked["province_years"])
    else:
        return {"refused": "parameter_missing"}
    return {"entitled": missing == 0, "missing_years": missing, "make_up_base_rate": "0.07" if missing else None,
            "refused": None}
