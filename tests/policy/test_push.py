"""Whom the bureau reports each month: the threshold and the last day come from the pack, or are refused by name."""

from datetime import date

import pytest

from policy.errors import PolicyError
from policy.pack import pack_for
from policy.push import push


def asked(day: str, pool: str = "bazhong") -> dict:
    return push({"pool": pool, "day": day})


class TestThePushOfAMonth:
    def test_compares_self_pay_with_the_critical_illness_deductible(self):
        """BZ-REL-9.1, BZ-AMB-27: half of last year's income per head, 14 448 in 2025."""
        assert asked("2025-10-31") == {
            "scheme": "resident", "accumulator": "A_SP", "threshold": "14448.00", "figure": "cii.deductible.2025",
            "last_day": 5, "rule": "BZ-REL-9.1", "article": "第六章第9问",
        }

    def test_takes_the_year_of_the_reported_month(self):
        assert asked("2025-12-31")["threshold"] == "14448.00"

    def test_refuses_a_year_that_is_not_printed_by_the_name_of_its_figure(self):
        with pytest.raises(PolicyError, match=r"cii\.deductible\.2026") as refused:
            asked("2026-01-31")
        assert refused.value.code == "parameter_missing"

    def test_is_the_half_of_the_income_per_head(self):
        income = pack_for("bazhong").figure("income.per_head", on=date(2025, 1, 1))
        assert f"{income.value / 2:.2f}" == asked("2025-01-31")["threshold"]

    def test_is_refused_where_the_pool_prints_no_such_rule(self):
        with pytest.raises(PolicyError) as refused:
            asked("2025-10-31", "chongqing")
        assert refused.value.code == "not_in_pool"
