"""Person-years of Changchun."""
from tests.oracle.changchun import CHRONIC, SPECIAL
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
    100, 200, 400, 600, 800, 1000, 1050, 1200, 2100, 5000, 30_000, 60_000, 30_400, 17_000, 25_000, 50_000, 10_000,
    2200, 1700, 4080, 4800, 10_833.33, 200_000, 320_000, 115_384.62, 750, 2675, 3210, 2250, 2350, 2750, 2850, 400_000,
)
LEVELS = ("community", "district", "municipal", "provincial", "provincial")
FAVOURED = ("CC-SP-21", "CC-SP-01", "CC-SP-41", "CC-SP-42", "CC-SP-43", "CC-CH-01", "CC-CH-06", "CC-CH-03")
CAPS = {
    "inp_cost": 60_000, "inp_paid": 200_000, "cash_base": 20_000, "cat_paid": 300_000, "osd_ded_paid": 1200,
    "drug_ded_paid": 1200, "chr_paid": 6500, "op_paid": 1000, "op_ded_paid": 200, "trauma_cost": 5000,
    "fixed_paid[CC-LS-01]": 800, "fixed_paid[CC-LS-05]": 800, "osd_paid[CC-SP-41]": 10_000,
    "osd_paid[CC-SP-42]": 12_000, "osd_paid[CC-SP-43]": 35_000, "care_paid": 3000,
}
PROGRAMMES = ("CC-LS-01", "CC-LS-01", "CC-LS-05", "CC-LS-22", "CC-SDP-03", "CC-SDP-26", "CC-DH-01")
BENEFITS = (
    ["inpatient"] * 8 + ["day_surgery"] * 3 + ["special"] * 6 + ["special_drug"] * 3 + ["chronic"] * 3
    + ["outpatient"] * 4 + ["accident"] * 2 + ["care"] * 2 + ["maternity_medical"] * 2 + ["programme"] * 4
)
NOT_HERE = ("rescue", "single_line_drug", "two_diseases")


def person_year(source) -> dict:
    draw = Draw(source, FIGURES)
    years = draw.pick(((2021,), (2021,), (2021, 2022), (2021,), (2020, 2021)))
    days = bill_days(draw, years, draw.count())
    born = birthday(draw, days, ages=(18, 85, 90))
    diseases = draw.subset(FAVOURED, 0.35) + [draw.pick(sorted(CHRONIC | SPECIAL)) for _ in range(draw.upto(0, 1))]
    tags = tag_list(draw, days, born, (), ("student", "minor", "child") * 3)
    if draw.some(0.75):
        tags = [tag for tag in tags if tag["tag"] in ("student", "minor", "child")]
    person = {
        "birth_date": born.isoformat(),
        "scheme": schemes(draw, days, employee_share=0.05) if draw.some(0.4) else "resident",
        "tags": tags,
        "certificates": certificate_list(draw, days, born, diseases),
    }
    if draw.some(0.1):
        person["catastrophic_cap"] = draw.pick(("304000.00", "2000", 0, None))
    request = {"case": "random", "pool": "changchun", "person": person, "parameters": parameters(draw, diseases)}
    if draw.some(0.4):
        request["opening"] = {str(year): opening(draw) for year in years}
    request["bills"] = [a_bill(draw, number, day, diseases) for number, day in enumerate(days)]
    return request


def parameters(draw: Draw, diseases) -> dict:
    given = {}
    for disease in diseases:
        if disease in CHRONIC and draw.some(0.8):
            given[f"chronic.limit.{disease}"] = draw.pick((2400, "1600.00", 7000))
    for level in LEVELS:
        for disease in ("CC-LS-05", "CC-SDP-03"):
            if draw.some(0.6):
                given[f"fixed_amount.{disease}.{level}"] = draw.pick((500, "999.99"))
        for mode in ("vaginal", "caesarean"):
            if level != "provincial" and draw.some(0.5):
                given[f"maternity.{level}.{mode}"] = draw.pick((2300, 2900))
    if draw.some(0.6):
        given["care.ratio.employee"] = draw.pick(("0.9", "0.85"))
    return given


def opening(draw: Draw) -> dict:
    names = {name: draw.near_cap(CAPS[name]) for name in draw.subset(CAPS, 0.3)}
    if "op_ded_paid" in names:
        names["op_level_max"] = draw.pick(("village", "community", "district"))
    return names


def a_bill(draw: Draw, number: int, day, diseases) -> dict:
    benefit = draw.benefit(BENEFITS) if draw.some(0.97) else draw.pick(NOT_HERE)
    bill = {"id": f"b{number}", "benefit": benefit, "date": day.isoformat(), "level": draw.pick(LEVELS)}
    if benefit == "programme":
        return programme(draw, bill)
    classes = [("B", False), ("item", False), ("high_value", True)]
    if benefit == "special_drug":
        classes = [("B", False), ("high_value", False)]
    elif benefit == "special":
        bill["disease"] = of_list(draw, diseases, SPECIAL)
    elif benefit == "chronic":
        bill["disease"] = of_list(draw, diseases, CHRONIC)
    elif benefit == "outpatient":
        bill["level"] = draw.pick((*LEVELS[:3], "village", "village", "district"))
    elif benefit == "care":
        bill |= {"disease": draw.pick(("severe", "moderate", "none", "none", "none")), "days": draw.upto(1, 40)}
        classes = []
    elif benefit == "maternity_medical":
        bill["maternity"] = an_event(draw, bill["level"])
    elif benefit == "two_diseases":
        bill["disease"] = "CC-CH-01"
    if benefit not in ("care", "outpatient", "chronic"):
        optional(draw, bill, "place", ("local", "in_province", "out_of_province"), 0.45)
        optional(draw, bill, "filing", ("none", "long_term", "temporary", "referred", "emergency"), 0.5)
        optional(draw, bill, "own_fault", (True, False), 0.25)
        optional(draw, bill, "direct", (True, False), 0.1)
    add_cost(draw, bill, classes, missing=0.05)
    return bill


def of_list(draw: Draw, held, listed) -> str:
    fitting = [disease for disease in held if disease in listed]
    if fitting and draw.some(0.9):
        return draw.pick(fitting)
    return draw.pick(sorted(listed)) if draw.some(0.8) else draw.pick(sorted(SPECIAL | CHRONIC))


def programme(draw: Draw, bill: dict) -> dict:
    bill["disease"] = draw.pick(PROGRAMMES)
    bill["benefit"] = "inpatient" if bill["disease"] == "CC-DH-01" else draw.pick(("inpatient", "special"))
    if bill["disease"] == "CC-SDP-26":
        bill["level"] = "district"
    add_cost(draw, bill, (("B", False), ("item", False)))
    return bill


def an_event(draw: Draw, level: str) -> dict:
    event = {"event": "birth", "mode": draw.pick(("vaginal", "caesarean", "caesarean"))}
    if level == "provincial":
        event["mode"] = draw.pick(("vaginal", "vaginal_episiotomy", "caesarean"))
        if event["mode"] == "caesarean":
            optional(draw, event, "caesarean_operation", (True, False), 0.6)
    return event
