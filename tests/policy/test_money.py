"""Money is read exactly or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy import money
from policy.errors import PolicyError


class TestFen:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("3690", 369000),
            ("3690.5", 369050),
            ("3690.05", 369005),
            ("0", 0),
            (3690, 369000),
            (Decimal("3690.10"), 369010),
            (Decimal("3690.100"), 369010),
            (Decimal("1E+3"), 100000),
            ("999999999999.99", 99999999999999),
        ],
    )
    def test_reads_what_is_written_exactly(self, value, expected):
        assert money.fen(value) == expected

    @pytest.mark.parametrize("value", [100.5, 100.0, float("nan"), float("inf"), 1e5])
    def test_refuses_every_float(self, value):
        with pytest.raises(PolicyError) as refusal:
            money.fen(value)

        assert refusal.value.code == "money_is_float"

    @pytest.mark.parametrize(
        "value",
        [
            *("", " ", "1e5", "1_000", "1,234.50", "\uff11\uff12\uff13", "\u0663", "12.345", "12."),
            *(".5", "+5", " 5", "5\n"),
            *("NaN", "Infinity", "true", "0x10", "1000000000000", "--1", True, False, None, [], {}),
            *(Decimal("NaN"), Decimal("Infinity"), Decimal("0.001"), Decimal("1e13"), Decimal("1e-999999")),
            *(Decimal("1." + "0" * 30 + "1"), pytest.param(10**5000, id="huge")),
        ],
    )
    def test_refuses_what_is_no_amount(self, value):
        with pytest.raises(PolicyError) as refusal:
            money.fen(value)

        assert refusal.value.code == "bad_money"

    @pytest.mark.parametrize("value", ["-1", "-0.01", -1, Decimal("-1.00")])
    def test_takes_a_negative_amount_only_where_one_is_asked_for(self, value):
        assert money.fen(value, signed=True) < 0
        with pytest.raises(PolicyError, match="负数"):
            money.fen(value)


class TestText:
    @pytest.mark.parametrize(
        ("fen", "text"), [(0, "0.00"), (5, "0.05"), (369000, "3690.00"), (-105, "-1.05"), (-5, "-0.05")]
    )
    def test_writes_two_places(self, fen, text):
        assert money.text(fen) == text

    @given(st.integers(0, money.MAX_FEN))
    def test_is_read_back_to_the_same_fen(self, fen):
        assert money.fen(money.text(fen)) == fen
        assert money.fen(money.to_yuan(fen)) == fen

    def test_yuan_always_has_two_places(self):
        assert str(money.yuan("5")) == "5.00"
        assert str(money.yuan(Decimal("-5"), signed=True)) == "-5.00"


class TestShare:
    def test_rounds_half_up_once(self):
        assert money.share(1, 1, 2) == 1
        assert money.share(3, 1, 2) == 2
        assert money.share(369005, 85, 100) == 313654
        assert money.share(100, 1, 3) == 33

    @given(st.integers(0, 10**12), st.integers(0, 10_000))
    def test_a_reversal_cancels_to_the_fen(self, amount, points):
        assert money.share(amount, points, 10_000) + money.share(-amount, points, 10_000) == 0
