"""Changzhi 2024, both schemes."""
from datetime import date
from fractions import Fraction

from tests.oracle.common import (
    Refuse,
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
    within,
    yuan,
)

RESIDENT_STAY = {  # CZ-9.1 to 9.4: fee class, place -> deductible, ratio
    ("fee3", "county"): (100, 85), ("fee3", "city"): (100, 85), ("fee3", "province"): (100, 85),
    ("fee2", "county"): (400, 75), ("fee2", "city"): (500, 70), ("fee2", "province"): (500, 70),
    ("fee1", "city"): (1000, 60), ("fee1", "province"): (1000, 60),
}
CLASS_1 = {f"CZ-{number:02d}" for number in range(1, 10)}  # CZ-4.2, CZ-8.2
CLASS_2 = {  # CZ-T1: employee, resident, a month
    "CZ-10": (520, 460), "CZ-11": (1000, 440), "CZ-12": (330, 300), "CZ-13": (210, 190), "CZ-14": (270, 240),
    "CZ-15": (400, 400), "CZ-16": (430, 280), "CZ-16a": (640, 640), "CZ-17": (250, 250), "CZ-18": (340, 260),
    "CZ-19": (510, 460), "CZ-20": (240, 210), "CZ-21": (220, 200), "CZ-22": (320, 290), "CZ-23": (300, 225),
    "CZ-24": (390, 350), "CZ-25": (380, 340), "CZ-26": (220, 200), "CZ-27": (700, 270), "CZ-28": (530, 480),
    "CZ-29": (440, 400), "CZ-30": (650, 590), "CZ-31": (330, 300), "CZ-32": (300, 250), "CZ-33": (450, 260),
    "CZ-34": (280, 250), "CZ-35": (400, 290), "CZ-36": (110, 100), "CZ-37": (500, 450), "CZ-38": (410, 410),
    "CZ-39": (300, 200), "CZ-39a": (4200, 4200), "CZ-40": (495, 495), "CZ-41": (610, 550), "CZ-42": (380, 340),
    "CZ-43": (190, 170), "CZ-44": (170, 150), "CZ-45": (330, 300),
}
CLASS_3 = {"CZ-46": 45, "CZ-47": 300, "CZ-48": 440, "CZ-49": 280, "CZ-50": 280, "CZ-51": 280}  # CZ-8.4, residents
TWO_DISEASES = {"CZ-2D-HYP": 260, "CZ-2D-DM1": 480, "CZ-2D-DM2": 360}  # CZ-7.9
POOLING = {"fee1": (80, 45), "fee2": (0, 55), "fee3": (0, 60)}  # CZ-6.1
BASIC_CAP = {"employee": 80_000, "resident": 70_000}  # CZ-3.3, CZ-9.7
POOREST = {"extremely_poor", "orphan", "minimum_allowance", "returned_to_poverty"}  # CZ-10.5, CZ-A13
AT_RISK = {"risk_of_return", "sudden_hardship", "monitored", "monitored_risk_open"}  # O-36
CONTROL = {"fee1": 30, "fee2": 20, "fee3": 15}  # O-37


def settle(request: dict) -> dict:
    def one_bill(request, bill, parts, years):
        return Bill(request, bill, parts, years).settle()

    return run(request, one_bill, shares_of)


def shares_of(request: dict, bill: dict) -> dict:
    """CZ-6.3: class B 5% in outpatient pooling; two diseases pay class B at 50% instead (CZ-7.8)."""
    return {"outpatient": {"B": "0.05"}, "two_diseases": {"B": "0"}}.get(bill["benefit"], {})


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
        self.filing = bill.get("filing") or "none"
        self.acc = years.of(self.on)
        self.cost = parts.eligible

    def settle(self) -> dict:
        self.step_0_eligibility()
        if not self.parts.known:
            raise Refuse("parameter_missing")
        return getattr(self, self.benefit)()

    def step_0_eligibility(self):
        if self.on < date(2024, 1, 1):
            raise Refuse("not_in_force")
        if self.scheme is None:
            raise Refuse("not_covered")
        if self.benefit in ("rescue", "day_surgery", "single_line_drug", "accident", "care"):
            raise Refuse("not_in_pool")
        if self.scheme == "employee" and self.benefit in ("two_diseases", "maternity_medical"):
            raise Refuse("not_in_scheme")
        if self.benefit in ("special", "chronic", "two_diseases"):
            self.check_disease()

    def check_disease(self):
        listed = {"special": CLASS_1, "chronic": CLASS_2.keys() | CLASS_3.keys(), "two_diseases": TWO_DISEASES.keys()}
        if self.disease not in listed[self.benefit]:
            raise Refuse("disease_not_listed")
        if self.disease in CLASS_3 and self.scheme == "employee":
            raise Refuse("not_in_scheme")  # CZ-8.1
        if self.disease not in self.certified:
            raise Refuse("not_certified")
        if self.disease in CLASS_3 and not self.is_old_holder():
            raise Refuse("closed")  # CZ-8.5, O-34

    def is_old_holder(self) -> bool:
        return any(
            entry["disease"] == self.disease and within(entry, self.on) and day(entry["from"]) < date(2021, 4, 1)
            for entry in self.person["certificates"]
        )

    # ---- place

    def place(self) -> str:
        """O-31."""
        place = self.bill.get("place") or "local"
        if place == "local":
            return "county" if self.level == "fee3" else "city"
        return place

    def unfiled(self) -> bool:
        return self.place() in ("province", "out_of_province") and self.filing == "none"  # O-35, O-39

    def in_province(self) -> bool:
        return self.place() != "out_of_province"

    # ---- benefits under the basic cap

    def inpatient(self) -> dict:
        standard, ratio = self.stay_terms()
        deductible = min(self.cost, standard)
        basic, large = self.under_cap((self.cost - deductible) * ratio)
        catastrophic = self.catastrophic(self.cost - basic, self.unfiled())
        rest = self.cost - basic - large - catastrophic
        inside, outside = self.inpatient_relief(rest, basic + large + catastrophic)
        tilt = self.tilt(rest - inside)
        return paid(self.bill, self.parts, deductible=deductible, basic=basic, large_amount=large,
                    catastrophic=catastrophic, relief=inside + outside, relief_tilt=tilt)

    def stay_terms(self):
        if self.scheme == "employee":  # CZ-3.1, 3.2: tables missing; CZ-3.6: unfiled -15
            key = f"employee.{self.level}.{self.place()}"
            ratio = need(self.parameters, f"inpatient.ratio.{key}")
            standard = need(self.parameters, f"inpatient.deductible.{key}")
            return standard, ratio - percent(15 if self.unfiled() else 0)
        if self.place() == "out_of_province":
            standard, ratio = 1500, 55  # CZ-9.5
        elif (self.level, self.place()) in RESIDENT_STAY:
            standard, ratio = RESIDENT_STAY[self.level, self.place()]
        else:
            raise Refuse("parameter_missing")  # O-31: fee class 1 at county level
        return Fraction(standard), percent(ratio - (10 if self.unfiled() else 0))  # CZ-9.8

    def special(self) -> dict:
        """Class I: CZ-4.1 85%, CZ-8.2 70%, one cap with inpatient."""
        basic, large = self.under_cap(self.cost * percent(85 if self.scheme == "employee" else 70))
        return self.after_outpatient(basic, large, self.cost - basic)

    def under_cap(self, payment: Fraction):
        """CZ-3.3, 3.4, 9.7, O-39."""
        payment = half_up(payment)
        name = f"{self.scheme}.basic_paid"
        basic = min(payment, pos(BASIC_CAP[self.scheme] - self.acc.get(name)))
        large = Fraction(0)
        if self.scheme == "employee" and payment > basic:
            large = half_up((payment - basic) * need(self.parameters, "large_amount.ratio"))
            large = min(large, pos(500_000 - self.acc.get("large_paid")))
        self.acc.add(name, basic)
        self.acc.add("large_paid", large)
        return basic, large

    # ---- class II and III, by the month

    def chronic(self) -> dict:
        ratio, limit = self.monthly_terms()
        name = f"{self.scheme}.c2_month_paid[{self.disease},{self.on:%Y-%m}]"
        payment = half_up(self.cost * ratio)
        basic = min(payment, pos(limit - self.acc.get(name)))
        self.acc.add(name, basic)
        counted = basic / ratio if basic < payment else self.cost  # O-35
        return self.after_outpatient(basic, Fraction(0), counted - basic)

    def monthly_terms(self):
        if self.disease in CLASS_3:
            return percent(70), CLASS_3[self.disease]  # CZ-8.4
        employee, resident = CLASS_2[self.disease]
        return (percent(75), employee) if self.scheme == "employee" else (percent(70), resident)  # CZ-4.3, 8.3

    def after_outpatient(self, basic: Fraction, large: Fraction, burden: Fraction) -> dict:
        """Class I to III: catastrophic insurance, outpatient relief, tilted relief."""
        catastrophic = self.catastrophic(burden, unfiled=False)
        rest = self.cost - basic - large - catastrophic
        relief = half_up(rest * percent(self.outpatient_relief_ratio()))
        tilt = self.tilt(rest - relief)
        return paid(self.bill, self.parts, basic=basic, large_amount=large, catastrophic=catastrophic, relief=relief,
                    relief_tilt=tilt)

    # ---- other benefits

    def outpatient(self) -> dict:
        """CZ-6.1 to 6.6; employees' pooling is a heading only (CZ-2)."""
        if self.scheme == "employee":
            raise Refuse("parameter_missing")
        standard, ratio = POOLING[self.level]
        if self.place() == "out_of_province" and self.filing != "long_term":
            ratio -= 10
        deductible = min(self.cost, pos(standard - self.acc.get("op_ded_paid")))
        basic = min(half_up((self.cost - deductible) * percent(ratio)), pos(300 - self.acc.get("op_paid")))
        self.acc.add("op_ded_paid", deductible)
        self.acc.add("op_paid", basic)
        return paid(self.bill, self.parts, deductible=deductible, basic=basic)

    def two_diseases(self) -> dict:
        """CZ-7.7 to 7.9, O-33."""
        lines = self.bill.get("lines") or []
        class_b = sum((yuan(line["amount"]) for line in lines if line["class"] == "B"), Fraction(0))
        payment = half_up((self.cost - class_b) * percent(60) + class_b * percent(50))
        name = f"two_paid[{self.disease}]"
        basic = min(payment, pos(TWO_DISEASES[self.disease] - self.acc.get(name)))
        self.acc.add(name, basic)
        return paid(self.bill, self.parts, basic=basic)

    def maternity_medical(self) -> dict:
        """CZ-9.6."""
        amount = 1500 if self.bill["maternity"]["mode"] == "vaginal" else 3000
        return paid(self.bill, self.parts, basic=min(self.cost, Fraction(amount)))

    def special_drug(self) -> dict:
        raise Refuse("parameter_missing")  # CZ-P02: only their relief is printed

    # ---- catastrophic insurance

    def catastrophic(self, burden: Fraction, unfiled: bool) -> Fraction:
        """CZ-10.1 to 10.5, O-35."""
        if self.scheme == "employee":
            return Fraction(0)
        poorest = bool(self.tags & POOREST)
        line, first, second = (5000, 80, 50) if poorest else (10_000, 75, 50)
        if unfiled:
            first, second = first - 10, second - 10

        def f(burden: Fraction) -> Fraction:
            tier_1 = pos(burden - line) * percent(first)
            return tier_1 + pos(burden - tier_1 - 50_000) * percent(second)

        old = self.acc.get("selfpay")
        payment = half_up(f(old + burden) - f(old))
        if not poorest:
            cap = self.person.get("catastrophic_cap")
            payment = min(payment, pos((yuan(cap) if cap is not None else 400_000) - self.acc.get("cat_paid")))
        self.acc.put("selfpay", half_up(old + burden))
        self.acc.add("cat_paid", payment)
        return payment

    # ---- relief

    def identity(self):
        """O-36: the best identity of the day."""
        if self.tags & {"extremely_poor", "orphan"}:
            return "extremely_poor"
        for tag in ("returned_to_poverty", "minimum_allowance"):
            if tag in self.tags:
                return tag
        if self.tags & AT_RISK:
            return "at_risk"
        for tag in ("margin", "impoverished_by_illness"):
            if tag in self.tags:
                return tag
        return None

    def inpatient_relief(self, rest: Fraction, paid_so_far: Fraction):
        """CZ-11.5 to 11.10: inside the catalogue, outside the catalogue."""
        identity = self.identity()
        if identity is None:
            return Fraction(0), Fraction(0)
        threshold, ratio, limit = {
            "extremely_poor": (0, 100, None),
            "returned_to_poverty": (0, 70, None),
            "minimum_allowance": (0, 70, 60_000),
            "at_risk": (3092, 70, 60_000),
            "margin": (3092, 60, 40_000),
            "impoverished_by_illness": (7731, 60, 40_000),
        }[identity]
        old = self.acc.get("relief_base")
        exact = (pos(old + rest - threshold) - pos(old - threshold)) * percent(ratio)
        outside = Fraction(0)
        if identity == "returned_to_poverty" and self.in_province():
            exact = max(exact, self.cost * percent(90) - paid_so_far)  # CZ-11.7, CZ-A18
            outside = self.outside_catalogue()
        inside = half_up(exact)
        if limit is not None:
            inside = min(inside, pos(limit - self.acc.get("relief_inp_paid")))
        self.acc.add("relief_base", rest)
        self.acc.add("relief_inp_paid", inside + outside)
        return inside, outside

    def outside_catalogue(self) -> Fraction:
        """CZ-11.7, O-37: 85% of what lies within the control ratio."""
        within_control = min(self.parts.own, self.parts.total * percent(CONTROL[self.level]))
        return half_up(within_control * percent(85))

    def outpatient_relief_ratio(self) -> int:
        """CZ-11.5, 11.6, CZ-A14."""
        return {"extremely_poor": 60, "minimum_allowance": 30, "returned_to_poverty": 30}.get(self.identity(), 0)

    def tilt(self, rest: Fraction) -> Fraction:
        """CZ-11.11, O-36."""
        if self.identity() is None or not self.in_province() or self.bill.get("referred") is False:
            return Fraction(0)
        self.acc.add("tilt_base", rest)
        entitled = min(half_up(pos(self.acc.get("tilt_base") - 15_460) * percent(70)), Fraction(30_000))
        tilt = min(pos(entitled - self.acc.get("tilt_paid")), rest)
        self.acc.add("tilt_paid", tilt)
        return tilt
