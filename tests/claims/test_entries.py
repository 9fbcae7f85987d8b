"""Amounts, dates and texts as officers type them: read exactly or refused with a stable code."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Refused
from claims.models import ClaimBenefit
from claims.services.entries import Line, Stay, amount, day, rate, read_stay, words

INPATIENT = ClaimBenefit(
    code="inpatient", name="住院", one="次住院", first_label="入院日期", last_label="出院日期",
    diagnosis_label="出院诊断",
)
CHRONIC = ClaimBenefit(
    code="chronic", name="门诊慢性病", one="张票据", first_label="就诊日期", outpatient=True, category="chronic"
)
FULL_WIDTH = "".join(chr(ord(digit) + 0xFEE0) for digit in "1234567890")


def code_of(function, *values, **named) -> str:
    with pytest.raises(Refused) as refusal:
        function(*values, **named)
    return refusal.value.code


def stay(**costs) -> Stay:
    given = {"institution_id": 1, "admitted_on": "2025-03-02", "discharged_on": "2025-03-08", "invoice_no": "1"}
    return Stay(**{**given, **costs})


def read(benefit: ClaimBenefit = INPATIENT, **costs):
    return read_stay(stay(**costs), benefit, "", costs=True)


class TestAmounts:
    @pytest.mark.parametrize(
        ("typed", "yuan"),
        [("3690", "3690.00"), ("3690.5", "3690.50"), ("0.01", "0.01"), (12, "12.00"), (Decimal("7.10"), "7.10"),
         ("100000000", "100000000.00")],
    )
    def test_are_read_exactly(self, typed, yuan):
        assert amount(typed, "金额") == Decimal(yuan)

    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("1,234.50", "AMOUNT_FORMAT"), (FULL_WIDTH[:3], "AMOUNT_FORMAT"), ("1_000", "AMOUNT_FORMAT"),
            ("1e5", "AMOUNT_FORMAT"), ("NaN", "AMOUNT_FORMAT"), ("1e999", "AMOUNT_FORMAT"), ("", "AMOUNT_FORMAT"),
            (" 12", "AMOUNT_FORMAT"), (None, "AMOUNT_FORMAT"), (True, "AMOUNT_FORMAT"), (0.1, "AMOUNT_FORMAT"),
            ("9" * 5000, "AMOUNT_FORMAT"), (Decimal("NaN"), "AMOUNT_FORMAT"), ("12.345", "AMOUNT_PRECISION"),
            ("-1", "AMOUNT_SIGN"), ("100000000.01", "AMOUNT_LIMIT"),
        ],
    )
    def test_are_refused_by_code(self, typed, code):
        assert code_of(amount, typed, "金额") == code

    @given(st.text(max_size=12))
    def test_never_fail_otherwise(self, typed):
        try:
            outcome = amount(typed, "金额") >= 0
        except Refused as refusal:
            outcome = refusal.code.startswith("AMOUNT_")
        assert outcome


class TestDays:
    def test_are_read_strictly(self):
        assert day("2025-03-08", "出院日期") == date(2025, 3, 8)
        assert day(date(2025, 3, 8), "出院日期") == date(2025, 3, 8)

    @pytest.mark.parametrize(
        "typed", ["2025-W01-1", "2025-1-1", "20250101", f"{FULL_WIDTH[:4]}-01-01", "2025-02-30", "", None, 20250101]
    )
    def test_of_other_forms_are_refused(self, typed):
        assert code_of(day, typed, "出院日期") == "DATE_FORMAT"

    def test_before_the_admission_are_refused(self):
        assert code_of(read, discharged_on="2025-03-01", total="100") == "DATE_ORDER"

    def test_of_one_day_stays_are_read(self):
        visit, _ = read(discharged_on="2025-03-02", total="100")
        assert visit.days == 1

    def test_of_an_outpatient_are_one(self):
        visit, _ = read(CHRONIC, discharged_on="", total="100")
        assert (visit.admitted_on, visit.discharged_on) == (date(2025, 3, 2), date(2025, 3, 2))
        assert code_of(read, CHRONIC, discharged_on="2025-03-03", total="100") == "DATE_ORDER"

    def test_of_a_stay_are_two(self):
        assert code_of(read, discharged_on="", total="100") == "DATE_FORMAT"


class TestTexts:
    @pytest.mark.parametrize(
        ("typed", "code"),
        [("肺\u0000炎", "CONTROL_CHAR"), ("\u202e肺炎", "TEXT_INVISIBLE"), ("肺\u200b炎", "TEXT_INVISIBLE"),
         ("肺" * 101, "TEXT_LENGTH")],
    )
    def test_are_refused_by_code(self, typed, code):
        assert code_of(words, typed, "诊断", 100) == code

    def test_lose_their_outer_blanks(self):
        assert words("  肺炎 ", "诊断", 100) == "肺炎"


class TestRates:
    @pytest.mark.parametrize("typed", ["10%", "1.1", "-0.1", "0.00001", 1])
    def test_of_other_forms_are_refused(self, typed):
        assert code_of(rate, typed) == "RATE_FORMAT"

    def test_are_read_exactly(self):
        assert rate("0.10") == Decimal("0.10")
        assert rate("") is None


class TestCosts:
    def test_by_lines_must_add_up_to_the_fen(self):
        rows = [Line(line_class="A", amount="99.99")]
        with pytest.raises(Refused, match=r"明细合计99.99元，票据总额100.00元，相差0.01元") as refusal:
            read(total="100", lines=rows)
        assert refusal.value.code == "SUM_MISMATCH"

    def test_by_sums_must_lie_within_the_total(self):
        assert code_of(read, total="100", own_expense="60", first_self_pay="40.01") == "SUM_MISMATCH"
        visit, _ = read(total="100", own_expense="60", first_self_pay="40")
        assert visit.mode == "sums"

    def test_are_not_entered_in_both_ways(self):
        rows = [Line(line_class="A", amount="100")]
        assert code_of(read, total="100", own_expense="0", lines=rows) == "LINES_AND_SUMS"

    def test_need_a_reason_where_they_are_deducted(self):
        assert code_of(read, total="100", deducted="1") == "TEXT_MISSING"
        rows = [Line(line_class="A", amount="100", deducted="1")]
        assert code_of(read, total="100", lines=rows) == "TEXT_MISSING"

    def test_that_are_wholly_deducted_leave_nothing_to_settle(self):
        assert code_of(read, total="100", deducted="100", deduction_reason="非医疗费用") == "LINES_EMPTY"

    @pytest.mark.parametrize(
        ("costs", "code"),
        [
            ({}, "AMOUNT_FORMAT"),
            ({"total": "0"}, "AMOUNT_SIGN"),
            ({"total": "100", "lines": [Line(line_class="D", amount="100")]}, "LINE_CLASS"),
            ({"total": "100", "lines": [Line(line_class="A", amount="0")]}, "AMOUNT_SIGN"),
            ({"total": "100", "lines": [Line(line_class="A", amount="100", deducted="101")]}, "SUM_MISMATCH"),
            ({"total": "100", "invoice_no": " "}, "TEXT_MISSING"),
        ],
    )
    def test_are_refused_by_code(self, costs, code):
        assert code_of(read, **costs) == code

    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=30), st.integers(-1, 1))
    def test_add_up_or_are_refused(self, fens, off):
        total = Decimal(sum(fens) + off).scaleb(-2)
        rows = [Line(line_class="A", amount=Decimal(fen).scaleb(-2)) for fen in fens]
        if off == 0 and total <= 10**8:
            assert sum(line.amount for line in read(total=total, lines=rows)[1]) == total
        else:
            assert code_of(read, total=total, lines=rows) in {"SUM_MISMATCH", "AMOUNT_LIMIT", "AMOUNT_SIGN"}
