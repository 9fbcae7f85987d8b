"""Numbers with good check digits that belong to nobody.

Citizens' numbers have a serial of 900 and above, which district offices do not give out; telephones begin with 154,
accounts with 620000, ranges that are assigned to no one.
"""
from datetime import date

from policy import idnumber
from policy.errors import PolicyError

DIGITS = "0123456789"


def citizen_number(district: str, born: date, serial: int) -> str:
    """A number of GB 11643; an odd serial (900 to 999) is a man's."""
    return _completed(f"{district}{born:%Y%m%d}{serial:03d}", DIGITS + "X", idnumber.check)


def credit_code(region: str, serial: int) -> str:
    """A unified social credit code of GB 32100 for a public institution."""
    return _completed(f"12{region}MB9{serial:06d}", "0123456789ABCDEFGHJKLMNPQRTUWXY", idnumber.check_credit_code)


def account(serial: int) -> str:
    """A bank card of 19 digits that passes Luhn's check."""
    body = f"620000{serial:012d}"
    return next(body + digit for digit in DIGITS if idnumber.luhn_ok(body + digit))


def phone(serial: int) -> str:
    return f"154{serial:08d}"


def _completed(body: str, alphabet: str, check) -> str:
    """`body` with the one last character that `check` accepts: the rule itself stands in policy only."""
    for last in alphabet:
        try:
            return check(body + last)
        except PolicyError:
            continue
    raise ValueError(f"no check character completes {body}")
