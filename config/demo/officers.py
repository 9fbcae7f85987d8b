"""The offices and their officers: one person per desk, so that every two-person rule can be shown."""
from dataclasses import dataclass
from datetime import datetime

from casework import services as casework
from casework.models import Officer
from config.demo.names import OFFICERS

PASSWORD = "Demo-511900-only"  # noqa: S105  (printed by the demo; production has no such accounts)

OFFICES = {
    "city": ("511900", "巴中市医疗保障事务中心"),
    "bazhou": ("511902", "巴州区医疗保障事务中心"),
    "enyang": ("511903", "恩阳区医疗保障事务中心"),
    "tongjiang": ("511921", "通江县医疗保障事务中心"),
    "nanjiang": ("511922", "南江县医疗保障事务中心"),
    "pingchang": ("511923", "平昌县医疗保障事务中心"),
}
DESKS = {
    "window": ["窗口经办"],
    "review": ["初审"],
    "approve": ["复核"],
    "pay": ["拨付"],
    "pay2": ["拨付"],
    "lead": ["主管"],
}
CITY_DESKS = {"audit": ["审计"], "admin": ["系统管理"]}


@dataclass(frozen=True)
class Account:
    """What the demo prints of an officer."""

    username: str
    name: str
    office: str
    roles: list[str]


def accounts() -> list[Account]:
    """All accounts of the demo, in a fixed order."""
    names = iter(OFFICERS)
    return [
        Account(f"{key}.{desk}", next(names), office, roles)
        for key, (_, office) in OFFICES.items()
        for desk, roles in (DESKS | (CITY_DESKS if key == "city" else {})).items()
    ]


def appoint_all(at: datetime) -> dict[str, Officer]:
    """Open the accounts that do not exist yet; returns all by user name."""
    known = Officer.objects.in_bulk([account.username for account in accounts()], field_name="username")
    for number, account in enumerate(accounts(), 1):
        if account.username in known:
            continue
        region_code, _ = OFFICES[account.username.split(".")[0]]
        known[account.username] = casework.appoint(
            username=account.username, name=account.name, staff_no=f"YB{number:04d}", region_code=region_code,
            roles=account.roles, password=PASSWORD, by=None, at=at,
        )
    return known
