"""Person-years of Bazhong."""
from datetime import timedelta

from tests.oracle.bazhong import ALIAS, CHRONIC, SPECIAL, STAYS, TWO_DISEASES
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
    100, 150, 200, 300, 400, 700, 1000, 500, 600, 1444.80, 2889.60, 7224, 8500, 14_448, 17_010, 35_070, 28_896,
    666.67, 888.89, 1111.11, 1666.67, 2222.22, 114_448, 155_655.56, 175_700, 184_033.33, 214_448, 224_448, 240_400,
    140_000, 110_000, 500_000, 524_448,
)
OFTEN = ("active", "retired", "civil_servant", "large_amount", "large_amount")
SELDOM = (
    "flexible", "unemployed", "employer", "individual_tier1", "individual_tier2", "tier1", "tier2", "child", "minor",
    "student", "treasury_paid",
)
CAPS = {
    "A_EB": 140_000, "A_EC": 20_000, "A_C1": 1500, "A_EL": 500_000, "A_ELB": 100_400, "A_OD": 200, "A_OP": 800,
    "A_OC": 700, "A_OL": 600, "A_RB": 110_000, "A_CB": 114_448, "A_CII": 300_000, "A_SD": 400, "A_CH": 1000,
    "A_2D": 500, "A_RD": 2889, "A_RR": 20_000, "A_TB": 8500, "A_RT": 10_000, "A_SP": 14_448,
}
BENEFITS = (
    ["inpatient"] * 24 + ["special"] * 8 + ["chronic"] * 8 + ["outpatient"] * 8 + ["two_diseases"] * 4
    + ["single_line_drug"] * 5 + ["maternity_medical"] * 4 + ["rescue", "day_surgery"] * 2
    + ["special_drug", "accident", "care"]
)
STAY_LEVELS = ("township", "ungraded", "level1", "level2", "level3", "level3")
CODES = sorted(CHRONIC) + sorted(SPECIAL) + sorted(ALIAS)
FAVOURED = ("M03911", "M05300", "M02220", "M03802", "M00500", "M07801", "M08304", "M02101", "BZ-2D-HYP", "BZ-2D-DM")
PARAMETERS = ("cii.deductible", "income.per_head", "relief.monitoring_line")


def person_year(source) -> dict:
    draw = Draw(source, FIGURES)
    years = draw.pick(((2025,), (2025,), (2025,), (2025, 2026), (2026,), (2024, 2025), (2026, 2027)))
    days = bill_days(draw, years, draw.count())
    born = birthday(draw, days)
    diseases = draw.subset(FAVOURED, 0.35) + [draw.pick(CODES) for _ in range(draw.upto(0, 2))]
    person = {
        "birth_date": born.isoformat(),
        "scheme": schemes(draw, days),
        "tags": tag_list(draw, days, born, OFTEN, SELDOM),
        "certificates": certificate_list(draw, days, born, diseases),
    }
    if draw.some(0.1):
        person["catastrophic_cap"] = draw.pick((None, "304000.00", 296_000, "1000.00", "0"))
    request = {"case": "random", "pool": "bazhong", "person": person}
    add_parameters(draw, request, years)
    if draw.some(0.4):
        request["opening"] = {
            str(year): {name: draw.near_cap(CAPS[name]) for name in draw.subset(CAPS, 0.35)} for year in years
        }
    request["bills"] = [a_bill(draw, number, day, diseases, born) for number, day in enumerate(days)]
    return request


def add_parameters(draw: Draw, request: dict, years) -> None:
    others = [year for year in years if year != 2025]
    given = {}
    for year in others:
        for name in draw.subset(PARAMETERS, 0.75):
            given[f"{name}.{year}"] = draw.money(15_000, 30_000, 9000, 15_000.01)
    if given:
        request["parameters"] = given


def a_bill(draw: Draw, number: int, day, diseases, born) -> dict:
    benefit = draw.benefit(BENEFITS)
    bill = {"id": f"b{number}", "benefit": benefit, "date": day.isoformat()}
    if benefit in STAYS:
        bill["level"] = draw.pick(STAY_LEVELS)
        optional(draw, bill, "disease", CODES, 0.15)
    elif benefit == "outpatient":
        bill["level"] = draw.pick((*STAY_LEVELS, "pharmacy"))
    elif benefit in ("special", "chronic", "two_diseases"):
        bill["disease"] = disease_for(draw, benefit, diseases)
    elif benefit == "maternity_medical":
        bill["maternity"] = an_event(draw)
    elif benefit == "care":
        bill["days"] = draw.upto(1, 60)
    if benefit in STAYS:
        admitted = max(born, day - timedelta(days=draw.pick((0, 1, 6, draw.upto(0, 40)))))
        optional(draw, bill, "admitted", [admitted.isoformat()], 0.5)
        optional(draw, bill, "course", ("c1", "c1", "c1", "c2"), 0.6)
    optional(draw, bill, "place", ("local", "in_province", "out_of_province"), 0.45)
    optional(draw, bill, "filing", ("none", "long_term", "temporary", "referred", "emergency"), 0.45)
    optional(draw, bill, "referred", (True, False), 0.3)
    optional(draw, bill, "direct", (True, False), 0.1)
    classes = (("B", True), ("item", True), ("high_value", False), ("single_line", False))
    add_cost(draw, bill, classes, missing=0.06)
    return bill


def disease_for(draw: Draw, benefit: str, held) -> str:
    listed = {"special": SPECIAL, "chronic": CHRONIC, "two_diseases": TWO_DISEASES}[benefit]
    fitting = [code for code in held if ALIAS.get(code, code) in listed]
    if fitting and draw.some(0.85):
        return draw.pick(fitting)
    return draw.pick(sorted(listed)) if draw.some(0.8) else draw.pick(CODES)


def an_event(draw: Draw) -> dict:
    event = {"event": draw.pick(("birth", "birth", "termination")), "weeks": draw.pick((15, 16, 12, 27, 28, 30))}
    event["mode"] = draw.pick(("vaginal", "difficult", "caesarean"))
    optional(draw, event, "babies", (1, 2, 3), 0.5)
    optional(draw, event, "live_baby", (True, False), 0.3)
    optional(draw, event, "caesarean_operation", (True, False), 0.3)
    return event
