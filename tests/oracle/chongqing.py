"""Chongqing 2025: outpatient special disease, rescue, student accident, and stays with figures given from outside."""
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
    yuan,
)

TUMOURS = {"CQ-I-03", "CQ-I-03-NSCLC", "CQ-I-03-CML", "CQ-I-03-GIST"}  # O-10
CLASS_1 = {f"CQ-I-{number:02d}" for number in range(1, 15)} | TUMOURS  # CQ-6.5
CLASS_2 = {f"CQ-II-{number:02d}" for number in range(1, 40)}  # CQ-6.6
TIER_1_MAY_HOLD = {"CQ-I-01", "CQ-I-02", "CQ-I-04"} | TUMOURS  # CQ-6.3
THREE_DISEASES = {"CQ-I-01", "CQ-I-02"} | TUMOURS  # CQ-14.1
COST_LIMITS_1 = {"CQ-I-09": 6000, "CQ-I-13": 24_000, "CQ-I-14": 24_000}  # CQ-16.1
COST_LIMITS_2 = {  # CQ-16.2, employees
    "CQ-II-01": 6000, "CQ-II-02": 9000, "CQ-II-03": 9000, "CQ-II-04": 3600, "CQ-II-24": 6000, "CQ-II-25": 6000,
    "CQ-II-26": 6000, "CQ-II-29": 1000, "CQ-II-30": 1800, "CQ-II-37": 4800, "CQ-II-38": 6000,
}
SINGLE_COST_LIMITS = {"CQ-I-03-NSCLC": 40_000, "CQ-I-03-CML": 60_000, "CQ-I-03-GIST": 60_000}  # CQ-17.11, 17.12
POOL = 47_000  # CQ-14.2, 14.5
LEVELS = ("level1", "level2", "level3")


def settle(request: dict) -> dict:
    def one_bill(request, bill, parts, years):
        return Bill(request, bill, parts, years).settle()

    return run(request, one_bill, lambda request, bill: {})  # no share is printed (O-4)


class Bill:
    def __init__(self, request, bill, parts, years):
        self.parameters = request.get("parameters") or {}
        self.bill, self.parts = bill, parts
        self.person = request["person"]
        self.on = day(bill["date"])
        self.scheme = scheme_on(self.person, self.on)
        self.tags = tags_on(self.person, self.on)
        self.certified = certificates_on(self.person, self.on)
        self.disease, self.level = bill.get("disease"), bill.get("level")
        self.acc = years.of(self.on)
        self.benefit = bill["benefit"]

    def name(self, name: str) -> str:
        return f"{self.scheme}.{name}"  # CQ-A19: one set for each scheme

    def get(self, name: str) -> Fraction:
        return self.acc.get(self.name(name))

    def settle(self) -> dict:
        self.step_0_eligibility()
        if self.benefit == "special" and self.is_single_disease():
            return self.single_disease()
        if not self.parts.known:
            raise Refuse("parameter_missing")
        if self.benefit == "accident":
            return self.accident()
        if self.disease == "CQ-I-11" and self.benefit in ("special", "inpatient") and self.holds("CQ-I-11"):
            return self.resistant_tb()
        return self.outpatient_special() if self.benefit == "special" else self.stay()

    # ---- step 0 and 1

    def step_0_eligibility(self):
        if self.on < date(2025, 6, 1):
            raise Refuse("not_in_force")  # CQ-32.1
        if self.scheme is None:
            raise Refuse("not_covered")
        if self.benefit not in ("inpatient", "rescue", "special", "accident"):
            raise Refuse("not_in_pool")
        if self.benefit == "accident" and (self.scheme == "employee" or "student" not in self.tags):
            raise Refuse("not_in_category")  # CQ-30.1
        if self.benefit == "rescue":
            began = day(self.bill.get("admitted") or self.bill["date"])
            if (self.on - began).days >= 3:
                raise Refuse("rescue_days")  # CQ-28.4, O-13
        if self.benefit == "special":
            self.check_special()

    def check_special(self):
        if self.is_tier_1() and self.disease not in TIER_1_MAY_HOLD:
            raise Refuse("not_in_category")  # CQ-6.3
        if not self.holds(self.disease):
            raise Refuse("not_certified")
        if self.bill.get("place") == "out_of_province" and (self.bill.get("filing") or "none") == "none":
            raise Refuse("not_filed")  # CQ-25.1, O-17

    def is_tier_1(self) -> bool:
        return self.scheme == "employee" and "individual_tier1" in self.tags

    def holds(self, disease) -> bool:
        wanted = TUMOURS if disease in TUMOURS else {disease}
        return bool(self.certified & wanted)

    def is_single_disease(self) -> bool:
        if self.disease == "CQ-I-12":
            return True  # CQ-17.5
        if self.disease == "CQ-II-18":
            return self.scheme == "employee"  # CQ-17.6, 17.7
        return self.disease in SINGLE_COST_LIMITS and any(
            choice["disease"] == self.disease and choice["mode"] == "single_disease" and choice["year"] == self.on.year
            for choice in self.person.get("choices") or []
        )

    # ---- figures from outside

    def inpatient_deductible(self, level: str) -> Fraction:
        return need(self.parameters, f"inpatient.deductible.{self.scheme}.{level}")

    def inpatient_ratio(self) -> Fraction:
        if self.scheme == "employee":
            return need(self.parameters, f"inpatient.ratio.employee.{self.level}")
        return need(self.parameters, f"inpatient.ratio.resident.{self.tier()}.{self.level}")

    def tier(self) -> str:
        return "tier2" if "tier2" in self.tags else "tier1"

    # ---- deductible, once a year at the highest level (CQ-13.2)

    def charge_deductible(self, kind: str, cost: Fraction) -> Fraction:
        before = self.acc.level(self.name(f"{kind}_level_max"))
        highest = max((level for level in (before, self.level) if level), key=LEVELS.index)
        due = pos(self.inpatient_deductible(highest) - self.get(f"{kind}_ded_paid"))
        charged = min(cost, due)  # O-16
        self.acc.put(self.name(f"{kind}_level_max"), highest)
        self.acc.add(self.name(f"{kind}_ded_paid"), half_up(charged))  # only the rest of CQ-17.9 is not whole fen
        return charged

    # ---- who pays

    def pay_employee(self, pooled: Fraction, large: Fraction) -> dict:
        """Exact amounts; each payer rounds once, then the caps given from outside."""
        pooled, large = half_up(pooled), half_up(large)
        if "cap.large_amount" in self.parameters:
            large = min(large, pos(yuan(self.parameters["cap.large_amount"]) - self.get("large_paid")))
        if "cap.overall.employee" in self.parameters:  # CQ-16.4
            room = pos(yuan(self.parameters["cap.overall.employee"]) - self.get("pool_paid") - self.get("large_paid"))
            pooled = min(pooled, room)
            large = min(large, room - pooled)
        self.acc.add("employee.pool_paid", pooled)
        self.acc.add("employee.large_paid", large)
        return {"basic": pooled, "large_amount": large}

    def pay_resident(self, payment: Fraction) -> dict:
        payment = half_up(payment)
        for cap in self.resident_caps():
            payment = min(payment, pos(cap - self.get("res_paid")))
        self.acc.add("resident.res_paid", payment)
        return {"basic": payment}

    def resident_caps(self) -> list:
        """CQ-15.3, 15.4, 16.4; the ordinary cap only where it is given (O-11)."""
        caps = []
        class_1 = bool(self.certified & CLASS_1)
        given = self.parameters.get(f"cap.resident.{self.tier()}")
        if "student" in self.tags and class_1:
            caps.append(Fraction(100_000 if self.tier() == "tier1" else 120_000))
        elif given is not None:
            more = (20_000 if self.tier() == "tier1" else 30_000) if "child" in self.tags and class_1 else 0
            caps.append(yuan(given) + more)
        if "cap.overall.resident" in self.parameters:
            caps.append(yuan(self.parameters["cap.overall.resident"]))
        return caps

    def pool_then_large(self, base: Fraction, ratio: Fraction, room: Fraction, large_ratio):
        """Cost paid from the pool at `ratio` while there is room, the rest of the cost at the large-amount ratio."""
        if base * ratio <= room:
            return base * ratio, Fraction(0)
        return room, (base - room / ratio) * large_ratio()

    # ---- the benefits

    def accident(self) -> dict:
        """CQ-30.1: 80%, 1 000 a year."""
        payment = min(half_up(self.parts.eligible * percent(80)), pos(1000 - self.get("acc_paid")))
        layers = self.pay_resident(payment)
        self.acc.add("resident.acc_paid", layers["basic"])
        return paid(self.bill, self.parts, **layers)

    def stay(self) -> dict:
        """Inpatient and rescue (CQ-28.2); employees fill the same 47 000 (CQ-15.1, O-12)."""
        deductible = self.charge_deductible("inp", self.parts.eligible)
        base = self.parts.eligible - deductible
        return paid(self.bill, self.parts, deductible=deductible, **self.pay(*self.stay_payment(base, Fraction(0))))

    def stay_payment(self, base: Fraction, pool_used: Fraction):
        ratio = self.inpatient_ratio()
        if self.scheme == "resident":
            return base * ratio, Fraction(0)
        room = pos(POOL - self.get("pool_paid") - pool_used)
        return self.pool_then_large(base, ratio, room, lambda: need(self.parameters, "large_amount.ratio.inpatient"))

    def pay(self, first: Fraction, large: Fraction) -> dict:
        return self.pay_employee(first, large) if self.scheme == "employee" else self.pay_resident(first)

    def outpatient_special(self) -> dict:
        if self.scheme == "resident" and self.disease in CLASS_2:
            return self.resident_class_2()
        cost = self.cost_within_limit()
        deductible = self.charge_deductible("osd", cost)
        return paid(self.bill, self.parts, deductible=deductible,
                    **self.pay(*self.special_payment(cost - deductible, Fraction(0))))

    def cost_within_limit(self) -> Fraction:
        """CQ-16.1 to 16.3 on cost (CQ-A07)."""
        limit = COST_LIMITS_1.get(self.disease)
        if self.scheme == "employee":
            limit = limit or COST_LIMITS_2.get(self.disease)
        if limit is None:
            return self.parts.eligible
        cost = min(self.parts.eligible, pos(limit - self.get(f"dis_cost[{self.disease}]")))
        self.acc.add(self.name(f"dis_cost[{self.disease}]"), cost)
        return cost

    def special_payment(self, base: Fraction, pool_used: Fraction):
        """CQ-14.1 to 14.6: from the pool and from the large-amount fund, exact."""
        if self.scheme == "resident":
            return base * self.inpatient_ratio(), Fraction(0)
        pool = self.get("pool_paid") + pool_used
        if self.disease not in THREE_DISEASES:
            return self.pool_then_large(base, percent(80), pos(POOL - pool), lambda: 1)
        cost_90 = min(base, pos(37_000 - pool) / percent(90))
        first = cost_90 * percent(90)
        cost_100 = min(base - cost_90, pos(POOL - pool - first))
        return first + cost_100, base - cost_90 - cost_100

    def resident_class_2(self) -> dict:
        """CQ-13.4 no deductible; CQ-15.5 to 15.7 limit on payment."""
        count = len(self.certified & CLASS_2)
        limit = (2400 if "student" in self.tags else 1000) + 200 * (count - 1)
        payment = half_up(self.parts.eligible * self.inpatient_ratio())
        layers = self.pay_resident(min(payment, pos(limit - self.get("c2_paid"))))
        self.acc.add("resident.c2_paid", layers["basic"])
        return paid(self.bill, self.parts, **layers)

    # ---- single disease

    def single_disease(self) -> dict:
        """4a and 4b, O-14: no catalogue test, no deductible; the base is the whole bill."""
        limit, ratio, most = self.single_terms()
        cost = min(self.parts.total, pos(limit - self.get(f"sd_cost[{self.disease}]")))
        payment = half_up(cost * ratio)
        if most is not None:
            payment = min(payment, pos(most - self.get(f"sd_paid[{self.disease}]")))
        if self.scheme == "employee":
            pooled = min(payment, pos(POOL - self.get("pool_paid")))
            layers = self.pay_employee(pooled, payment - pooled)  # CQ-17.3, CQ-A09
        else:
            layers = self.pay_resident(payment)
            self.acc.add("resident.cat_base", cost - layers["basic"])  # CQ-17.4
        self.acc.add(self.name(f"sd_cost[{self.disease}]"), cost)
        self.acc.add(self.name(f"sd_paid[{self.disease}]"), sum(layers.values()))
        self.parts.own = self.parts.first = Fraction(0)
        return paid(self.bill, self.parts, **layers)

    def single_terms(self):
        if self.disease == "CQ-I-12":
            return 14_000, percent(70), 9800  # CQ-17.5
        if self.disease == "CQ-II-18":
            return 6000, percent(80), 4800  # CQ-17.6
        return SINGLE_COST_LIMITS[self.disease], self.inpatient_ratio(), None

    def resistant_tb(self) -> dict:
        """CQ-17.8, 17.9, O-15: 90% up to 50 000 of payment, the rest as class I or as an ordinary stay."""
        first, room = self.parts.total * percent(90), pos(50_000 - self.get("sd_paid[CQ-I-11]"))
        if half_up(first) > room:  # O-3: a cap applies to the rounded amount
            first = room
        consumed = first / percent(90)
        rest = min(self.parts.total - consumed, self.parts.eligible)
        pooled = min(first, pos(POOL - self.get("pool_paid"))) if self.scheme == "employee" else first
        more, more_large, deductible = self.tb_rest(rest, pooled)
        layers = self.pay(pooled + more, first - pooled + more_large)
        self.acc.add(self.name("sd_paid[CQ-I-11]"), min(half_up(first), sum(layers.values())))
        if self.scheme == "resident":
            self.acc.add("resident.cat_base", half_up(consumed - min(half_up(first), sum(layers.values()))))
        return paid(self.bill, self.parts, deductible=half_up(deductible), **layers)

    def tb_rest(self, rest: Fraction, pool_used: Fraction):
        if rest == 0:
            return Fraction(0), Fraction(0), Fraction(0)
        if self.benefit == "special":
            deductible = self.charge_deductible("osd", rest)
            return *self.special_payment(rest - deductible, pool_used), deductible
        deductible = self.charge_deductible("inp", rest)
        return *self.stay_payment(rest - deductible, pool_used), deductible
