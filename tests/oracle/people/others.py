"""Random requests of the calculators beside `settle`."""
from datetime import date, timedelta

from tests.oracle.generate import RELIEF, Draw

POOLS = ("bazhong", "bazhong", "bazhong", "changchun", "changchun", "national", "changzhi", "chongqing")


def edge(draw: Draw, year: int) -> date:
    """A day near which the rules turn: the year's ends, 1 March, 1 October, the last days of months."""
    anchors = [date(year, 1, 1), date(year, 3, 1), date(year, 10, 1), date(year - 1, 10, 1), date(year, 8, 31),
               date(year, 11, 30), date(year - 1, 11, 10)]
    if draw.some(0.4):
        return draw.pick(anchors) + timedelta(days=draw.pick((-1, 0, 0, 1)))
    return date(year, 1, 1) + timedelta(days=draw.upto(-100, 364))


def coverage(source) -> dict:
    draw = Draw(source, (100,))
    pool = draw.pick(POOLS)
    year = draw.upto(2025, 2034) if pool == "bazhong" else 2021
    born = date(draw.upto(1950, year - 1), draw.upto(1, 12), draw.upto(1, 28))
    paid, following = edge(draw, year), edge(draw, year + 1)
    status = draw.pick(("ordinary",) * 6 + ("newborn", "newborn", "ex_soldier", "released", "exempt"))
    if status == "newborn" and draw.some(0.8):
        born = date(year, 1, 1) + timedelta(days=draw.upto(0, 364))
        paid = born + timedelta(days=draw.pick((0, 89, 90, 91, draw.upto(0, 200))))
        following = born + timedelta(days=draw.pick((89, 90, 91, draw.upto(0, 120))))
    elif draw.some(0.3):
        born = date(draw.upto(2022, year - 1) if year > 2023 else 2019, draw.upto(1, 12), draw.upto(1, 28))
    asked = {
        "case": "random", "pool": pool, "scheme": "resident" if draw.some(0.65) else "employee",
        "birth_date": born.isoformat(), "for_year": year, "status": status,
        "history": [{"year": one, "scheme": draw.pick(("resident", "resident", "employee", "none"))}
                    for one in range(2023, year) if draw.some(draw.pick((0.2, 0.8)))],
        "paid_on": None if draw.some(0.1) else max(born, paid).isoformat(),
        "next_year_paid_on": None if draw.some(0.4) else max(born, following).isoformat(),
        "repaired_months": draw.pick((0, 0, 0, 1, 2, 5)), "arrears_months": draw.pick((0, 0, 0, 1, 3, 4, 6, 7, 12, 13)),
        "first_time": draw.some(0.25),
    }
    if draw.some(0.3):
        asked["switched_from"] = {"scheme": draw.pick(("employee", "resident")), "years_insured": draw.upto(0, 3),
                                  "gap_months": draw.pick((0, 3, 4, 7))}
    return asked


def catastrophic_cap(source) -> dict:
    draw = Draw(source, (100,))
    year, steady = draw.upto(2025, 2050), draw.pick((0.5, 0.9, 0.98))
    history = []
    for one in range(2022, year):
        if draw.some(0.97):
            scheme = "resident" if draw.some(steady) else draw.pick(("employee", "none"))
            history.append({"year": one, "scheme": scheme, "zero_claim": draw.some(0.5)})
    return {"case": "random", "pool": draw.pick(("bazhong",) * 9 + POOLS[3:]), "year": year, "history": history,
            "tags": draw.subset(RELIEF, 0.1)}


def premium(source) -> dict:
    draw = Draw(source, (100,))
    pool = draw.pick(POOLS)
    years = {"bazhong": (2024, 2025, 2026, 2027), "changchun": (2020, 2021, 2021, 2022)}
    asked = {"case": "random", "pool": pool, "year": draw.pick(years.get(pool, (2016, 2017, 2018, 2019, 2020))),
             "category": draw.pick(("adult", "minor", "student", "newborn")), "tags": draw.subset(RELIEF, 0.2)}
    names = {"changchun": "premium.student", "national": "premium.subsidy"}
    if pool in names and draw.some(0.6):
        asked["parameters"] = {names[pool]: draw.pick((150, "240.50", "250", 0, 900))}
    return asked


def retirement(source) -> dict:
    draw = Draw(source, (100,))
    return {"case": "random", "pool": draw.pick(("bazhong",) * 9 + POOLS[3:]), "sex": draw.pick(("male", "female")),
            "year": draw.pick((2024, 2025, 2025, 2026, 2034, 2035, 2036)), "total_years": draw.upto(0, 40),
            "local_years": draw.upto(0, 20), "province_years": draw.upto(0, 25)}


MODES = {"changchun": ("vaginal", "vaginal_episiotomy", "caesarean"), "changzhi": ("vaginal", "caesarean")}


def maternity(source) -> dict:
    draw = Draw(source, (200, 500, 1000, 1500, 1800, 2000, 2700, 3500, 5500, 6300))
    pool = draw.pick(POOLS)
    asked = {
        "case": "random", "pool": pool, "scheme": draw.pick(("employee", "resident")),
        "event": draw.pick(("birth", "birth", "termination")), "babies": draw.pick((1, 1, 1, 2, 3)),
        "mode": draw.pick(MODES.get(pool, ("vaginal", "difficult", "caesarean"))),
        "weeks": draw.pick((0, 15, 16, 24, 27, 28, 40)), "live_baby": draw.some(0.2),
        "caesarean_operation": draw.some(0.3), "eligible_cost": draw.money(),
        "worker": draw.pick(("employer", "flexible", "unemployed", "treasury", "spouse")),
        "monthly_base": draw.money(3000, 5000, 7777),
        "event_date": draw.pick(("2025-01-01", "2025-12-31", "2026-01-01")),
        "insured_months": draw.pick((0, 5, 6, 11, 12, 30)), "medical_months": draw.pick((5, 11, 12, 40)),
        "leave_days": draw.pick((None, None, 0, 42, 98, 158)),
        "resident_paid": {"medical": draw.money(), "antenatal": draw.money()},
    }
    if pool == "changchun":
        asked["level"] = draw.pick(("provincial", "provincial", "municipal", "district", "community"))
    if draw.some(0.5):
        asked["insured_months_now"] = draw.pick((11, 12, 13, None))
    if draw.some(0.3):
        asked["maternity_active"] = draw.some(0.5)
    return asked
