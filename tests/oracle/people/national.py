"""Person-years under the national principles."""
from tests.oracle.generate import Draw, add_cost, bill_days, birthday, optional, schemes, tag_list
from tests.oracle.national import POOR

FIGURES = (200, 1300, 500, 7500, 15_000, 30_000, 18_875, 40_000, 80_000, 300_000, 240_000, 2000)
CAPS = {"ded_paid": 1300, "basic_paid": 240_000, "selfpay_policy": 15_000, "cat_paid": 20_000, "relief_paid": 30_000}
OPTIONAL = {
    "deductible": (0, 500, 1300, "200.00"), "ratio": ("0.5", "0.7", "0.85"), "income": (30_000, 28_000),
    "cap": (240_000, 100_000), "relief.ratio": ("0.7", "0.75"), "relief.limit": (30_000, 20_000),
}


def person_year(source) -> dict:
    draw = Draw(source, FIGURES)
    years = draw.pick(((2019,), (2019, 2020)))
    days = bill_days(draw, years, draw.count())
    born = birthday(draw, days)
    person = {
        "birth_date": born.isoformat(),
        "scheme": schemes(draw, days, employee_share=0.3),
        "tags": tag_list(draw, days, born, sorted(POOR)[:2], ("retired", *sorted(POOR))),
    }
    if draw.some(0.2):
        person["catastrophic_cap"] = draw.pick(("20000.00", 0, 500_000, None))
    parameters = {name: draw.pick(OPTIONAL[name]) for name in draw.subset(OPTIONAL, 0.85)}
    if draw.some(0.6):
        parameters["first_self_pay.B"] = draw.pick(("0.05", "0.1", "0.2"))
    request = {"case": "random", "pool": "national", "person": person, "parameters": parameters}
    if draw.some(0.4):
        request["opening"] = {str(year): {name: draw.near_cap(CAPS[name]) for name in draw.subset(CAPS, 0.4)}
                              for year in years}
    request["bills"] = [a_bill(draw, number, day, person, parameters) for number, day in enumerate(days)]
    return request


def a_bill(draw: Draw, number: int, day, person, parameters) -> dict:
    benefit = draw.benefit(["inpatient"] * 20 + ["outpatient"] * 16 + ["rescue"])
    bill = {"id": f"b{number}", "benefit": benefit, "date": day.isoformat(), "level": draw.pick(("level1", "level2"))}
    classes = [("item", True), ("high_value", True)]
    if person["scheme"] == "employee" or "first_self_pay.B" in parameters:
        classes.append(("B", False))
    optional(draw, bill, "place", ("local", "in_province", "out_of_province"), 0.4)
    optional(draw, bill, "filing", ("none", "long_term", "emergency"), 0.2)
    add_cost(draw, bill, classes, missing=0.03)
    return bill
