"""Changchun 2021, residents (employees: care and palliative care only)."""
from datetime import date
from fractions import Fraction

from tests.oracle.common import (
    RELIEF_TAGS,
    Refuse,
    age_on,
    certificates_on,
    day,
    half_up,
    need,
    paid,
    percent,
    pos,
    run,
    scheme_on,
    tags_on,
    yuan,
)

# CC-2.1, CC-2.2: adult, student or minor
DEDUCTIBLE = {"provincial": (1200, 600), "municipal": (800, 400), "district": (400, 200), "community": (200, 100)}
# CC-T2: ratio of the three bands for adults; students and minors +10 (CC-4.2), none at community level
RATIO = {
    "provincial": (55, 60, 65), "municipal": (60, 65, 70), "district": (70, 75, 80), "community": (80, 85, 90),
}
OUTPATIENT_DEDUCTIBLE = {"district": 200, "community": 100, "village": 0}  # CC-11.2
OUTPATIENT_ORDER = ("village", "community", "district")
OTHER_LIMITED = {"CC-SP-42": 12_000, "CC-SP-43": 35_000}  # CC-6.3
MATERNITY = {  # CC-31.2, provincial level: mode, with another operation
    ("vaginal", False): 2250,
    ("vaginal_episiotomy", False): 2350,
    ("caesarean", False): 2750,
    ("caesarean", True): 2850,
}
SPECIAL = {f"CC-SP-{number:02d}" for number in range(1, 44)}
CHRONIC = {f"CC-CH-{number:02d}" for number in range(1, 19)}


def settle(request: dict) -> dict:
    def one_bill(request, bill, parts, years):
        return Bill(request, bill, parts, years).settle()

    return run(request, one_bill, shares_of)


def is_programme(bill: dict) -> bool:
    """CC-34.1, 35.1, 36.1, 37.1, O-22."""
    disease = bill.get("disease") or ""
    return bill["benefit"] in ("inpatient", "special") and disease.startswith(("CC-LS-", "CC-SDP-", "CC-DH-"))


def shares_of(request: dict, bill: dict) -> dict:
    """CC-3.1 class B drugs and items 10%; CC-14.1 special drugs 35% and 10%; none in care and programmes (O-19)."""
    if is_programme(bill) or bill["benefit"] == "care":
        return {"B": "0", "item": "0", "high_value": "0"}
    if bill["benefit"] == "special_drug":
        return {"high_value": "0.35", "B": "0.10"}
    return {"B": "0.10", "item": "0.10"}


class Bill:
    def __init__(self, request, bill, parts, years):
        self.parameters = request.get("parameters") or {}
        self.bill, self.parts = bill, parts
        self.person = request["person"]
        self.on = day(bill["date"])
        self.scheme = scheme_on(self.person, self.on)
        self.tags = tags_on(self.person, self.on)
        self.certified = certificates_on(self.person, self.on)
        self.disease, self.level, self.benefit = bill.get("disease"), bill.get("level"), bill["benefit"]
        self.acc = years.of(self.on)
        self.cost = parts.eligible

    def settle(self) -> dict:
        self.step_0_eligibility()
        if self.scheme == "resident" and self.tags & RELIEF_TAGS:
            raise Refuse("parameter_missing")  # CC-38.1, O-25
        if not self.parts.known:
            raise Refuse("parameter_missing")
        if is_programme(self.bill):
            return self.programme()
        return getattr(self, self.benefit)()

    def step_0_eligibility(self):
        if self.on < date(2021, 1, 1):
            raise Refuse("not_in_force")
        if self.scheme is None:
            raise Refuse("not_covered")
        if self.benefit in ("rescue", "two_diseases", "single_line_drug"):
            raise Refuse("not_in_pool")
        palliative = is_programme(self.bill) and self.disease == "CC-LS-22"
        if self.scheme == "employee" and self.benefit != "care" and not palliative:
            raise Refuse("not_in_scheme")  # O-29
        if is_programme(self.bill):
            if self.disease == "CC-DH-01" and self.level != "district":
                raise Refuse("institution")
            return
        self.check_disease()
        if self.benefit == "outpatient" and self.level not in OUTPATIENT_DEDUCTIBLE:
            raise Refuse("institution")  # CC-12.1
        if self.benefit == "accident" and not self.is_student_or_minor():
            raise Refuse("not_in_category")  # CC-18.1
        if self.benefit == "care" and self.disease == "none" and age_on(self.person, self.on) < 85:
            raise Refuse("not_in_category")

    def check_disease(self):
        listed = {"special": SPECIAL, "chronic": CHRONIC}.get(self.benefit)
        if listed is None:
            return
        if self.disease not in listed:
            raise Refuse("disease_not_listed")
        if self.disease not in self.certified:
            raise Refuse("not_certified")

    def is_student_or_minor(self) -> bool:
        """O-18."""
        return bool(self.tags & {"student", "minor", "child"}) or age_on(self.person, self.on) < 18

    # ---- programmes

    def programme(self) -> dict:
        """O-22: the person pays the fixed amount and class C, the fund the rest; other accumulators stand still."""
        cost = self.parts.total - self.parts.own
        due = min(cost, self.fixed_amount())
        self.acc.add(f"fixed_paid[{self.disease}]", due)
        return paid(self.bill, self.parts, basic=cost - due)

    def fixed_amount(self) -> Fraction:
        once_a_year = self.disease.startswith("CC-LS-")
        if once_a_year and self.acc.get(f"fixed_paid[{self.disease}]") > 0:
            return Fraction(0)
        printed = {
            ("CC-LS-01", "municipal"): 800, ("CC-LS-01", "district"): 600,  # CC-34.1
            ("CC-SDP-26", "district"): 1050,  # CC-37.1
            ("CC-DH-01", "district"): 1000,  # CC-36.1
        }.get((self.disease, self.level))
        if self.disease == "CC-LS-22":  # CC-35.1
            printed = 400 if self.scheme == "employee" else 700
        return Fraction(printed) if printed else need(self.parameters, f"fixed_amount.{self.disease}.{self.level}")

    # ---- inpatient ratio by bands of the year

    def standard_deductible(self) -> Fraction:
        return Fraction(DEDUCTIBLE[self.level][1 if self.is_student_or_minor() else 0])

    def is_flat(self) -> bool:
        """CC-22.2, O-23: off-site and neither filed long-term, nor referred, nor an emergency."""
        return self.off_site() and (self.bill.get("filing") or "none") in ("none", "temporary")

    def off_site(self) -> bool:
        return (self.bill.get("place") or "local") != "local"

    def points_off(self) -> int:
        if not self.off_site():
            return 0
        points = 10 if self.bill.get("filing") == "long_term" else 0  # CC-24.2
        return points + (10 if self.bill.get("own_fault") else 0)  # CC-22.3, CC-24.3

    def by_bands(self, deductible: Fraction) -> Fraction:
        """CC-T2: this cost stands from Y to Y + E of the year; its first `deductible` pays nothing. Then 200 000."""
        start = self.acc.get("inp_cost")
        end = start + self.cost
        if self.is_flat():
            payment = (self.cost - deductible) * percent(20)
        else:
            plus = 10 if self.is_student_or_minor() and self.level != "community" else 0
            payment = Fraction(0)
            edges = (Fraction(0), Fraction(30_000), Fraction(60_000), None)
            for band, ratio in enumerate(RATIO[self.level]):
                low = max(edges[band], start + deductible)
                high = end if edges[band + 1] is None else min(edges[band + 1], end)
                payment += pos(high - low) * percent(ratio + plus - self.points_off())
        self.acc.add("inp_cost", self.cost)
        return half_up(payment)

    def from_pool(self, payment: Fraction) -> Fraction:
        payment = min(payment, pos(200_000 - self.acc.get("inp_paid")))  # CC-1.1, O-26
        self.acc.add("inp_paid", payment)
        return payment

    # ---- stays

    def inpatient(self) -> dict:
        return self.stay(min(self.cost, self.standard_deductible()))  # CC-A04

    def day_surgery(self) -> dict:
        return self.stay(Fraction(0))  # CC-16.1

    def stay(self, deductible: Fraction) -> dict:
        basic = self.from_pool(self.by_bands(deductible))
        catastrophic = self.large_illness(self.parts.total - self.parts.own - basic)
        return paid(self.bill, self.parts, deductible=deductible, basic=basic, catastrophic=catastrophic)

    def large_illness(self, cash: Fraction) -> Fraction:
        """CC-5.1, CC-T3."""
        old = self.acc.get("cash_base")
        payment = half_up(large_illness_bands(pos(old + cash - 10_000)) - large_illness_bands(pos(old - 10_000)))
        cap = self.person.get("catastrophic_cap")
        cap = yuan(cap) if cap is not None else Fraction(300_000)
        payment = min(payment, pos(cap - self.acc.get("cat_paid")))
        self.acc.add("cash_base", cash)
        self.acc.add("cat_paid", payment)
        return payment

    # ---- outpatient

    def yearly_deductible(self, counter: str) -> Fraction:
        """O-21."""
        charged = min(self.cost, pos(self.standard_deductible() - self.acc.get(counter)))
        self.acc.add(counter, charged)
        return charged

    def special(self) -> dict:
        """CC-6.1, CC-6.3."""
        deductible = self.yearly_deductible("osd_ded_paid")
        payment = self.by_bands(deductible)
        limit = self.special_limit()
        if limit is not None:
            payment = min(payment, pos(limit - self.acc.get(f"osd_paid[{self.disease}]")))
        basic = self.from_pool(payment)
        self.acc.add(f"osd_paid[{self.disease}]", basic)
        return paid(self.bill, self.parts, deductible=deductible, basic=basic)

    def special_limit(self):
        if self.disease == "CC-SP-41":
            minor = bool(self.tags & {"minor", "child"}) or age_on(self.person, self.on) < 18  # O-18
            return 15_000 if minor else 10_000
        return OTHER_LIMITED.get(self.disease)

    def special_drug(self) -> dict:
        """CC-14.1."""
        deductible = self.yearly_deductible("drug_ded_paid")
        basic = self.from_pool(self.by_bands(deductible))
        return paid(self.bill, self.parts, deductible=deductible, basic=basic)

    def chronic(self) -> dict:
        """CC-8.1 to 8.3, O-26: one pool of highest amount + 480 for each further disease, inside 6 500."""
        held = self.certified & CHRONIC
        amounts = []
        for disease in held:
            if f"chronic.limit.{disease}" not in self.parameters:
                raise Refuse("parameter_unverified")  # CC-A17
            amounts.append(yuan(self.parameters[f"chronic.limit.{disease}"]))
        limit = max(amounts) + 480 * (len(held) - 1)
        basic = min(half_up(self.cost * percent(60)), pos(limit - self.acc.get("chr_paid")), self.room_6500())
        self.acc.add("chr_paid", basic)
        return paid(self.bill, self.parts, basic=basic)

    def room_6500(self) -> Fraction:
        return pos(6500 - self.acc.get("chr_paid") - self.acc.get("op_paid"))  # CC-8.2

    def outpatient(self) -> dict:
        """CC-11.1, 11.2, CC-A15: the deductible once a year at the highest type visited."""
        before = self.acc.level("op_level_max")
        highest = max((level for level in (before, self.level) if level), key=OUTPATIENT_ORDER.index)
        deductible = min(self.cost, pos(OUTPATIENT_DEDUCTIBLE[highest] - self.acc.get("op_ded_paid")))
        basic = half_up((self.cost - deductible) * percent(50))
        basic = min(basic, pos(1000 - self.acc.get("op_paid")), self.room_6500())
        self.acc.put("op_level_max", highest)
        self.acc.add("op_ded_paid", deductible)
        self.acc.add("op_paid", basic)
        return paid(self.bill, self.parts, deductible=deductible, basic=basic)

    def accident(self) -> dict:
        """CC-18.1: 80% of the year's cost above 100 up to 5 000."""
        old = self.acc.get("trauma_cost")
        basic = half_up(accident_payment(old + self.cost) - accident_payment(old))
        self.acc.add("trauma_cost", self.cost)
        return paid(self.bill, self.parts, basic=basic)

    # ---- care and maternity

    def care(self) -> dict:
        """CC-30.1 to 30.4, O-24."""
        days = self.bill["days"]
        if self.disease == "none" and age_on(self.person, self.on) < 90:
            basic = min(half_up(self.cost * percent(50)), Fraction(25 * days))  # CC-30.3
        else:
            share = percent(100) if self.disease == "severe" else percent(70)
            basic = half_up(min(self.cost, Fraction(107 * days)) * self.severe_ratio() * share)
        self.acc.add("care_paid", basic)
        return paid(self.bill, self.parts, basic=basic)

    def severe_ratio(self) -> Fraction:
        return percent(80) if self.scheme == "resident" else need(self.parameters, "care.ratio.employee")

    def maternity_medical(self) -> dict:
        """CC-31.2, O-27."""
        event = self.bill["maternity"]
        key = (event["mode"], bool(event.get("caesarean_operation")))
        if self.level == "provincial" and key in MATERNITY:
            amount = Fraction(MATERNITY[key])
        else:
            amount = need(self.parameters, f"maternity.{self.level}.{event['mode']}")
        return paid(self.bill, self.parts, basic=min(self.cost, amount))


def large_illness_bands(excess: Fraction) -> Fraction:
    return (
        min(excess, 10_000) * percent(60)
        + min(pos(excess - 10_000), 90_000) * percent(70)
        + pos(excess - 100_000) * percent(80)
    )


def accident_payment(cost: Fraction) -> Fraction:
    return pos(min(cost, 5000) - 100) * percent(80)
