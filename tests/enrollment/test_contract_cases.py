"""The contract's cases, entered as facts of the register and asked through the services."""
from contextlib import suppress
from datetime import date

import pytest

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import BenefitWindow, Person
from policy import coverage, pack_for
from policy.periods import ONE_DAY, add_months, first_of_month
from tests.enrollment.payments import LATE, clerk, insure, pay_months, pay_year, person_born
from tests.policy.conftest import cases, contains

pytestmark = pytest.mark.django_db

REGIONS = {"bazhong": "511902", "changchun": "220102", "national": "511902"}


def day(text):
    return date.fromisoformat(text) if text else None


def identified(case_list):
    return pytest.mark.parametrize("case", case_list, ids=lambda case: case["id"])


class Register:
    """A person's facts entered as a case tells them, by the officer of the case's city."""

    def __init__(self, case, born, sex="male"):
        self.asked, region = case["request"], REGIONS[case["request"]["pool"]]
        self.by = clerk(region[:4] + "00")
        self.act = {"by": self.by, "at": LATE}
        self.person = person_born(born, region=region, sex=sex, **self.act)

    def years(self, history):
        """Earlier years; a resident's premium, or an employee's months unless told more exactly by the switch."""
        for entry in history:
            if entry["scheme"] == "resident":
                paid_on = day(entry.get("paid_on")) or date(entry["year"] - 1, 12, 1)
                pay_year(self.person, entry["year"], paid_on, **self.act)
            elif entry["scheme"] == "employee" and not self.asked.get("switched_from"):
                pay_months(self.person, date(entry["year"], 1, 1), 12, paid_on=date(entry["year"], 1, 10), **self.act)

    def tags(self, tags, since):
        for tag in tags:
            enrollment.grant_identity(person_id=self.person.pk, category=tag, starts_on=since, **self.act)

    def came_from(self, before):
        """Employee months that end `gap_months` before a month; elsewhere if the same scheme is entered."""
        origin = self.asked["switched_from"]
        count = origin["years_insured"] * 12
        first = add_months(before, -origin["gap_months"] - count)
        if origin["scheme"] == self.asked["scheme"]:
            pay_months(
                self.person, first, count, paid_on=first.replace(day=10), source="transfer_in", area_code="510100",
                **self.act,
            )
        else:
            insure(self.person, "employee", first, ends_on=add_months(first, count), **self.act)
            pay_months(self.person, first, count, **self.act)

    def resident(self):
        asked, year = self.asked, self.asked["for_year"]
        self.years(asked.get("history", []))
        if asked.get("switched_from"):
            self.came_from(first_of_month(max(day(asked["paid_on"]), date(year, 1, 1))))
        end = max((row.ends_on for row in self.person.insurance_periods.all()), default=None)
        insure(self.person, "resident", end or max(self.person.birth_date, date(year, 1, 1)), **self.act)
        if asked["status"] not in ("ordinary", "newborn"):
            enrollment.exempt_from_waiting(
                person_id=self.person.pk, kind=asked["status"], basis="退役证", starts_on=day(asked["paid_on"]),
                **self.act,
            )
        for for_year, paid_on in ((year, asked["paid_on"]), (year + 1, asked.get("next_year_paid_on"))):
            if paid_on:
                pay_year(self.person, for_year, day(paid_on), **self.act)
        for _ in range(asked.get("repaired_months", 0)):
            self.repair(year, day(asked["paid_on"]))

    def repair(self, year, paid_on):
        """A month that shortens nothing is refused (BZ-AMB-16), and the case's answer stays the same."""
        with suppress(Refused):
            pay_year(self.person, year, paid_on, kind="repair", **self.act)

    def employee(self):
        """Months up to the arrears, then the arrears; or the first month; or months elsewhere and the first here."""
        asked, paid_on, owed = self.asked, day(self.asked["paid_on"]), self.asked["arrears_months"]
        until = first_of_month(paid_on) if paid_on else date(2025, 5, 1)
        started = add_months(until, -owed - 12) if owed else until
        insure(self.person, "employee", started, **self.act)
        if asked["switched_from"]:
            self.came_from(until)
        if owed:
            pay_months(self.person, started, 12, **self.act)
        if owed and paid_on:
            pay_months(self.person, add_months(until, -owed), owed, paid_on=paid_on, kind="arrears", **self.act)
        if paid_on:
            pay_months(self.person, until, 1, paid_on=paid_on, **self.act)
            pay_months(self.person, add_months(until, 1), 8, **self.act)
        return None if paid_on else until - ONE_DAY


class TestCoverage:
    @identified(cases("coverage"))
    def test_is_what_the_case_expects(self, case):
        register = Register(case, date.fromisoformat(case["request"]["birth_date"]))
        asked, expected = case["request"], case["expect"]
        on = getattr(register, asked["scheme"])() if asked["scheme"] == "employee" else register.resident()

        facts = enrollment.facts_of(register.person, asked["scheme"], asked["for_year"], on=on)
        assert contains(coverage(facts), expected)
        self.check_window(register.person, asked, expected, on)

    def check_window(self, person, asked, expected, on):
        """The stored window, and the answer on the days about its ends."""
        if on:
            assert enrollment.coverage_on(person, on).covered == expected["entitled"]
            return
        rows = BenefitWindow.objects.filter(person=person, voided=False, scheme=asked["scheme"])
        if asked["scheme"] == "resident":
            rows = rows.filter(for_year=asked["for_year"])
        row = rows.order_by("-decides_from").first()
        if not expected.get("starts_on"):
            assert not row.entitled
            return
        start = day(expected["starts_on"])
        assert (row.entitled, row.starts_on) == (True, start)
        assert row.wait_months == expected.get("wait_months", row.wait_months)
        assert "ends_on" not in expected or row.last_day == day(expected["ends_on"])
        assert enrollment.coverage_on(person, start).covered
        if expected.get("wait_months"):
            before = enrollment.coverage_on(person, start - ONE_DAY)
            assert (before.covered, str(start) in before.reason) == (False, True)


class TestTheLimitOfCriticalIllnessInsurance:
    @identified(cases("catastrophic_cap"))
    def test_is_what_the_case_expects(self, case):
        asked, year = case["request"], case["request"]["year"]
        register = Register(case, date(1980, 6, 1))
        register.years([*asked["history"], {"year": year, "scheme": "resident"}])
        insure(register.person, "resident", date(year, 1, 1), **register.act)
        register.tags(asked["tags"], date(year, 1, 1))
        for entry in asked["history"]:
            enrollment.record_zero_claim(
                person_id=register.person.pk, year=entry["year"], zero_claim=entry["zero_claim"], **register.act,
            )

        person = Person.objects.get(pk=register.person.pk)
        found = enrollment.catastrophic_cap(person, year)
        assert all(found[key] == value for key, value in case["expect"].items())
        days = [row.starts_on for row in person.benefit_windows.filter(voided=False, entitled=True, for_year=year)]
        told = enrollment.policy_person(person, days).get("catastrophic_cap")
        assert told == (None if case["expect"]["cap"] == "300000.00" or not days else case["expect"]["cap"])


class TestThePremium:
    @identified(cases("premium"))
    def test_is_what_the_case_expects(self, case):
        asked, expected = case["request"], case["expect"]
        register = Register(case, date(1980, 6, 1))
        register.tags(asked["tags"], date(asked["year"], 1, 1))
        ask = {"pack": pack_for(asked["pool"]), "parameters": asked.get("parameters")}
        if "error" in expected:
            with pytest.raises(Refused) as refusal:
                enrollment.premium_of(register.person, asked["year"], **ask)
            assert refusal.value.code == expected["error"]["code"].upper()
            assert "premium.personal" in refusal.value.message or "premium." in refusal.value.message
            return
        assert contains(enrollment.premium_of(register.person, asked["year"], **ask), expected)


class TestRetirement:
    @identified(cases("retirement"))
    def test_is_what_the_case_expects(self, case):
        asked = case["request"]
        register = Register(case, date(1965, 6, 1), asked["sex"])
        local, province, total = (asked[f"{name}_years"] * 12 for name in ("local", "province", "total"))
        places = [("511902", local), ("510100", province - local), ("500103", total - max(province, local))]
        month = date(1984, 1, 1)
        for place, count in places:
            if count > 0:
                source = "employer_roster" if place == "511902" else "transfer_in"
                pay_months(register.person, month, count, paid_on=month.replace(day=10), source=source, area_code=place,
                           **register.act)
                month = add_months(month, count)

        found = enrollment.retirement_entitlement(register.person, asked["year"])
        assert (found["years"].total, found["years"].local) == (asked["total_years"], asked["local_years"])
        assert contains(found, case["expect"])
