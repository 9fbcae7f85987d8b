"""Maternity benefits: the contract's cases, and each boundary from both sides."""

from datetime import date

import pytest

from policy.maternity import Event, maternity, medical_limit
from policy.pack import FigureNotGiven, pack_for
from policy.request import parse

from .conftest import cases, contains


def employee(event="birth", cost="9000.00", **more):
    base = {"pool": "bazhong", "scheme": "employee", "event": event, "eligible_cost": cost, "worker": "employer"}
    if event == "birth":
        base["mode"] = "vaginal"
    return maternity(base | {"monthly_base": "6000.00", "leave_days": 98, "insured_months": 24} | more)


def resident(event="birth", cost="9000.00", **more):
    base = {"pool": "bazhong", "scheme": "resident", "event": event, "eligible_cost": cost}
    return maternity(base | ({"mode": "vaginal"} if event == "birth" else {}) | more)


def amounts(result):
    return result["antenatal"], result["medical"], result["allowance"]


@pytest.mark.parametrize("case", cases("maternity"), ids=lambda case: case["id"])
def test_the_contracts_cases(case):
    assert contains(maternity(case["request"]), case["expect"])


class TestMedicalCost:
    """BZ-EMP-28.2, BZ-EMP-28.3, BZ-EMP-28.5, BZ-RES-14.2, BZ-RES-14.3, BZ-RES-14.5."""

    @pytest.mark.parametrize(("cost", "paid"), [("3499.99", "3499.99"), ("3500.00", "3500.00"), ("3500.01", "3500.00")])
    def test_is_paid_up_to_the_limit(self, cost, paid):
        assert employee(cost=cost)["medical"] == paid

    @pytest.mark.parametrize(
        ("mode", "babies", "of_employee", "of_resident"),
        [
            ("vaginal", 1, "3500.00", "2000.00"),
            ("difficult", 1, "5500.00", "3500.00"),
            ("caesarean", 1, "5500.00", "3500.00"),
            ("caesarean", 3, "7100.00", "5100.00"),
            ("vaginal", 2, "4300.00", "2800.00"),
        ],
    )
    def test_of_a_birth(self, mode, babies, of_employee, of_resident):
        assert employee(mode=mode, babies=babies)["medical"] == of_employee
        assert resident(mode=mode, babies=babies)["medical"] == of_resident

    @pytest.mark.parametrize(
        ("weeks", "operation", "of_employee", "of_resident"),
        [
            (15, False, "500.00", "200.00"),
            (15, True, "500.00", "200.00"),
            (16, False, "1800.00", "1000.00"),
            (16, True, "2700.00", "1500.00"),
        ],
    )
    def test_of_a_termination(self, weeks, operation, of_employee, of_resident):
        facts = {"weeks": weeks, "caesarean_operation": operation}
        assert employee("termination", **facts)["medical"] == of_employee
        assert resident("termination", **facts)["medical"] == of_resident

    def test_of_a_live_baby_is_that_of_a_birth(self):
        facts = {"weeks": 24, "live_baby": True, "mode": "vaginal", "babies": 2}
        assert employee("termination", **facts)["medical"] == "4300.00"

    def test_a_birth_with_an_operation_gets_nothing_more(self):
        assert employee(mode="caesarean", caesarean_operation=True)["medical"] == "5500.00"


class TestAntenatalPayment:
    """BZ-EMP-28.1, BZ-EMP-28.4, BZ-RES-14.1, BZ-RES-14.4."""

    @pytest.mark.parametrize(
        ("weeks", "of_employee", "of_resident"),
        [(15, "200.00", "0.00"), (16, "500.00", "0.00"), (27, "500.00", "0.00"), (28, "500.00", "500.00")],
    )
    def test_of_a_termination(self, weeks, of_employee, of_resident):
        assert employee("termination", weeks=weeks)["antenatal"] == of_employee
        assert resident("termination", weeks=weeks)["antenatal"] == of_resident

    def test_of_a_birth_or_a_live_baby(self):
        assert (employee()["antenatal"], resident()["antenatal"]) == ("800.00", "500.00")
        facts = {"weeks": 12, "live_baby": True, "mode": "vaginal"}
        assert employee("termination", **facts)["antenatal"] == "800.00"
        assert resident("termination", **facts)["antenatal"] == "500.00"


class TestAllowance:
    """BZ-EMP-14.1, BZ-EMP-15.1, BZ-EMP-16.1, BZ-EMP-16.2, BZ-EMP-28.6, BZ-EMP-28.7, BZ-EMP-30.3."""

    @pytest.mark.parametrize(("base", "amount"), [("5000.00", "16333.33"), ("5000.01", "16333.37"), ("0.15", "0.49")])
    def test_is_the_base_by_the_day_rounded_once(self, base, amount):
        assert employee(monthly_base=base)["allowance"] == amount

    def test_knows_only_the_days_that_are_printed(self):
        assert employee(leave_days=None)["allowance"] == "19600.00"
        for facts in ({"mode": "caesarean"}, {"mode": "difficult"}, {"babies": 2}):
            result = employee(leave_days=None, **facts)
            assert result["refused"]["code"] == "parameter_missing"
            assert result["medical"] != "0.00"
            assert result["allowance"] == "0.00"

    def test_is_not_paid_to_staff_of_the_treasury(self):
        assert amounts(employee(worker="treasury", leave_days=None)) == ("800.00", "3500.00", "0.00")

    def test_is_not_paid_to_residents(self):
        assert resident()["allowance"] == "0.00"

    @pytest.mark.parametrize("worker", ["flexible", "unemployed"])
    @pytest.mark.parametrize(
        ("event_date", "at_event", "now", "medical", "paid"),
        [
            ("2025-06-10", 12, None, 0, True),
            ("2025-06-10", 11, 12, 12, True),
            ("2025-12-31", 11, 12, 12, True),
            ("2025-06-10", 11, 11, 12, False),
            ("2025-06-10", 11, None, 12, False),
            ("2025-06-10", 11, 12, 11, False),
            ("2026-01-01", 11, 12, 12, False),
            ("2026-01-01", 12, None, 0, True),
        ],
    )
    def test_of_the_two_categories_needs_twelve_months(self, worker, event_date, at_event, now, medical, paid):
        months = {"insured_months": at_event, "insured_months_now": now, "medical_months": medical}
        result = employee(worker=worker, event_date=event_date, **months)
        assert result["allowance"] == ("19600.00" if paid else "0.00")
        assert amounts(result)[:2] == ("800.00", "3500.00")
        assert result["refused"] is None

    def test_of_the_two_categories_needs_active_insurance(self):
        assert employee(worker="flexible", insured_months=24, maternity_active=False)["allowance"] == "0.00"

    def test_unmet_conditions_need_no_days(self):
        months = {"insured_months": 2, "event_date": "2026-03-01"}
        assert employee(worker="flexible", mode="caesarean", leave_days=None, **months)["refused"] is None


class TestAnEmployersWorker:
    """BZ-EMP-8.1."""

    @pytest.mark.parametrize("worker", ["employer", "treasury"])
    def test_waits_six_months_from_the_first_payment(self, worker):
        refused = employee(worker=worker, insured_months=5)
        assert (refused["refused"]["rule"], amounts(refused)) == ("BZ-EMP-8.1", ("0.00", "0.00", "0.00"))
        assert employee(worker=worker, insured_months=6)["refused"] is None


class TestASpouse:
    def paid(self, **more):
        return employee(worker="spouse", insured_months=None, monthly_base=None, leave_days=None, **more)

    @pytest.mark.parametrize(("paid", "rest"), [("2000.00", "1500.00"), ("3500.00", "0.00"), ("4000.00", "0.00")])
    def test_is_paid_what_the_resident_scheme_left(self, paid, rest):
        assert self.paid(resident_paid={"medical": paid})["medical"] == rest

    def test_is_paid_the_difference_of_the_antenatal_standards(self):
        assert self.paid(resident_paid={"antenatal": "0.00"})["antenatal"] == "300.00"
        assert self.paid(event="termination", weeks=28)["antenatal"] == "0.00"
        assert self.paid(event="termination", weeks=20)["antenatal"] == "500.00"

    def test_has_no_allowance(self):
        assert self.paid()["allowance"] == "0.00"


class TestOtherPools:
    def test_changchun_prints_one_row(self):
        """CC-31.1, CC-31.2."""
        base = {"pool": "changchun", "scheme": "resident", "event": "birth", "eligible_cost": "9000.00"}
        row = {
            mode: maternity(base | {"mode": mode, "level": "provincial"})["medical"]
            for mode in ("vaginal", "vaginal_episiotomy", "caesarean")
        }
        assert row == {"vaginal": "2250.00", "vaginal_episiotomy": "2350.00", "caesarean": "2750.00"}
        missing = maternity(base | {"mode": "vaginal", "level": "district"})
        assert (missing["refused"]["code"], missing["medical"]) == ("parameter_missing", "0.00")

    def test_changchun_takes_the_lost_rows_from_the_request(self):
        request = {"pool": "changchun", "scheme": "resident", "event": "birth", "mode": "vaginal", "level": "district"}
        given = {"parameters": {"maternity.district.vaginal": "2300.00"}}
        assert maternity(request | given | {"eligible_cost": "5000.00"})["medical"] == "2300.00"
        assert maternity(request | given | {"eligible_cost": "2299.99"})["medical"] == "2299.99"

    def test_a_printed_row_cannot_be_overridden(self, refusal):
        request = {"pool": "changchun", "scheme": "resident", "event": "birth", "mode": "vaginal"}
        given = {"parameters": {"maternity.provincial.vaginal": "9.00"}, "eligible_cost": "5000.00"}
        assert refusal(maternity, request | {"level": "provincial"} | given) == "unknown_field"

    @pytest.mark.parametrize("pool", ["changchun", "changzhi"])
    def test_that_print_no_termination_refuse_it(self, pool):
        base = {"pool": pool, "scheme": "resident", "event": "termination", "weeks": 20, "eligible_cost": "900.00"}
        for live in (False, True):
            result = maternity(base | {"live_baby": live, "mode": "vaginal"})
            assert (result["refused"]["code"], result["medical"]) == ("not_in_pool", "0.00")

    @pytest.mark.parametrize("pool", ["changchun", "changzhi"])
    def test_that_speak_of_residents_refuse_employees(self, pool):
        base = {"pool": pool, "scheme": "employee", "event": "birth", "mode": "vaginal", "eligible_cost": "900.00"}
        assert maternity(base)["refused"]["code"] == "not_in_scheme"

    def test_that_say_nothing_are_an_error(self, refusal):
        base = {"scheme": "resident", "event": "birth", "mode": "vaginal", "eligible_cost": "900.00"}
        assert refusal(maternity, base | {"pool": "chongqing"}) == "not_in_pool"
        assert refusal(maternity, base | {"pool": "national"}) == "not_in_pool"


class TestMedicalLimit:
    """The question that a `maternity_medical` bill asks."""

    def limit(self, pool, scheme, level=None, **facts):
        return medical_limit(pack_for(pool), scheme, date(2025, 3, 10), parse(Event, facts), level=level)

    def test_names_its_rule_and_article(self):
        found = self.limit("bazhong", "employee", event="birth", mode="difficult", babies=2)
        assert (found.fen, found.rule, found.article) == (630000, "BZ-EMP-28.2", "第二章第28问")

    def test_refuses_by_the_figures_name(self):
        with pytest.raises(FigureNotGiven) as missing:
            self.limit("changchun", "resident", "municipal", event="birth", mode="caesarean")
        assert missing.value.parameter == "maternity.municipal.caesarean"


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"mode": None}, "missing_field"),
            ({"mode": "water"}, "bad_value"),
            ({"mode": "vaginal_episiotomy"}, "bad_value"),
            ({"event": "termination", "mode": None}, "missing_field"),
            ({"event": "termination", "live_baby": True, "mode": None}, "missing_field"),
            ({"worker": None}, "missing_field"),
            ({"worker": "employer", "insured_months": None}, "missing_field"),
            ({"monthly_base": None}, "missing_field"),
            ({"level": "level9"}, "bad_value"),
            ({"babies": 0}, "bad_value"),
            ({"eligible_cost": "-1"}, "bad_money"),
            ({"eligible_cost": 100.5}, "money_is_float"),
            ({"resident_paid": {"total": "1"}}, "unknown_field"),
            ({"scheme": "both"}, "bad_value"),
        ],
    )
    def test_of_a_wrong_request(self, change, code, refusal):
        assert refusal(employee, **change) == code
