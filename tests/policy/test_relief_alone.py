"""Relief paid alone (手工救助, BZ-REL-3.1, 8.1, 8.2): the layers before it were paid elsewhere and are given."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import policy
from policy import packed
from policy.errors import PolicyError
from tests.oracle.generate import person_year

from .settling import PAYERS, bill, person, request, settled, shown, stay
from .test_properties import trying

BEFORE_RELIEF = PAYERS[:4]
RELIEF = PAYERS[4:]
WITHOUT_RELIEF = ("outpatient", "two_diseases", "maternity_medical")


def elsewhere(total: object, basic: str, catastrophic: str = "0", date: str = "2025-03-10", **more: object) -> dict:
    """A stay that basic and catastrophic insurance have paid elsewhere."""
    return stay("level3", total, date, paid_elsewhere={"basic": basic, "catastrophic": catastrophic}, **more)


def accumulators(who: dict, *bills: dict, **more: object) -> dict:
    year = policy.settle(request("bazhong", who, *bills, **more))["accumulators"]["2025"]
    return {name: amount for name, amount in year.items() if amount != "0.00"}


class TestReliefAlone:
    def test_is_paid_on_what_the_payments_elsewhere_left(self):
        # 60 000 − 35 580.00 − 11 177.40 = 13 242.60; 低保: 70 % = 9 269.82; 3 972.78 stays below 8 500
        (alone,) = settled("bazhong", person("resident", "minimum_allowance"), elsewhere(60000, "35580", "11177.40"))

        assert shown(alone, "total", "eligible", "relief", "relief_tilt", "fund_total", "personal") == (
            "13242.60", "13242.60", "9269.82", "0.00", "9269.82", "3972.78")

    def test_shows_what_was_paid_elsewhere_apart(self):
        # total, eligible and the payers speak of the rest: 60 000 = 46 757.40 + 9 269.82 + 3 972.78
        (alone,) = settled("bazhong", person("resident", "minimum_allowance"), elsewhere(60000, "35580", "11177.40"))

        assert alone["paid_elsewhere"] == {
            "basic": "35580.00", "civil_servant": "0.00", "large_amount": "0.00", "catastrophic": "11177.40"}
        assert shown(alone, *BEFORE_RELIEF) == ("0.00",) * 4

    def test_keeps_own_expense_and_first_self_pay_with_the_person(self):
        # 10 000 − 600 − 400 = 9 000; − 5 000 = 4 000 × 70 % = 2 800; 10 000 − 5 000 − 2 800 = 2 200
        bill = elsewhere(10000, "5000", own_expense=600, first_self_pay=400)
        (alone,) = settled("bazhong", person("resident", "minimum_allowance"), bill)

        assert shown(alone, "total", "own_expense", "first_self_pay", "eligible", "relief", "personal") == (
            "5000.00", "600.00", "400.00", "4000.00", "2800.00", "2200.00")

    def test_of_an_employee_follows_all_four_layers(self):
        # 40 000 − 20 000 − 3 000 − 2 000.01 = 14 999.99; 边缘家庭: (14 999.99 − 2 889.60) × 50 % = 6 055.195
        paid = {"basic": "20000", "civil_servant": "3000", "large_amount": "2000.01"}
        (alone,) = settled("bazhong", person("employee", "margin"), stay("level3", 40000, paid_elsewhere=paid))

        # tilt: (14 999.99 − 6 055.20 − 8 500) × 50 % = 222.395
        assert shown(alone, "total", "relief", "relief_tilt") == ("14999.99", "6055.20", "222.40")

    def test_counts_the_single_line_drugs_of_the_stay(self):
        # A 5 000 + S 1 000 − 3 000 = 3 000 × 70 %
        lines = [{"class": "A", "amount": "5000"}, {"class": "single_line", "amount": "1000"}]
        given = {"benefit": "inpatient", "date": "2025-03-10", "level": "level3", "lines": lines,
                 "paid_elsewhere": {"basic": "3000"}}
        (alone,) = settled("bazhong", person("resident", "minimum_allowance"), given)

        assert shown(alone, "total", "eligible", "relief") == ("3000.00", "2000.00", "2100.00")

    def test_pays_a_chronic_bill(self):
        # 1 000 − 800 = 200 × 70 %
        who = person("resident", "minimum_allowance", holds=("M03600",))
        given = bill("chronic", 1000, disease="M03600", paid_elsewhere={"basic": "800"})
        (alone,) = settled("bazhong", who, given)

        assert shown(alone, "relief", "personal") == ("140.00", "60.00")

    def test_moves_the_accumulators_of_relief_and_no_others(self):
        moved = accumulators(person("resident", "margin"), elsewhere(60000, "35580", "5983.20"))

        # 18 436.80 − 2 889.60 = 15 547.20 × 50 % = 7 773.60; 10 663.20 − 8 500 = 2 163.20 × 50 % = 1 081.60
        assert moved == {"A_RD": "2889.60", "A_RR": "7773.60", "A_TB": "10663.20", "A_RT": "1081.60",
                         "A_SP": "9581.60"}

    def test_says_so_in_its_first_step(self):
        (alone,) = settled("bazhong", person("resident", "margin"), elsewhere(60000, "35580", "5983.20"))

        assert alone["steps"][0]["rule"] == "BZ-REL-3.1"
        assert "已在别处支付" in alone["steps"][0]["label"]

    @pytest.mark.parametrize(("paid", "relief"), [("0", "20000.00"), ("19999.99", "0.01"), ("20000", "0.00")])
    def test_goes_on_from_the_relief_already_paid(self, paid, relief):
        opening = {"2025": {"A_RR": paid}}
        (alone,) = settled("bazhong", person("resident", "minimum_allowance"), elsewhere(90000, "10000"),
                           opening=opening)

        assert alone["relief"] == relief

    @pytest.mark.parametrize(("used", "relief"), [("0", "0.00"), ("2789.60", "0.00"), ("2789.61", "0.01"),
                                                  ("2889.60", "50.00")])
    def test_goes_on_from_the_deductible_already_used(self, used, relief):
        # what is left is 100.00; of the deductible 2 889.60; half a fen is rounded up
        (alone,) = settled("bazhong", person("resident", "margin"), elsewhere(1000, "900"),
                           opening={"2025": {"A_RD": used}})

        assert alone["relief"] == relief

    def test_pays_nothing_where_nothing_is_left(self):
        (alone,) = settled("bazhong", person("resident", "extremely_poor"), elsewhere(1000, "1000"))

        assert shown(alone, "total", "relief", "personal") == ("0.00", "0.00", "0.00")

    def test_is_also_paid_where_the_layers_before_it_paid_nothing(self):
        # 低保: 100 × 70 %
        (alone,) = settled("bazhong", person("resident", "minimum_allowance"), stay("level3", 100, paid_elsewhere={}))

        assert alone["relief"] == "70.00"

    def test_gives_no_tilt_out_of_the_province(self):
        given = elsewhere(60000, "35580", "5983.20", place="out_of_province", filing="referred")
        (alone,) = settled("bazhong", person("resident", "margin"), given)

        assert shown(alone, "relief", "relief_tilt") == ("7773.60", "0.00")

    def test_gives_nothing_without_referral(self):
        given = elsewhere(60000, "35580", "5983.20", place="out_of_province", referred=False)
        (alone,) = settled("bazhong", person("resident", "margin"), given)

        assert alone["fund_total"] == "0.00"
        assert "BZ-REL-5.2" in [step["rule"] for step in alone["steps"]]

    def test_sees_an_identity_that_looks_back(self):
        back = person("resident", relief_tags=[
            {"tag": "minimum_allowance", "from": "2025-01-01", "to": "2025-09-15"}])
        (alone,) = settled("bazhong", back, elsewhere(60000, "35580", "5983.20"))

        assert alone["relief"] == "12905.76"

    def test_is_replayed_from_its_request(self):
        asked = request("bazhong", person("resident", "margin"), elsewhere(60000, "35580"), stay("level3", 900))
        first, second = packed.pack_bills(asked, policy.pack_for("bazhong"))

        assert (first.needs_request, second.needs_request) == (True, False)


class TestARefusal:
    def test_of_a_person_without_identity_on_the_day_of_discharge(self):
        who = person("resident") | {"tags": [{"tag": "margin", "from": "2025-03-11", "to": None}]}
        before, after = settled("bazhong", who, elsewhere(9000, "5000"), elsewhere(9000, "5000", date="2025-03-11"))

        assert (before["refused"]["code"], before["refused"]["rule"]) == ("no_relief_identity", "BZ-REL-5.10")
        assert after["refused"] is None

    def test_moves_nothing(self):
        assert accumulators(person(), elsewhere(9000, "5000")) == {}

    @pytest.mark.parametrize("benefit", ["outpatient", "maternity_medical"])
    def test_of_a_benefit_without_relief(self, benefit):
        given = bill(benefit, 900, level="level1", paid_elsewhere={"basic": "300"})
        (alone,) = settled("bazhong", person("resident", "margin"), given)

        assert (alone["refused"]["code"], alone["refused"]["rule"]) == ("not_relieved", "BZ-REL-5.1")

    def test_of_every_benefit_where_the_notice_has_no_relief(self):
        given = bill("inpatient", 9000, "2021-03-10", level="community", paid_elsewhere={"basic": "300"})
        (alone,) = settled("changchun", person("resident"), given)

        assert alone["refused"]["code"] == "not_in_pool"

    @pytest.mark.parametrize(("paid", "fits"), [("8500", True), ("8500.01", False)])
    def test_of_more_paid_elsewhere_than_the_catalogue_lets_count(self, paid, fits):
        asked = request("bazhong", person("resident", "margin"), elsewhere(9000, paid, own_expense=500))
        if fits:
            assert policy.settle(asked)["bills"][0]["total"] == "500.00"
            return
        with pytest.raises(PolicyError) as refusal:
            policy.settle(asked)

        assert (refusal.value.code, refusal.value.path) == ("bad_value", "bills[0].paid_elsewhere")

    @pytest.mark.parametrize("paid", ["-0.01", "1.005", "", 1.5])
    def test_of_an_amount_that_is_none(self, paid):
        with pytest.raises(PolicyError) as refusal:
            policy.settle(request("bazhong", person("resident", "margin"), elsewhere(9000, paid)))

        assert refusal.value.path == "bills[0].paid_elsewhere.basic"


class TestGivenWhatTheRulesThemselvesPay:
    @pytest.mark.parametrize("pool", ["bazhong", "changzhi"])
    def test_relief_is_that_of_the_full_settlement(self, pool):
        """BZ-REL-3.1, CZ-11.4: only where the lower layers are paid differs, so relief of the whole year is equal."""

        @trying
        @given(st.integers(0, 10**6))
        def holds(seed):
            asked = person_year(pool, random.Random(f"{pool}:{seed}"))
            first = policy.settle(asked)["bills"]
            kept = [each for each, one in zip(asked["bills"], first, strict=True) if relieved(each, one)]
            full = policy.settle(asked | {"bills": kept})["bills"]
            alone = policy.settle(asked | {"bills": [
                each | {"paid_elsewhere": {name: one[name] for name in BEFORE_RELIEF}}
                for each, one in zip(kept, full, strict=True)]})["bills"]

            assert [shown(each, *RELIEF, "personal") for each in alone] == [
                shown(each, *RELIEF, "personal") for each in full]

        holds()


def relieved(asked: dict, each: dict) -> bool:
    """Relief saw the whole bill: not only the single-line drugs of a benefit without relief."""
    return asked["benefit"] not in WITHOUT_RELIEF and any(step["layer"] in RELIEF for step in each["steps"])
