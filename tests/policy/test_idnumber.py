"""Identity numbers are checked by the standards and never looked up. All numbers here are synthetic."""

from datetime import date

import pytest

from policy import idnumber
from policy.errors import PolicyError

CITIZENS = [
    "11010519491231002X",
    "511902199001010010",
    "511903198506150029",
    "511921197503080035",
    "511922200012300049",
    "511923196811110054",
]
CREDIT_CODES = ["91350100M000100Y43", "911101066976941872", "12511900MB0000001H", "11511900MB00000240"]


def code_of(act, *args, **kwargs):
    with pytest.raises(PolicyError) as refusal:
        act(*args, **kwargs)
    return refusal.value.code


class TestCheck:
    @pytest.mark.parametrize("number", CITIZENS)
    def test_accepts_the_standards_vectors(self, number):
        assert idnumber.check(number) == number

    @pytest.mark.parametrize("number", CITIZENS)
    def test_refuses_them_with_another_last_character(self, number):
        for last in set("0123456789X") - {number[-1]}:
            assert code_of(idnumber.check, number[:-1] + last) == "id_checksum"

    @pytest.mark.parametrize(
        "written",
        [
            "11010519491231002x",
            " 110105 19491231 002X ",
            "".join(chr(ord(char) + 0xFEE0) for char in "11010519491231002X"),
            "110105\u3000194912310\u200b02\uff58",
            "\ufeff11010519491231002X",
        ],
    )
    def test_normalises_what_people_type(self, written):
        assert idnumber.check(written) == "11010519491231002X"

    def test_accepts_a_district_that_no_table_lists(self):
        body = "99999919900101001"
        assert idnumber.check(body + idnumber._citizen_check(body)).startswith("999999")

    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("110105491231002", "id_15_digits"),
            ("", "id_format"),
            ("1101051949123100", "id_format"),
            ("11010519491231002Y", "id_format"),
            ("X1010519491231002X", "id_format"),
            ("4.40524E+17", "id_format"),
            ("110105194902300021", "id_birth_date"),
            ("110105000002300021", "id_birth_date"),
        ],
    )
    def test_refuses_each_fault_with_its_own_code_and_without_the_number(self, written, code):
        with pytest.raises(PolicyError) as refusal:
            idnumber.check(written)

        assert refusal.value.code == code
        assert not written or written not in str(refusal.value)

    def test_refuses_a_birth_after_today_when_told_the_day(self):
        assert idnumber.check("511922200012300049", today=date(2000, 12, 30))
        assert code_of(idnumber.check, "511922200012300049", today=date(2000, 12, 29)) == "id_birth_date"

    def test_agrees_with_an_independent_library(self):
        ric = pytest.importorskip("stdnum.cn.ric")
        for number in CITIZENS:
            assert ric.calc_check_digit(number) == number[-1]


class TestFields:
    def test_birth_date_and_sex(self):
        assert idnumber.birth_date("511903198506150029") == date(1985, 6, 15)
        assert idnumber.sex("511903198506150029") == "female"
        assert idnumber.sex("511902199001010010") == "male"


class TestFrom15Digits:
    def test_puts_in_the_century_and_the_check_character(self):
        assert idnumber.from_15_digits("110105491231002") == "11010519491231002X"

    @pytest.mark.parametrize("number", ["11010519491231002X", "11010549123100", "11010549123100X"])
    def test_takes_nothing_else(self, number):
        assert code_of(idnumber.from_15_digits, number) == "id_format"


class TestCreditCode:
    @pytest.mark.parametrize("code", CREDIT_CODES)
    def test_accepts_good_codes_also_where_the_remainder_is_zero(self, code):
        assert idnumber.check_credit_code(code.lower()) == code

    @pytest.mark.parametrize("code", CREDIT_CODES)
    def test_refuses_another_check_character(self, code):
        other = "1" if code[-1] != "1" else "2"
        assert code_of(idnumber.check_credit_code, code[:-1] + other) == "credit_code_checksum"

    @pytest.mark.parametrize(
        "code", ["", "9135010M000100Y43", "I1350100M000100Y43", "91350100M000100Y4O", "9135A100M000100Y43"]
    )
    def test_refuses_a_bad_form(self, code):
        assert code_of(idnumber.check_credit_code, code) == "credit_code_format"


class TestLuhn:
    def test_tells_good_cards_from_bad_ones(self):
        assert idnumber.luhn_ok("6212260000000000018")
        assert idnumber.luhn_ok("6212 2600 0000 0000 018")
        assert not idnumber.luhn_ok("6212260000000000019")
        assert not idnumber.luhn_ok("018")
        assert not idnumber.luhn_ok("")
