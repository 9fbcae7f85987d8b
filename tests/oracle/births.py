"""Maternity benefits, naively: reading R-8 for Bazhong, O-27 for Changchun, CZ-9.6 for Changzhi."""
from fractions import Fraction

from tests.oracle.common import day, half_up, pos, text, yuan

ERROR = "error"


def maternity(asked: dict):
    if asked["pool"] == "bazhong":
        return bazhong_maternity(asked)
    as_birth = asked["event"] == "birth"
    if asked["pool"] not in ("changchun", "changzhi"):
        return ERROR
    if asked["scheme"] != "resident" or not as_birth:
        return {"refused": "refused"}
    amount = fixed_delivery(asked)
    if amount is None:
        return {"refused": "parameter_missing", "medical": "0.00"}
    return {"medical": text(min(yuan(asked["eligible_cost"]), amount)), "antenatal": "0.00", "allowance": "0.00",
            "refused": None}


def fixed_delivery(asked: dict):
    """CZ-9.6; CC-31.2: only the provincial row is printed."""
    if asked["pool"] == "changzhi":
        return Fraction(1500 if asked["mode"] == "vaginal" else 3000)
    operation = asked["mode"] == "caesarean" and bool(asked.get("caesarean_operation"))
    if asked["level"] == "provincial":
        return Fraction(2850 if operation else {"vaginal": 2250, "vaginal_episiotomy": 2350}.get(asked["mode"], 2750))
    return None


def bazhong_maternity(asked: dict):
    employee, worker = asked["scheme"] == "employee", asked.get("worker")
    if employee and worker in ("employer", "treasury") and asked["insured_months"] < 6:
        return {"refused": "refused"}  # EMP-8.1
    limit, antenatal = delivery_standard(asked, employee)
    medical = min(yuan(asked["eligible_cost"]), Fraction(limit))
    if employee and worker == "spouse":  # EMP-9.1, 9.2
        medical = pos(medical - yuan((asked.get("resident_paid") or {}).get("medical")))
        antenatal = max(0, antenatal - delivery_standard(asked, employee=False)[1])
    allowance = leave_allowance(asked) if employee else Fraction(0)
    return {"antenatal": text(Fraction(antenatal)), "medical": text(medical),
            "allowance": text(allowance or Fraction(0)), "refused": "parameter_missing" if allowance is None else None}


def delivery_standard(asked: dict, employee: bool):
    """EMP-28.1 to 28.4, RES-14.1 to 14.4: limit of the cost, antenatal payment."""
    if asked["event"] == "birth" or asked.get("live_baby"):
        vaginal, difficult = (3500, 5500) if employee else (2000, 3500)
        limit = vaginal if asked["mode"] == "vaginal" else difficult
        return limit + 800 * ((asked.get("babies") or 1) - 1), 800 if employee else 500
    weeks, operation = asked["weeks"], bool(asked.get("caesarean_operation"))
    if employee:
        return (1800 + 900 * operation, 500) if weeks >= 16 else (500, 200)
    limit = 1000 + 500 * operation if weeks >= 16 else 200
    return limit, 500 if weeks >= 28 else 0


def leave_allowance(asked: dict):
    """EMP-15.1, 16.1, 16.2, 28.6, 28.7, 30.3; None where the days are not printed."""
    worker = asked["worker"]
    if worker in ("treasury", "spouse"):
        return Fraction(0)
    if worker in ("flexible", "unemployed"):
        now = asked.get("insured_months_now")
        now = asked["insured_months"] if now is None else now
        enough = asked["insured_months"] >= 12
        if day(asked["event_date"]).year == 2025:
            enough = enough or (asked["medical_months"] >= 12 and now >= 12)
        if not enough or asked.get("maternity_active") is False:
            return Fraction(0)
    days = asked.get("leave_days")
    if days is None:
        plain = asked["event"] == "birth" and asked["mode"] == "vaginal" and (asked.get("babies") or 1) == 1
        if not plain:
            return None
        days = 98
    return half_up(yuan(asked["monthly_base"]) * days / 30)
