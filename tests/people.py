"""Officers by role and citizens' numbers, for every test folder; all invented."""
from datetime import date

from django.contrib.auth.models import Group

from casework.models import Officer

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def make_officer(
    role: str, number: str, region_code: str = "511902", institution: str = "", *, name: str = "", username: str = "",
) -> Officer:
    """An officer of one role, or of the staff of a hospital."""
    officer = Officer.objects.create_user(
        username=username or number.lower(), password="not-a-secret", name=name or f"{role}{number[-1]}",
        staff_no=number, region_code=region_code, is_staff=True, institution_code=institution,
    )
    officer.groups.add(Group.objects.get(name=role))
    return officer


def id_number(region: str, born: date, order: int) -> str:
    """A citizen's number with a right check character (GB 11643)."""
    stem = f"{region}{born:%Y%m%d}{order:03d}"
    return stem + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True)) % 11]
