"""The seven examples of waiting periods that the handbook prints (ch. 3 Q3, Q7, Q10), as payment histories.

Each history is entered line by line as the tax bureau reports it; what the person's page then shows is the printed
date. BZ-GOLD-09 to BZ-GOLD-15.
"""
from datetime import date

import pytest

from enrollment import services as enrollment
from enrollment.models import BenefitWindow
from policy.periods import ONE_DAY
from tests.enrollment.payments import LATE, clerk, insure, pay_year, person_born

pytestmark = pytest.mark.django_db

ADULT, BORN_2025, BORN_2026 = date(1980, 6, 1), date(2025, 5, 1), date(2026, 3, 10)
UNTIL_2026, UNTIL_2027, UNTIL_2030 = date(2026, 12, 31), date(2027, 12, 31), date(2030, 12, 31)

EXAMPLES = [
    # example, born, premiums {year: paid on}, repaired months, the year, benefits from, until
    ("例一：上年已参保，年前缴费", ADULT, {2025: "2024-12-10", 2026: "2025-12-15"}, 0, 2026, "2026-01-01", UNTIL_2026),
    ("例一：上年已参保，二月缴费", ADULT, {2025: "2024-12-10", 2026: "2026-02-10"}, 0, 2026, "2026-02-10", UNTIL_2026),
    ("例一：上年已参保，三月缴费", ADULT, {2025: "2024-12-10", 2026: "2026-03-01"}, 0, 2026, "2026-06-01", UNTIL_2026),
    ("例二：断保一年，年前缴费", ADULT, {2026: "2025-12-20"}, 0, 2026, "2026-04-01", UNTIL_2026),
    ("例二：断保一年，二月缴费", ADULT, {2026: "2026-02-28"}, 0, 2026, "2026-05-28", UNTIL_2026),
    ("例三：十二月缴费并缴次年", ADULT, {2026: "2026-12-01", 2027: "2026-12-20"}, 0, 2026, "2027-03-01", UNTIL_2027),
    ("例三：十二月缴费未缴次年", ADULT, {2026: "2026-12-01"}, 0, 2026, None, None),
    ("例四：断保一年，一月二日缴费", ADULT, {2026: "2026-01-02"}, 0, 2026, "2026-04-02", UNTIL_2026),
    ("例五：断保两年", ADULT, {2027: "2026-12-10"}, 0, 2027, "2027-05-01", UNTIL_2027),
    ("例五：断保两年，修复一个月", ADULT, {2027: "2026-12-10"}, 1, 2027, "2027-04-01", UNTIL_2027),
    ("例六：断保五年", ADULT, {2030: "2029-12-10"}, 0, 2030, "2030-08-01", UNTIL_2030),
    ("例六：断保五年，修复一个月", ADULT, {2030: "2029-12-10"}, 1, 2030, "2030-07-01", UNTIL_2030),
    ("例七：新生儿出生后缴费", BORN_2026, {2026: "2026-03-15"}, 0, 2026, "2026-03-10", UNTIL_2026),
    ("例七：出生两年后首次参保", BORN_2025, {2027: "2027-05-01"}, 0, 2027, "2027-09-01", UNTIL_2027),
    ("例七：两年后参保，修复一个月", BORN_2025, {2027: "2027-05-01"}, 1, 2027, "2027-08-01", UNTIL_2027),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_a_printed_example_shows_its_printed_date(example):
    _, born, premiums, repaired, year, starts_on, last_day = example
    act = {"by": clerk("511900"), "at": LATE}
    person = person_born(born, **act)
    insure(person, "resident", max(born, date(min(premiums), 1, 1)), **act)

    for for_year, paid_on in premiums.items():
        pay_year(person, for_year, date.fromisoformat(paid_on), **act)
    for _ in range(repaired):
        pay_year(person, year, date.fromisoformat(premiums[year]), kind="repair", **act)

    shown = BenefitWindow.objects.get(person=person, voided=False, for_year=year)
    assert (shown.entitled, shown.starts_on if starts_on else None) == (
        starts_on is not None, date.fromisoformat(starts_on) if starts_on else None,
    )
    if starts_on:
        first = date.fromisoformat(starts_on)
        assert shown.last_day == last_day
        assert enrollment.coverage_on(person, first).covered
        assert enrollment.coverage_on(person, first - ONE_DAY).covered == (first == date(2026, 1, 1))
    else:
        assert "未缴纳次年保费" in enrollment.coverage_on(person, date(2026, 12, 31)).reason
