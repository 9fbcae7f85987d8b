"""Identity numbers: citizens (GB 11643), organisations (GB 32100), bank cards (Luhn).

A citizen number's district code is not looked up: numbers of abolished counties stay valid. Messages never
repeat the number.
"""

from __future__ import annotations

import re
from datetime import date

from policy.errors import PolicyError

_FOLD = {0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)} | {ord("x"): "X", 0xFF58: "X"}
_BLANKS = re.compile(r"[ \t\r\n\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]")
_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


def normalise(text: str) -> str:
    """Return the number as it is stored: blanks removed, full-width characters folded, `x` in upper case."""
    return _BLANKS.sub("", text).translate(_FOLD)


def check(text: str, *, today: date | None = None) -> str:
    """Return the normalised 18-character citizen number, or refuse it.

    Refuses `id_15_digits` (the old form; only the import of history converts it), `id_format`,
    `id_birth_date` (no such day, or after `today` where that is given) and `id_checksum`.
    """
    number = normalise(text)
    if re.fullmatch(r"[0-9]{15}", number):
        raise PolicyError("id_15_digits", "", "15位旧身份证号不能用于新业务，请核对并录入18位身份证号")
    if _CITIZEN.fullmatch(number) is None:
        raise PolicyError("id_format", "", "身份证号应为17位数字加1位校验码")
    born = birth_date(number)
    if today is not None and born > today:
        raise PolicyError("id_birth_date", "", "身份证号中的出生日期晚于今天，请核对")
    if _citizen_check(number[:17]) != number[17]:
        raise PolicyError("id_checksum", "", "身份证号校验码不符，请核对每一位")
    return number


def from_15_digits(text: str) -> str:
    """Return the 18-character number of an old 15-digit one: birth year 19xx, check character computed.

    For the import of history only.
    """
    number = normalise(text)
    if re.fullmatch(r"[0-9]{15}", number) is None:
        raise PolicyError("id_format", "", "旧身份证号应为15位数字")
    body = f"{number[:6]}19{number[6:]}"
    birth_date(body)
    return body + _citizen_check(body)


def birth_date(number: str) -> date:
    """Return the birth date in positions 7 to 14."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise PolicyError("id_birth_date", "", "身份证号中的出生日期不存在，请核对") from None


def sex(number: str) -> str:
    """Return "male" for an odd 17th digit, "female" for an even one."""
    return "male" if int(number[16]) % 2 else "female"


def check_credit_code(text: str) -> str:
    """Return the normalised unified social credit code, or refuse it (`credit_code_format`, `credit_code_checksum`).

    The check value is taken modulo 31 twice: a weighted sum divisible by 31 has the check character "0".
    """
    code = normalise(text).upper()
    if _CREDIT.fullmatch(code) is None:
        raise PolicyError("credit_code_format", "", "统一社会信用代码应为18位数字和大写字母（不含I、O、S、V、Z）")
    total = sum(_CREDIT_ALPHABET.index(char) * pow(3, n, 31) for n, char in enumerate(code[:17]))
    if _CREDIT_ALPHABET[-total % 31] != code[17]:
        raise PolicyError("credit_code_checksum", "", "统一社会信用代码校验码不符，请核对每一位")
    return code


def luhn_ok(text: str) -> bool:
    """Say whether a card number of 16 to 19 digits has a good check digit.

    A reason to warn, not to refuse: some accounts of social-security cards fail it.
    """
    digits = normalise(text)
    if re.fullmatch(r"[0-9]{16,19}", digits) is None:
        return False
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[::-2])) % 10 == 0


def _citizen_check(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, _CITIZEN_WEIGHTS, strict=True))
    return _CITIZEN_CHECKS[total % 11]
