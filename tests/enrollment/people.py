"""Synthetic numbers, and the applications that the tests of matters start from."""
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SCHOOL_CODE = "12511900MB0000001H"
EMPLOYER_CODE = "11511900MB00000240"


def number(born: date, serial: int, area: str = "511902") -> str:
    """A citizen's number with its check digit; an odd serial is a man's."""
    body = f"{area}{born:%Y%m%d}{serial:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def somebody(born: date = date(1985, 5, 1), serial: int = 11, name: str = "白安宁", **more) -> dict:
    return {"id_no": number(born, serial), "name": name, **more}
