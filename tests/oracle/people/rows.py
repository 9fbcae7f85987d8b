"""One request for each row of a pool's tables: every disease, every level with every place and filing, both schemes."""
from itertools import product

from tests.oracle import bazhong, changchun, changzhi, chongqing

SCHEMES = ("employee", "resident")
PLACES = ("local", "in_province", "out_of_province")
FILINGS = ("none", "long_term", "temporary", "referred", "emergency")
BEYOND_EVERY_LIMIT = 900_000


def rows(pool: str):
    yield from {"bazhong": of_bazhong, "chongqing": of_chongqing, "changchun": of_changchun,
                "changzhi": of_changzhi}.get(pool, lambda: ())()


def request(pool: str, scheme: str, bill: dict, tags=(), parameters=None, **person) -> dict:
    disease = bill.get("disease")
    person = {
        "birth_date": "1970-03-15",
        "scheme": scheme,
        "tags": [{"tag": tag, "from": "2019-01-01", "to": None} for tag in tags],
        "certificates": [{"disease": disease, "from": "2019-01-01", "to": None}] if disease else [],
    } | person
    bill = {"id": "b1", "total": BEYOND_EVERY_LIMIT} | bill
    return {"case": "row", "pool": pool, "person": person, "parameters": parameters or {}, "bills": [bill]}


def of_bazhong():
    diseases = {"chronic": bazhong.CHRONIC, "special": bazhong.SPECIAL, "two_diseases": bazhong.TWO_DISEASES}
    tags = ("large_amount", "civil_servant")
    for scheme, (benefit, codes) in product(SCHEMES, diseases.items()):
        for disease in sorted(codes):
            bill = {"benefit": benefit, "date": "2025-03-10", "disease": disease}
            yield request("bazhong", scheme, bill, tags)
    for scheme, disease in product(SCHEMES, sorted(bazhong.CHRONIC) + sorted(bazhong.SPECIAL)):
        bill = {"benefit": "inpatient", "date": "2025-03-10", "level": "level3", "disease": disease, "total": 9000}
        yield request("bazhong", scheme, bill, tags, certificates=[])
    for scheme, level, place, filing, benefit in product(
        SCHEMES, bazhong.STAY, PLACES, FILINGS, ("inpatient", "rescue", "day_surgery")
    ):
        bill = {"benefit": benefit, "date": "2025-03-10", "level": level, "place": place, "filing": filing}
        yield request("bazhong", scheme, bill | {"total": 60_000}, ("minimum_allowance",))


def of_chongqing():
    parameters = {"large_amount.ratio.inpatient": "0.9"}
    for level in chongqing.LEVELS:
        parameters |= {
            f"inpatient.deductible.employee.{level}": 440, f"inpatient.deductible.resident.{level}": 300,
            f"inpatient.ratio.employee.{level}": "0.87", f"inpatient.ratio.resident.tier1.{level}": "0.6",
            f"inpatient.ratio.resident.tier2.{level}": "0.65",
        }
    diseases = sorted(chongqing.CLASS_1) + sorted(chongqing.CLASS_2)
    kinds = (("tier1",), ("tier2", "student"), ("tier2", "child"), ("individual_tier1", "tier1"))
    for scheme, disease, tags, benefit in product(SCHEMES, diseases, kinds, ("special", "inpatient")):
        if "individual_tier1" in tags and benefit == "inpatient":
            continue  # whether a certificate that this person may not hold counts is not written
        bill = {"benefit": benefit, "date": "2025-07-10", "level": "level2", "disease": disease}
        choices = [{"disease": disease, "mode": "single_disease", "year": 2025}]
        given = choices if disease in chongqing.SINGLE_COST_LIMITS else []
        yield request("chongqing", scheme, bill, tags, parameters, choices=given)


def of_changchun():
    for scheme, disease in product(SCHEMES, sorted(changchun.SPECIAL | changchun.CHRONIC)):
        bill = {"benefit": "special", "date": "2021-03-03", "level": "municipal", "disease": disease}
        chronic = bill | {"benefit": "chronic"}
        yield request("changchun", scheme, bill)
        yield request("changchun", scheme, bill, ("student",))
        yield request("changchun", scheme, bill, ("minor",))
        yield request("changchun", scheme, chronic)
        if disease in changchun.CHRONIC:
            yield request("changchun", scheme, chronic, parameters={f"chronic.limit.{disease}": 2400})
    programmes = [f"CC-LS-{n:02d}" for n in range(1, 30)] + [f"CC-SDP-{n:02d}" for n in range(1, 31)]
    for scheme, disease, benefit in product(SCHEMES, programmes, ("inpatient", "special")):
        bill = {"benefit": benefit, "date": "2021-03-03", "level": "district", "disease": disease}
        yield request("changchun", scheme, bill, certificates=[])
    for level, place, filing, fault, tags, benefit in product(
        changchun.RATIO, PLACES, FILINGS, (True, False), ((), ("student",)),
        ("inpatient", "day_surgery", "special_drug"),
    ):
        bill = {"benefit": benefit, "date": "2021-03-03", "level": level, "place": place, "filing": filing}
        yield request("changchun", "resident", bill | {"own_fault": fault, "total": 100_000}, tags)


def of_changzhi():
    diseases = {
        "special": changzhi.CLASS_1, "chronic": changzhi.CLASS_2.keys() | changzhi.CLASS_3.keys(),
        "two_diseases": changzhi.TWO_DISEASES.keys(),
    }
    for scheme, (benefit, codes) in product(SCHEMES, diseases.items()):
        for disease in sorted(codes):
            bill = {"benefit": benefit, "date": "2024-03-05", "disease": disease}
            yield request("changzhi", scheme, bill, parameters={"large_amount.ratio": "0.9"})
    identities = ((), ("extremely_poor",), ("orphan",), ("returned_to_poverty",), ("minimum_allowance",),
                  ("risk_of_return",), ("sudden_hardship",), ("monitored",), ("monitored_risk_open",), ("margin",),
                  ("impoverished_by_illness",))
    places = ("local", "county", "city", "province", "out_of_province")
    for level, place, filing, tags in product(changzhi.CONTROL, places, FILINGS, identities):
        bill = {"benefit": "inpatient", "date": "2024-03-15", "level": level, "place": place, "filing": filing}
        yield request("changzhi", "resident", bill | {"total": 90_000, "own_expense": 30_000}, tags)
        yield request("changzhi", "resident", bill | {"benefit": "outpatient", "total": 500}, tags)
