"""From when benefits may be drawn: the contract's cases, and each boundary from both sides."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.coverage import coverage

from .conftest import cases, contains


def resident(paid_on, *, for_year=2026, insured=(2025,), **more):
    history = [{"year": year, "scheme": "resident"} for year in insured]
    base = {"pool": "bazhong", "scheme": "resident", "birth_date": "1980-06-01", "for_year": for_year}
    return coverage(base | {"history": history, "paid_on": paid_on} | more)


def employee(paid_on, **more):
    base = {"pool": "bazhong", "scheme": "employee", "birth_date": "1980-06-01", "for_year": 2025}
    return coverage(base | {"paid_on": paid_on} | more)


def in_changchun(**request):
    base = {"pool": "changchun", "scheme": "resident", "birth_date": "1970-03-15", "for_year": 2021}
    return coverage(base | request)


@pytest.mark.parametrize("case", cases("coverage"), ids=lambda case: case["id"])
def test_the_contracts_cases(case):
    assert contains(coverage(case["request"]), case["expect"])


class TestAContinuousResident:
    """BZ-RES-3.1, BZ-RES-3.2, BZ-RES-10.2; not paid at all: BZ-GEN-14.1."""

    @pytest.mark.parametrize(
        ("paid_on", "starts_on", "wait"),
        [
            ("2025-12-31", "2026-01-01", 0),
            ("2026-01-01", "2026-01-01", 0),
            ("2026-02-28", "2026-02-28", 0),
            ("2026-03-01", "2026-06-01", 3),
        ],
    )
    def test_waits_only_when_paying_after_february(self, paid_on, starts_on, wait):
        result = resident(paid_on)
        assert (result["starts_on"], result["wait_months"], result["ends_on"]) == (starts_on, wait, "2026-12-31")

    def test_a_leap_day_is_still_february(self):
        assert resident("2028-02-29", for_year=2028, insured=(2025, 2026, 2027))["starts_on"] == "2028-02-29"

    def test_a_year_in_the_employee_scheme_counts(self):
        result = resident("2026-01-15", insured=(), history=[{"year": 2025, "scheme": "employee"}])
        assert result["starts_on"] == "2026-01-15"

    def test_the_first_rule_year_has_no_missed_year_before_it(self):
        assert resident("2025-01-15", for_year=2025, insured=())["wait_months"] == 0

    def test_not_paid_is_not_entitled(self):
        result = resident(None)
        assert (result["entitled"], result["starts_on"], result["ends_on"]) == (False, None, None)

    def test_a_year_before_the_rules_is_refused_by_the_figures_name(self, refusal):
        assert refusal(resident, "2024-01-15", for_year=2024, insured=()) == "parameter_missing"


class TestAResidentWithAGap:
    """BZ-RES-3.3, BZ-RES-10.3 to BZ-RES-10.5, and BZ-RES-10.6: nothing before the first day."""

    @pytest.mark.parametrize(
        ("missed", "wait", "variable", "repairable"),
        [(1, 3, 0, 0), (2, 4, 1, 1), (3, 5, 2, 2), (4, 6, 3, 0), (5, 7, 4, 1), (6, 8, 5, 2), (7, 9, 6, 3)],
    )
    def test_waits_a_month_longer_for_each_further_year(self, missed, wait, variable, repairable):
        result = resident(f"{2024 + missed}-12-10", for_year=2025 + missed, insured=())
        assert result["wait_months"] == wait
        assert (result["fixed_months"], result["variable_months"]) == (3, variable)
        assert result["repairable_months"] == repairable

    @pytest.mark.parametrize(("missed", "repaired", "wait"), [(3, 1, 4), (3, 2, 3), (3, 9, 3), (4, 1, 6), (6, 2, 6)])
    def test_repair_shortens_it_down_to_the_least(self, missed, repaired, wait):
        result = resident(f"{2024 + missed}-12-10", for_year=2025 + missed, insured=(), repaired_months=repaired)
        assert result["wait_months"] == wait

    def test_only_the_years_directly_before_count(self):
        assert resident("2028-12-10", for_year=2029, insured=(2025, 2028))["wait_months"] == 0
        assert resident("2028-12-10", for_year=2029, insured=(2025, 2027))["wait_months"] == 3

    def test_years_before_the_birth_are_not_missed(self):
        assert resident("2028-12-10", for_year=2029, insured=(), birth_date="2028-05-05")["wait_months"] == 3

    def test_a_wait_that_ends_on_the_last_day_still_counts(self):
        result = resident("2026-09-30", insured=())
        assert (result["starts_on"], result["ends_on"]) == ("2026-12-30", "2026-12-31")

    @pytest.mark.parametrize(
        ("next_paid", "starts_on"),
        [("2026-12-20", "2027-03-01"), ("2027-02-20", "2027-03-01"), ("2027-03-10", "2027-06-10"), (None, None)],
    )
    def test_a_wait_over_new_year_needs_the_next_premium(self, next_paid, starts_on):
        result = resident("2026-12-01", insured=(), next_year_paid_on=next_paid)
        assert (result["starts_on"], result["entitled"]) == (starts_on, starts_on is not None)


class TestANewborn:
    """BZ-RES-7.1, BZ-RES-7.2."""

    @pytest.mark.parametrize(("paid_on", "starts_on"), [("2026-06-08", "2026-03-10"), ("2026-06-09", "2026-06-09")])
    def test_is_covered_from_birth_when_paid_within_90_days(self, paid_on, starts_on):
        result = resident(paid_on, insured=(), status="newborn", birth_date="2026-03-10")
        assert (result["starts_on"], result["ends_on"], result["wait_months"]) == (starts_on, "2026-12-31", 0)

    def test_born_late_in_the_year_may_pay_in_the_next(self):
        result = resident("2027-01-20", insured=(), status="newborn", birth_date="2026-12-10")
        assert (result["starts_on"], result["ends_on"]) == ("2026-12-10", "2026-12-31")

    def test_the_status_matters_only_in_the_birth_year(self):
        result = resident("2027-05-01", for_year=2027, insured=(), status="newborn", birth_date="2026-03-10")
        assert result["wait_months"] == 3


class TestTheExempt:
    """BZ-GEN-19.2; at work: BZ-GEN-19.1."""

    @pytest.mark.parametrize("status", ["ex_soldier", "released", "exempt"])
    def test_do_not_wait(self, status):
        assert resident("2026-07-15", insured=(), status=status)["starts_on"] == "2026-07-15"

    def test_do_not_start_before_the_year_they_pay_for(self):
        assert resident("2025-12-15", insured=(), status="ex_soldier")["starts_on"] == "2026-01-01"

    def test_an_ex_soldier_at_work_is_an_employee(self):
        assert employee("2025-03-10", status="ex_soldier", first_time=True)["wait_months"] == 6


class TestASwitch:
    """BZ-GEN-26.1, BZ-GEN-26.2; between areas BZ-EMP-21.2, BZ-EMP-21.3."""

    def switched(self, years, gap):
        origin = {"scheme": "employee", "years_insured": years, "gap_months": gap}
        return resident("2026-05-10", insured=(), switched_from=origin)

    def test_with_two_years_and_a_short_gap_starts_at_payment(self):
        assert self.switched(2, 3)["starts_on"] == "2026-05-10"

    def test_with_a_longer_gap_waits_six_months(self):
        result = self.switched(2, 4)
        assert (result["starts_on"], result["wait_months"], result["rule"]) == ("2026-11-10", 6, "BZ-GEN-26.2")

    def test_with_less_than_two_years_is_an_ordinary_enrolment(self):
        assert self.switched(1, 3)["wait_months"] == 3

    def test_into_the_employee_scheme_starts_at_payment(self):
        origin = {"scheme": "resident", "years_insured": 2, "gap_months": 0}
        assert employee("2025-05-10", switched_from=origin, first_time=True)["starts_on"] == "2025-05-10"

    def test_a_transfer_between_areas_needs_the_gap_only(self):
        origin = {"scheme": "employee", "years_insured": 0, "gap_months": 3}
        assert employee("2025-03-10", switched_from=origin)["starts_on"] == "2025-03-01"
        assert employee("2025-03-10", switched_from=origin | {"gap_months": 4})["starts_on"] == "2025-09-10"


class TestAnEmployee:
    """BZ-EMP-6.1, BZ-EMP-23.1 to BZ-EMP-23.4; a monthly premium: BZ-GEN-10.1."""

    @pytest.mark.parametrize(
        ("arrears", "starts_on", "rule"),
        [
            (1, "2025-07-01", "BZ-EMP-23.2"),
            (6, "2025-02-01", "BZ-EMP-23.2"),
            (7, "2025-08-15", "BZ-EMP-23.3"),
            (12, "2025-08-15", "BZ-EMP-23.3"),
            (13, "2026-02-15", "BZ-EMP-23.4"),
        ],
    )
    def test_who_clears_arrears(self, arrears, starts_on, rule):
        result = employee("2025-08-15", arrears_months=arrears)
        assert (result["starts_on"], result["rule"], result["ends_on"]) == (starts_on, rule, None)

    @pytest.mark.parametrize(("arrears", "entitled"), [(0, True), (3, True), (4, False), (13, False)])
    def test_in_arrears_keeps_benefits_for_three_months(self, arrears, entitled):
        assert employee(None, arrears_months=arrears)["entitled"] is entitled

    def test_the_first_time_waits_six_months(self):
        assert employee("2025-08-31", first_time=True)["starts_on"] == "2026-02-28"
        assert employee(None, first_time=True)["entitled"] is False

    def test_paying_on_is_covered_in_the_month_of_payment(self):
        assert employee("2025-08-15")["starts_on"] == "2025-08-01"


class TestChangchun:
    """CC-32.1 to CC-32.3, CC-33.1, CC-33.2, CC-33.3, CC-33.4."""

    @pytest.mark.parametrize(
        ("paid_on", "starts_on"),
        [
            ("2020-09-30", None),
            ("2020-10-01", "2021-01-01"),
            ("2020-12-31", "2021-01-01"),
            ("2021-01-01", "2021-04-01"),
            ("2021-09-30", "2021-12-30"),
            ("2021-10-01", None),
            ("2021-12-31", None),
        ],
    )
    def test_knows_a_window_and_a_late_one(self, paid_on, starts_on):
        assert in_changchun(paid_on=paid_on)["starts_on"] == starts_on

    def test_three_months_end_with_the_month(self):
        assert in_changchun(paid_on="2021-08-31")["starts_on"] == "2021-11-30"

    @pytest.mark.parametrize(
        ("registration", "starts_on"),
        [
            ({"paid_on": "2021-11-13"}, "2021-08-15"),  # day 90
            ({"paid_on": "2021-11-14"}, None),  # day 91, as a new member in the window of the next year
            ({"next_year_paid_on": "2021-09-30"}, None),  # before the window
            ({"next_year_paid_on": "2021-10-01"}, "2021-08-15"),
            ({"next_year_paid_on": "2021-11-14"}, None),
        ],
    )
    def test_a_newborn_registers_within_90_days(self, registration, starts_on):
        result = in_changchun(status="newborn", birth_date="2021-08-15", **registration)
        assert result["starts_on"] == starts_on

    def test_keys_without_a_rule_here_are_ignored(self):
        assert in_changchun(paid_on="2020-11-11", arrears_months=9, repaired_months=2)["wait_months"] == 0

    def test_the_handbook_is_about_residents(self, refusal):
        assert refusal(in_changchun, scheme="employee", paid_on="2020-11-11") == "not_in_scheme"


DAYS = st.dates(date(2025, 1, 1), date(2032, 12, 31)).map(date.isoformat)
YEARS = st.integers(2026, 2032)
INSURED = st.sets(st.integers(2025, 2031))


class TestAnyResident:
    @given(DAYS, st.one_of(st.none(), DAYS), YEARS, INSURED, st.integers(0, 9))
    def test_starts_after_paying_and_within_the_year_or_the_next(self, paid_on, next_paid, year, insured, repaired):
        result = resident(
            paid_on, for_year=year, insured=insured, repaired_months=repaired, next_year_paid_on=next_paid
        )
        assert result["wait_months"] == result["fixed_months"] + result["variable_months"]
        assert result["entitled"] is (result["starts_on"] is not None)
        if result["entitled"]:
            assert paid_on[:4] < str(year) or result["starts_on"] >= paid_on
            assert str(year) <= result["starts_on"][:4] <= str(year + 1)
            assert result["ends_on"] == f"{result['starts_on'][:4]}-12-31"
            assert result["starts_on"][:4] == str(year) or next_paid is not None

    @given(DAYS, YEARS, INSURED, st.integers(0, 9))
    def test_repairing_never_makes_the_wait_longer(self, paid_on, year, insured, repaired):
        plain = resident(paid_on, for_year=year, insured=insured)
        shortened = resident(paid_on, for_year=year, insured=insured, repaired_months=repaired)
        assert shortened["wait_months"] <= plain["wait_months"]


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"pool": "chongqing"}, "not_in_pool"),
            ({"pool": "changzhi"}, "not_in_pool"),
            ({"pool": "atlantis"}, "unknown_pool"),
            ({"paid_on": "2025-02-30"}, "bad_date"),
            ({"paid_on": "2025-2-3"}, "bad_date"),
            ({"paid_on": "1980-05-31"}, "bad_date"),
            ({"birth_date": None}, "missing_field"),
            ({"birth_date": "2027-01-01"}, "bad_date"),
            ({"status": "retired"}, "bad_value"),
            ({"arrears_months": -1}, "bad_value"),
            ({"arrears_months": 1.5}, "bad_value"),
            ({"first_time": "true"}, "bad_value"),
            ({"paid_no": "2025-01-01"}, "unknown_field"),
            ({"switched_from": {"scheme": "employee", "years_insured": 2}}, "missing_field"),
        ],
    )
    def test_of_a_wrong_request(self, change, code, refusal):
        base = {"pool": "bazhong", "scheme": "resident", "birth_date": "1980-06-01", "for_year": 2026}
        assert refusal(coverage, base | {"paid_on": "2026-01-10"} | change) == code

    def test_a_near_name_is_offered(self):
        with pytest.raises(Exception, match="是否为 paid_on"):
            resident("2026-01-10", paid_no="2026-01-10")

    def test_the_words_that_are_known_are_listed(self):
        with pytest.raises(Exception, match="应为：ordinary、newborn、ex_soldier、released、exempt"):
            resident("2026-01-10", status="retired")

    def test_the_place_is_named(self):
        with pytest.raises(Exception, match=r"history\[1\]\.year"):
            resident("2026-01-10", history=[{"year": 2025, "scheme": "none"}, {"year": "2024", "scheme": "none"}])
