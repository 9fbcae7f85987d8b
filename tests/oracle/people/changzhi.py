"""Person-years of Changzhi."""
from tests.oracle.changzhi import CLASS_1, CLASS_2, CLASS_3, TWO_DISEASES
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
    80, 100, 400, 500, 1000, 1500, 520, 571.43, 666.67, 500.01, 371.43, 685.71, 742.86, 3092, 5000, 7731, 10_000,
    15_460, 50_000, 60_000, 40_000, 82_453, 100_500, 117_666.67, 128_772.73, 94_117.65, 533_333.33, 480_000, 914.29,
)
LEVELS = ("fee1", "fee2", "fee3")
PLACES = ("local", "county", "city", "province", "out_of_province")
FAVOURED = (
    "CZ-01", "CZ-03", "CZ-15", "CZ-16", "CZ-16a", "CZ-18", "CZ-39a", "CZ-47", "CZ-46", "CZ-2D-HYP", "CZ-2D-DM1",
    "CZ-2D-DM2",
)
IDS = sorted(CLASS_1) + sorted(CLASS_2) + sorted(CLASS_3)
CAPS = {
    "employee.basic_paid": 80_000, "resident.basic_paid": 70_000, "large_paid": 500_000, "op_paid": 300,
    "op_ded_paid": 80, "two_paid[CZ-2D-HYP]": 260, "two_paid[CZ-2D-DM1]": 480, "two_paid[CZ-2D-DM2]": 360,
    "selfpay": 50_000, "cat_paid": 400_000, "relief_base": 3092, "relief_inp_paid": 40_000, "tilt_base": 15_460,
    "tilt_paid": 30_000,
}
BENEFITS = (
    ["inpatient"] * 10 + ["special"] * 4 + ["chronic"] * 6 + ["outpatient"] * 3 + ["two_diseases"] * 3
    + ["special_drug", "maternity_medical"]
)
NOT_HERE = ("rescue", "day_surgery", "single_line_drug", "accident", "care")


def person_year(source) -> dict:
    draw = Draw(source, FIGURES)
    years = draw.pick(((2024,), (2024,), (2024, 2025), (2024,), (2023, 2024)))
    days = bill_days(draw, years, draw.count())
    born = birthday(draw, days)
    diseases = draw.subset(FAVOURED, 0.35) + [draw.pick(IDS) for _ in range(draw.upto(0, 1))]
    person = {
        "birth_date": born.isoformat(),
        "scheme": schemes(draw, days, employee_share=0.3),
        "tags": tag_list(draw, days, born, (), ("retired", "student")),
        "certificates": certificate_list(draw, days, born, diseases),
    }
    for entry in person["certificates"]:
        if entry["disease"] in CLASS_3 and draw.some(0.4):  # class III is closed since 2021-04-01
            entry["from"] = draw.pick(("2021-03-31", "2021-04-01", "2022-05-01"))
            entry["to"] = None
    if draw.some(0.1):
        person["catastrophic_cap"] = draw.pick(("20000.00", 0, 500_000, None))
    request = {"case": "random", "pool": "changzhi", "person": person}
    if draw.some(0.8):
        request["parameters"] = parameters(draw)
    if draw.some(0.4):
        request["opening"] = {str(year): opening(draw, year) for year in years}
    request["bills"] = [a_bill(draw, number, day, diseases) for number, day in enumerate(days)]
    return request


def parameters(draw: Draw) -> dict:
    given = {}
    for level in LEVELS:
        for place in ("county", "city", "province", "out_of_province"):
            if (level, place) != ("fee1", "county") and draw.some(0.8):
                key = f"employee.{level}.{place}"
                given[f"inpatient.deductible.{key}"] = draw.pick((900, "700.00", 400))
                given[f"inpatient.ratio.{key}"] = draw.pick(("0.8", "0.85", "0.70"))
    if draw.some(0.8):
        given["large_amount.ratio"] = draw.pick(("0.9", "0.85", "1"))
    return given


def opening(draw: Draw, year: int) -> dict:
    names = {name: draw.near_cap(CAPS[name]) for name in draw.subset(CAPS, 0.35)}
    for scheme in ("employee", "resident"):
        if draw.some(0.2):
            names[f"{scheme}.c2_month_paid[CZ-15,{year}-{draw.upto(1, 12):02d}]"] = draw.near_cap(400)
    return names


def a_bill(draw: Draw, number: int, day, diseases) -> dict:
    benefit = draw.benefit(BENEFITS) if draw.some(0.97) else draw.pick(NOT_HERE)
    bill = {"id": f"b{number}", "benefit": benefit, "date": day.isoformat()}
    classes = [("B", True), ("item", True), ("high_value", True)]
    if benefit in ("inpatient", "outpatient"):
        bill["level"] = draw.pick(LEVELS)
    listed = {"special": CLASS_1, "chronic": CLASS_2.keys() | CLASS_3.keys(), "two_diseases": TWO_DISEASES.keys()}
    if benefit in listed:
        fitting = [disease for disease in diseases if disease in listed[benefit]]
        others = sorted(listed[benefit]) if draw.some(0.8) else IDS
        bill["disease"] = draw.pick(fitting if fitting and draw.some(0.92) else others)
    if benefit == "outpatient":
        classes = [("B", False), ("item", True)]
    elif benefit == "two_diseases":
        classes = [("B", False)]
    elif benefit == "maternity_medical":
        bill["maternity"] = {"event": "birth", "mode": draw.pick(("vaginal", "caesarean"))}
    elif benefit == "care":
        bill["days"] = 10
    optional(draw, bill, "place", PLACES, 0.6)
    optional(draw, bill, "filing", ("none", "long_term", "temporary", "referred", "emergency"), 0.4)
    optional(draw, bill, "referred", (True, False), 0.3)
    add_cost(draw, bill, classes, missing=0.03)
    return bill
