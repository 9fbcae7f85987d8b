"""Person-years of Chongqing."""
from datetime import date, timedelta

from tests.oracle.chongqing import CLASS_1, CLASS_2, COST_LIMITS_2, LEVELS, SINGLE_COST_LIMITS
from tests.oracle.generate import (
    Draw,
    add_cost,
    bill_days,
    birthday,
    certificate_list,
    optional,
    schemes,
    tag_list,
)

FIGURES = (
    200, 440, 880, 100, 300, 800, 1000, 1200, 1400, 2400, 1250, 1666.67, 3600, 4800, 6000, 9000, 14_000, 24_000,
    40_000, 41_111.11, 51_111.11, 55_555.56, 58_750, 60_000, 100_000, 111_111.11,
)
IDS = sorted(CLASS_1) + sorted(CLASS_2)
FAVOURED = (
    "CQ-I-01", "CQ-I-03", "CQ-I-03-NSCLC", "CQ-I-03-CML", "CQ-I-04", "CQ-I-09", "CQ-I-11", "CQ-I-12", "CQ-II-05",
    "CQ-II-06", "CQ-II-18", "CQ-II-29",
)
CAPS = {
    "employee.pool_paid": 47_000, "employee.large_paid": 100_000, "resident.res_paid": 100_000,
    "resident.c2_paid": 1000, "resident.cat_base": 4200, "resident.acc_paid": 1000,
    "employee.osd_ded_paid": 880, "employee.inp_ded_paid": 880, "resident.osd_ded_paid": 800,
    "resident.inp_ded_paid": 800,
}
BY_DISEASE = {
    "sd_cost": {"CQ-I-12": 14_000, "CQ-II-18": 6000, **SINGLE_COST_LIMITS},
    "sd_paid": {"CQ-I-12": 9800, "CQ-II-18": 4800, "CQ-I-11": 50_000},
    "dis_cost": {"CQ-I-09": 6000, "CQ-I-13": 24_000, **COST_LIMITS_2},
}
BENEFITS = ["special"] * 12 + ["inpatient"] * 5 + ["rescue"] * 3 + ["accident"] * 2
NOT_HERE = ("chronic", "outpatient", "care", "special_drug", "two_diseases", "single_line_drug", "day_surgery")


def person_year(source) -> dict:
    draw = Draw(source, FIGURES)
    years = draw.pick(((2025,), (2025,), (2025, 2026), (2026,)))
    days = bill_days(draw, years, draw.count())
    if draw.some(0.85):  # the measures are in force from 2025-06-01
        days = [max(day, date(2025, 6, 1)) for day in days]
    born = birthday(draw, days)
    diseases = draw.subset(FAVOURED, 0.3) + [draw.pick(IDS) for _ in range(draw.upto(0, 2))]
    person = {
        "birth_date": born.isoformat(),
        "scheme": schemes(draw, days),
        "tags": tag_list(draw, days, born, ("student", "child"), ("employer", "retired", "individual_tier2", "minor"))
        + tiers(draw, days, born),
        "certificates": certificate_list(draw, days, born, diseases),
    }
    if draw.some(0.5):
        person["choices"] = [
            {"disease": disease, "mode": draw.pick(("single_disease", "single_disease", "ordinary")), "year": year}
            for disease in SINGLE_COST_LIMITS for year in years if draw.some(0.7)
        ]
    request = {"case": "random", "pool": "chongqing", "person": person, "parameters": parameters(draw)}
    if draw.some(0.45):
        request["opening"] = {str(year): opening(draw) for year in years}
    request["bills"] = [a_bill(draw, number, day, diseases) for number, day in enumerate(days)]
    return request


def tiers(draw: Draw, days, born) -> list:
    answer = [{"tag": "individual_tier1"} | draw.period(days, born)] if draw.some(0.2) else []
    first, second = draw.pick((("tier1", "tier2"), ("tier2", "tier1")))
    cut = max(born, draw.near(days))
    if draw.some(0.75):
        return [*answer, {"tag": first, "from": born.isoformat(), "to": None}]
    return [
        *answer,
        {"tag": first, "from": born.isoformat(), "to": cut.isoformat()},
        {"tag": second, "from": (cut + timedelta(days=1)).isoformat(), "to": None},
    ]


def parameters(draw: Draw) -> dict:
    given = {}
    missing = draw.pick((0, 0, 0.1, 0.5))
    for level, employee, resident in zip(LEVELS, (200, 440, 880), (100, 300, 800), strict=True):
        given[f"inpatient.deductible.employee.{level}"] = draw.money(employee) if draw.some(0.1) else employee
        given[f"inpatient.deductible.resident.{level}"] = resident
        given[f"inpatient.ratio.employee.{level}"] = draw.pick(("0.9", "0.87", "0.85", "0.875"))
        given[f"inpatient.ratio.resident.tier1.{level}"] = draw.pick(("0.80", "0.6", "0.4", "0.333"))
        given[f"inpatient.ratio.resident.tier2.{level}"] = draw.pick(("0.85", "0.65", "0.45"))
    given["large_amount.ratio.inpatient"] = draw.pick(("0.9", "1", "0.85"))
    given = {name: value for name, value in given.items() if not draw.some(missing)}
    caps = {
        "cap.resident.tier1": 80_000, "cap.resident.tier2": 120_000, "cap.large_amount": 100_000,
        "cap.overall.employee": 140_000, "cap.overall.resident": 110_000,
    }
    return given | {name: caps[name] for name in draw.subset(caps, 0.3)}


def opening(draw: Draw) -> dict:
    names = {name: draw.near_cap(CAPS[name]) for name in draw.subset(CAPS, 0.35)}
    for scheme in ("employee", "resident"):
        for counter, limits in BY_DISEASE.items():
            for disease in draw.subset(limits, 0.2):
                names[f"{scheme}.{counter}[{disease}]"] = draw.near_cap(limits[disease])
        for kind in ("osd", "inp"):
            if f"{scheme}.{kind}_ded_paid" in names:
                names[f"{scheme}.{kind}_level_max"] = draw.pick(LEVELS)
    return names


def a_bill(draw: Draw, number: int, day, diseases) -> dict:
    benefit = draw.benefit(BENEFITS) if draw.some(0.97) else draw.pick(NOT_HERE)
    bill = {"id": f"b{number}", "benefit": benefit, "date": day.isoformat(), "level": draw.pick(LEVELS)}
    if benefit in ("special", "chronic"):
        bill["disease"] = draw.pick(diseases) if diseases and draw.some(0.9) else draw.pick(IDS)
    elif benefit == "inpatient":
        optional(draw, bill, "disease", ("CQ-I-11",) * 9 if "CQ-I-11" in diseases else IDS, 0.45)
    elif benefit == "two_diseases":
        bill["disease"] = "CQ-II-05"
    elif benefit == "care":
        bill["days"] = 10
    if benefit in ("inpatient", "rescue"):
        optional(draw, bill, "admitted", [(day - timedelta(days=draw.upto(0, 4))).isoformat()], 0.5)
    optional(draw, bill, "place", ("local", "in_province", "out_of_province"), 0.3)
    optional(draw, bill, "filing", ("none", "long_term", "temporary", "referred", "emergency"), 0.3)
    add_cost(draw, bill, (("B", True), ("item", True), ("high_value", True)), missing=0.03)
    return bill
