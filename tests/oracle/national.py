"""National principles of 2019: the example of Q33, and what a request brings itself."""
from fractions import Fraction

from tests.oracle.common import Refuse, day, half_up, need, paid, percent, pos, run, scheme_on, tags_on, yuan

POOR = {"extremely_poor", "minimum_allowance", "returned_to_poverty", "risk_of_return"}  # O-42


def settle(request: dict) -> dict:
    return run(request, one_bill, shares_of)


def shares_of(request: dict, bill: dict) -> dict:
    """NA-33.1, O-40: 10% of class B is the example's."""
    return {"B": (request.get("parameters") or {}).get("first_self_pay.B", "0.1")}


def one_bill(request: dict, bill: dict, parts, years) -> dict:
    parameters = request.get("parameters") or {}
    on = day(bill["date"])
    scheme = scheme_on(request["person"], on)
    if scheme is None:
        raise Refuse("not_covered")
    if bill["benefit"] not in ("inpatient", "outpatient"):
        raise Refuse("not_in_pool")
    if scheme == "employee":  # O-40
        parameters = {"deductible": 1300, "ratio": "0.8"} | parameters
    year = years.of(on)
    deductible, basic = pay_basic(parameters, parts, year)
    if scheme == "employee":
        return paid(bill, parts, deductible=deductible, basic=basic)
    poor = bool(tags_on(request["person"], on) & POOR)
    rest = parts.eligible - basic
    catastrophic = pay_catastrophic(parameters, rest, poor, request["person"].get("catastrophic_cap"), year)
    relief = Fraction(0)
    if poor and bill["benefit"] == "inpatient":  # O-43
        relief = pay_relief(parameters, rest - catastrophic, year)
    return paid(bill, parts, deductible=deductible, basic=basic, catastrophic=catastrophic, relief=relief)


def pay_basic(parameters: dict, parts, year):
    """NA-33.2 with a deductible of the year (NA-A01)."""
    standard, ratio = need(parameters, "deductible"), need(parameters, "ratio")
    if not parts.known:
        raise Refuse("parameter_missing")
    deductible = min(parts.eligible, pos(standard - year.get("ded_paid")))
    basic = half_up((parts.eligible - deductible) * ratio)
    if parameters.get("cap") is not None:  # O-41
        basic = min(basic, pos(yuan(parameters["cap"]) - year.get("basic_paid")))
    year.add("ded_paid", deductible)
    year.add("basic_paid", basic)
    return deductible, basic


def pay_catastrophic(parameters: dict, rest: Fraction, poor: bool, cap, year) -> Fraction:
    """NA-13.2 to 13.4."""
    line = need(parameters, "income") * percent(50)
    ratio = percent(60)
    if poor:
        line, ratio = line / 2, percent(65)  # NA-A04, NA-A05
    old = year.get("selfpay_policy")
    payment = half_up((pos(old + rest - line) - pos(old - line)) * ratio)
    if cap is not None and not poor:
        payment = min(payment, pos(yuan(cap) - year.get("cat_paid")))
    year.add("selfpay_policy", rest)
    year.add("cat_paid", payment)
    return payment


def pay_relief(parameters: dict, rest: Fraction, year) -> Fraction:
    """NA-39.1."""
    ratio, limit = need(parameters, "relief.ratio"), need(parameters, "relief.limit")
    relief = min(half_up(rest * ratio), pos(limit - year.get("relief_paid")))
    year.add("relief_paid", relief)
    return relief
