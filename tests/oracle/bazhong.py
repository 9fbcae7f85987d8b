"""Bazhong 2025, both schemes: rulebook sections 10.1 to 10.5 with the corrections of section 14."""
from datetime import date
from fractions import Fraction

from tests.oracle.common import (
    Refuse,
    age_on,
    certificates_on,
    day,
    half_up,
    paid,
    percent,
    pos,
    run,
    scheme_on,
    tags_on,
    yuan,
)

# BZ-EMP-27.1, BZ-RES-11.1: level -> deductible, employee ratio, resident ratio
STAY = {
    "township": (100, 90, 90),
    "ungraded": (300, 85, 80),
    "level1": (300, 85, 80),
    "level2": (400, 82, 70),
    "level3": (700, 80, 60),
}
STAYS = ("inpatient", "rescue", "day_surgery")  # BZ-EMP-31.1
RANK = {"township": 0, "ungraded": 1, "level1": 1, "level2": 2, "level3": 3}
BASIC_CAP = {"employee": ("A_EB", 140_000), "resident": ("A_RB", 110_000)}  # BZ-EMP-37.1, BZ-RES-16.1
ALIAS = {"M03802": "M04500", "M0710": "M07110"}  # BZ-AMB-22, R-1.4

# Section 8.1: chronic units -> yearly payment limit employee, resident
CHRONIC = {
    code: limits
    for limits, codes in {
        (1000, 600): "M01701 M01702 M03600 M04301 M06101 M03300 M03911 M01603 M00100 M00202 M00201 M02500 M04200 "
        "M05400 M06700 M07110 M07300 M08206 M12700 M00406 M07000 M07900 M02219 M02204 M02205 M02207 M02208",
        (None, 600): "M02220",
        (1500, 800): "M02400 M04500 M04600 M02300 M04803 M05300 M04100",
        (2000, 1500): "M02202 M02209 M02221 M07700 M07603 M06200 M07106 M10800 M06900 M07200",
    }.items()
    for code in codes.split()
}
# Section 8.2: special units
SPECIAL_CODES = (
    "M03200 M01904 M08202 M01902 M07101 M00500 M01200 M01102 M08301 M08302 M08303 M08304 M08305 M08306 M08311 M00104 "
    "M02101 M02102 M02103 M02104 M02105 M02106 M07801 M07807 M07107 M00300 M01501 M01103 M05601 M06000 M06501 M02800 "
    "M04000 M03701 M03117 M02900 M11200 M01506 M02601 M07105"
)
SPECIAL = set(SPECIAL_CODES.split())
TWO_DISEASES = {"BZ-2D-HYP": 200, "BZ-2D-DM": 300}  # BZ-CHR-19.1
# BZ-EMP-36.1 disease list, BZ-AMB-37: psychosis, AIDS, tumour, renal failure, anti-rejection
LARGE_AMOUNT_DISEASES = {"M00300", "M00500", "M07801"} | {code for code in SPECIAL if code[:4] in ("M021", "M083")}


def settle(request: dict) -> dict:
    courses = {}

    def one_bill(request, bill, parts, years):
        return Bill(request, bill, parts, years, courses).settle()

    return run(request, one_bill, lambda request, bill: {"high_value": "0.10"})  # BZ-DRG-2.2


class Bill:
    def __init__(self, request, bill, parts, years, courses):
        self.request, self.bill, self.parts, self.courses = request, bill, parts, courses
        self.person = request["person"]
        self.on = day(bill["date"])
        self.scheme = scheme_on(self.person, self.on)
        self.tags = tags_on(self.person, self.on)
        self.certified = {ALIAS.get(code, code) for code in certificates_on(self.person, self.on)}
        self.disease = ALIAS.get(bill.get("disease"), bill.get("disease"))
        self.acc = years.of(self.on)
        self.filing = bill.get("filing") or "none"
        self.place = bill.get("place") or "local"

    def settle(self) -> dict:
        self.step_0_eligibility()
        benefit = self.bill["benefit"]
        if not self.parts.known:
            raise Refuse("parameter_missing")  # BZ-AMB-08
        self.in_scope, self.single = self.parts.eligible, self.parts.single
        if benefit == "single_line_drug":  # the whole in-scope amount is S
            self.in_scope, self.single = Fraction(0), self.parts.eligible + self.parts.single
        layers = getattr(self, "stay" if benefit in STAYS else benefit)()
        layers = self.add_single_line(layers)
        self.remember_course(layers.get("deductible", Fraction(0)))
        eligible = self.single if benefit == "single_line_drug" else self.in_scope
        return paid(self.bill, self.parts, eligible=eligible, **layers)

    # ---- step 0

    def step_0_eligibility(self):
        benefit = self.bill["benefit"]
        if self.scheme is None:
            raise Refuse("not_covered")
        admitted = self.bill.get("admitted")
        if benefit in STAYS and admitted and scheme_on(self.person, day(admitted)) is None:
            raise Refuse("not_covered")  # BZ-AMB-24
        if benefit in ("special_drug", "accident", "care"):
            raise Refuse("not_in_pool")
        if benefit in ("rescue", "day_surgery") and self.scheme == "resident":
            raise Refuse("not_in_scheme")  # BZ-RES-15.1, BZ-EMP-31.1
        if benefit == "chronic" and self.disease not in CHRONIC:
            raise Refuse("disease_not_listed")
        if benefit == "special" and self.disease not in SPECIAL:
            raise Refuse("disease_not_listed")
        if benefit == "two_diseases" and self.disease not in TWO_DISEASES:
            raise Refuse("disease_not_listed")
        if benefit in ("chronic", "special", "two_diseases") and self.disease not in self.certified:
            raise Refuse("not_certified")  # BZ-CHR-15.1
        if benefit == "chronic" and self.scheme == "employee" and self.disease == "M02220":
            raise Refuse("not_in_scheme")  # BZ-CHR-3.6

    # ---- the benefits

    def stay(self) -> dict:
        """10.1 and 10.2: inpatient, and for employees rescue and day surgery (BZ-EMP-31.1)."""
        standard, ratio = self.stay_terms()
        deductible = min(self.in_scope, self.course_deductible(standard))
        basic = self.basic((self.in_scope - deductible) * ratio)
        return self.after_basic(basic, deductible)

    def special(self) -> dict:
        """10.3: one level-2 deductible a year (BZ-CHR-5.3), 70% employees, 60% residents (BZ-CHR-5.2)."""
        deductible = min(self.in_scope, pos(400 - self.acc.get("A_SD")))
        self.acc.add("A_SD", deductible)
        ratio = percent(70 if self.scheme == "employee" else 60)
        basic = self.basic((self.in_scope - deductible) * ratio)
        return self.after_basic(basic, deductible)

    def chronic(self) -> dict:
        """10.4: 90% (BZ-CHR-3.2) up to the highest limit held (BZ-CHR-3.4)."""
        column = 0 if self.scheme == "employee" else 1
        limit = max(CHRONIC[code][column] or 0 for code in self.certified if code in CHRONIC)
        basic = min(half_up(self.in_scope * percent(90)), pos(limit - self.acc.get("A_CH")))
        self.acc.add("A_CH", basic)
        civil = Fraction(0)
        if self.scheme == "employee" and "civil_servant" in self.tags:  # BZ-EMP-33.2, BZ-AMB-06: 100% up to 1 500
            civil = min(self.in_scope - basic, pos(1500 - self.acc.get("A_C1")))
            self.acc.add("A_C1", civil)
        return {"basic": basic, "civil_servant": civil}

    def outpatient(self) -> dict:
        return self.outpatient_employee() if self.scheme == "employee" else self.outpatient_resident()

    def outpatient_resident(self) -> dict:
        """BZ-RES-18.1: 50%, at most 100 a year."""
        basic = min(half_up(self.in_scope * percent(50)), pos(100 - self.acc.get("A_OP")))
        self.acc.add("A_OP", basic)
        return {"basic": basic}

    def outpatient_employee(self) -> dict:
        """BZ-EMP-39.1 to 39.3."""
        retired = "retired" in self.tags
        deductible = min(self.in_scope, pos((150 if retired else 200) - self.acc.get("A_OD")))
        ratio = percent((50 if self.bill["level"] == "level3" else 60) + (10 if retired else 0))
        basic = half_up((self.in_scope - deductible) * ratio)
        basic = min(basic, pos((1000 if retired else 800) - self.acc.get("A_OP")))
        civil = large = Fraction(0)
        if "civil_servant" in self.tags:  # 60%, 700
            civil = min(half_up((self.in_scope - basic) * percent(60)), pos(700 - self.acc.get("A_OC")))
        if "large_amount" in self.tags:  # 70%, 600
            large = min(half_up((self.in_scope - basic - civil) * percent(70)), pos(600 - self.acc.get("A_OL")))
        for name, amount in (("A_OD", deductible), ("A_OP", basic), ("A_OC", civil), ("A_OL", large)):
            self.acc.add(name, amount)
        return {"basic": basic, "civil_servant": civil, "large_amount": large, "deductible": deductible}

    def two_diseases(self) -> dict:
        """BZ-CHR-19.1: 50%; 200, 300, both together 500 in one pool (R-6)."""
        limit = sum(TWO_DISEASES[code] for code in TWO_DISEASES if code in self.certified)
        basic = min(half_up(self.in_scope * percent(50)), pos(limit - self.acc.get("A_2D")))
        self.acc.add("A_2D", basic)
        return {"basic": basic}

    def maternity_medical(self) -> dict:
        """BZ-EMP-28.2 to 28.5, BZ-RES-14.2 to 14.5: the cost up to the limit, inside the basic cap."""
        return {"basic": self.basic(min(self.in_scope, Fraction(self.maternity_limit())))}

    def single_line_drug(self) -> dict:
        return {"basic": Fraction(0)}

    # ---- terms of a stay

    def stay_terms(self):
        deductible, employee, resident = STAY[self.bill["level"]]
        ratio = employee if self.scheme == "employee" else resident
        if self.place == "local" or self.filing == "long_term":  # BZ-GEN-30.1
            return Fraction(deductible), percent(ratio)
        if self.filing in ("referred", "emergency"):  # BZ-EMP-27.2 row 2, BZ-RES-11.2 row 2
            return Fraction(1000), percent(ratio - 5)
        return Fraction(1000), percent(ratio - 10)  # row 3, BZ-AMB-13

    def course_of_stay(self):
        """R-4: residents' stays only."""
        if self.bill["benefit"] != "inpatient" or self.scheme != "resident":
            return None
        return self.bill.get("course")

    def course_deductible(self, standard: Fraction) -> Fraction:
        course = self.course_of_stay()
        if course not in self.courses:
            return standard
        previous_level, charged = self.courses[course]
        if RANK[self.bill["level"]] > RANK[previous_level]:
            return pos(standard - charged)  # BZ-RES-12.1
        return Fraction(0)  # BZ-RES-12.2

    def remember_course(self, deductible: Fraction):
        course = self.course_of_stay()
        if course is not None:
            charged = self.courses[course][1] if course in self.courses else Fraction(0)
            self.courses[course] = (self.bill["level"], charged + deductible)

    def maternity_limit(self) -> int:
        event = self.bill["maternity"]
        employee = self.scheme == "employee"
        if event["event"] == "birth" or event.get("live_baby"):  # BZ-EMP-28.4, BZ-RES-14.4
            vaginal, difficult = (3500, 5500) if employee else (2000, 3500)
            limit = vaginal if event["mode"] == "vaginal" else difficult
            return limit + 800 * ((event.get("babies") or 1) - 1)
        if event["weeks"] < 16:
            return 500 if employee else 200
        operation = bool(event.get("caesarean_operation"))
        return (1800 + 900 * operation) if employee else (1000 + 500 * operation)

    # ---- the layers

    def basic(self, payment: Fraction) -> Fraction:
        name, cap = BASIC_CAP[self.scheme]
        basic = min(half_up(payment), pos(cap - self.acc.get(name)))
        self.acc.add(name, basic)
        return basic

    def after_basic(self, basic: Fraction, deductible: Fraction) -> dict:
        layers = {"basic": basic, "deductible": deductible}
        if self.scheme == "resident":
            return layers | {"catastrophic": self.catastrophic(self.in_scope - basic)}
        civil = self.civil_servant(self.in_scope - basic)
        large = self.large_amount(self.in_scope - basic - civil)
        return layers | {"civil_servant": civil, "large_amount": large}

    def civil_servant(self, rest: Fraction) -> Fraction:
        """E5, BZ-EMP-33.1."""
        if "civil_servant" not in self.tags:
            return Fraction(0)
        civil = min(half_up(rest * percent(60)), pos(20_000 - self.acc.get("A_EC")))
        self.acc.add("A_EC", civil)
        return civil

    def large_amount(self, rest: Fraction) -> Fraction:
        """E6, BZ-EMP-36.1 to 36.3: f(new) - f(old), both by the group of the day (BZ-AMB-34)."""
        if "large_amount" not in self.tags:
            return Fraction(0)
        old = self.acc.get("A_ELB")
        new = old + rest
        large = min(half_up(self.large_bands(new) - self.large_bands(old)), pos(500_000 - self.acc.get("A_EL")))
        self.acc.add("A_ELB", rest)
        self.acc.add("A_EL", large)
        return large

    def large_bands(self, base: Fraction) -> Fraction:
        old_age = age_on(self.person, self.on) >= 80
        ill = bool(self.certified & LARGE_AMOUNT_DISEASES) or self.disease in LARGE_AMOUNT_DISEASES
        deductible = 0 if old_age or ill or "retired" in self.tags else 400
        low, high = (90, 95) if old_age else (85, 90)
        above = pos(base - deductible)
        return min(above, 100_000) * percent(low) + pos(above - 100_000) * percent(high)

    def catastrophic(self, rest: Fraction) -> Fraction:
        """R5, BZ-RES-22.1 to 26.2."""
        deductible, cap = self.cii_deductible(), self.cii_cap()
        if not 2024 <= self.on.year <= 2026:
            raise Refuse("parameter_missing")  # section 0.4: cii.ratios are printed for 2024 to 2026
        old = self.acc.get("A_CB")
        payment = half_up(self.cii_bands(pos(old + rest - deductible)) - self.cii_bands(pos(old - deductible)))
        if cap is not None:
            payment = min(payment, pos(cap - self.acc.get("A_CII")))
        self.acc.add("A_CB", rest)
        self.acc.add("A_CII", payment)
        return payment

    def cii_poor(self) -> bool:
        return bool(self.tags & {"extremely_poor", "orphan", "minimum_allowance"})  # BZ-RES-24.1

    def cii_deductible(self) -> Fraction:
        deductible = self.figure_of_year("cii.deductible", Fraction(14_448))
        return half_up(deductible / 2) if self.cii_poor() else deductible

    def cii_cap(self):
        if self.cii_poor():
            return None  # BZ-RES-26.2
        if self.person.get("catastrophic_cap") is not None:
            return yuan(self.person["catastrophic_cap"])
        if self.on < date(2025, 1, 1):
            raise Refuse("parameter_missing")  # section 0.4: cii.cap is printed from 2025
        return Fraction(300_000)  # BZ-RES-26.1

    def cii_bands(self, above: Fraction) -> Fraction:
        plus = 5 if self.cii_poor() else 0
        payment = min(above, 100_000) * percent(60 + plus)
        payment += min(pos(above - 100_000), 100_000) * percent(70 + plus)
        return payment + pos(above - 200_000) * percent(85 + plus)

    def figure_of_year(self, name: str, printed_2025: Fraction) -> Fraction:
        """R-13: printed for 2025 only, other years come with the request or not at all."""
        if self.on.year == 2025:
            return printed_2025
        given = (self.request.get("parameters") or {}).get(f"{name}.{self.on.year}")
        if given is None:
            raise Refuse("parameter_missing")
        return yuan(given)

    # ---- single-line drugs and relief

    def add_single_line(self, layers: dict) -> dict:
        """R-3: S is paid at 70% / 60% out of what the bill left of the basic cap; then relief on both rests."""
        single = self.basic(self.single * percent(70 if self.scheme == "employee" else 60))
        rest = self.single - single
        no_relief = self.bill["benefit"] in ("outpatient", "two_diseases", "maternity_medical")
        if not no_relief:
            rest += self.in_scope - sum(amount for name, amount in layers.items() if name != "deductible")
        layers["basic"] += single
        if no_relief and self.single == 0:
            return layers
        relief, tilt = self.relief(rest)
        self.acc.add("A_SP", rest - relief - tilt)
        return layers | {"relief": relief, "relief_tilt": tilt}

    def relief(self, rest: Fraction):
        """E7, E8, R6, R7 with the corrections: BZ-REL-5.1 to 5.10."""
        terms = self.relief_terms()
        referred = self.bill.get("referred") is not False or self.filing in ("emergency", "long_term")
        if terms is None or not referred:
            return Fraction(0), Fraction(0)
        deductible, ratio, limit, tilt_ratio = terms
        used = min(rest, pos(deductible() - self.acc.get("A_RD")))
        relief = min(half_up((rest - used) * ratio), pos(limit - self.acc.get("A_RR")))
        self.acc.add("A_RD", used)
        self.acc.add("A_RR", relief)
        return relief, self.tilt(rest - relief, tilt_ratio)

    def tilt(self, rest: Fraction, ratio: Fraction) -> Fraction:
        if self.place not in ("local", "in_province"):  # BZ-REL-5.4
            return Fraction(0)
        line = self.figure_of_year("relief.monitoring_line", Fraction(8500))
        self.acc.add("A_TB", rest)
        already = self.acc.get("A_RT")
        tilt = min(half_up(pos(self.acc.get("A_TB") - line) * ratio) - already, 10_000 - already, rest)
        self.acc.add("A_RT", pos(tilt))
        return pos(tilt)

    def relief_terms(self):
        """BZ-REL-5.1, 5.3, order of 5.7: deductible (a share of the income), ratio, limit, tilt ratio."""
        if self.tags & {"extremely_poor", "orphan"}:
            return lambda: Fraction(0), percent(100), 30_000, percent(100)
        if "minimum_allowance" in self.tags:
            return lambda: Fraction(0), percent(70), 20_000, percent(50)
        if self.tags & {"monitored", "monitored_risk_open"}:
            return lambda: self.share_of_income(5), percent(65), 20_000, percent(50)
        if "margin" in self.tags:
            return lambda: self.share_of_income(10), percent(50), 10_000, percent(50)
        if "impoverished_by_illness" in self.tags:
            return lambda: self.share_of_income(25), percent(50), 10_000, percent(50)
        return None

    def share_of_income(self, share: int) -> Fraction:
        return half_up(self.figure_of_year("income.per_head", Fraction(28_896)) * percent(share))
