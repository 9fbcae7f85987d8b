"""Appointing officers and changing what they may do. Nobody changes his own rights."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer


@transaction.atomic
def appoint(
    *,
    username: str,
    name: str,
    staff_no: str,
    region_code: str,
    roles: Iterable[str],
    by: Officer | None,
    at: datetime,
    password: str | None = None,
    institution_code: str = "",
) -> Officer:
    """Open the one account of a natural person. Without a password it can't log in until one is set.

    `by=None` is the installation itself. Refuses a staff number that has an account, an unknown role, and an
    officer without the right to appoint.
    """
    if by is not None:
        _refuse_unless(by, "casework.add_officer", region_code)
    if Officer.objects.filter(staff_no=staff_no).exists():
        raise Refused("staff_no_taken", "该工号已有账户，一人只能有一个账户。")
    if Officer.objects.filter(username=username).exists():
        raise Refused("username_taken", "该登录名已被使用，请换一个。")
    groups = _groups(roles)
    officer: Officer = Officer.objects.create_user(
        username, password=password, name=name, staff_no=staff_no, region_code=region_code, is_staff=True,
        institution_code=institution_code,
    )
    officer.groups.set(groups)
    _record("appoint", "设立账户", officer, by, at, {"region_code": region_code, "roles": sorted(roles)})
    return officer


@transaction.atomic
def change_officer(
    *,
    officer_id: int,
    by: Officer,
    at: datetime,
    region_code: str | None = None,
    roles: Iterable[str] | None = None,
    is_active: bool | None = None,
) -> Officer:
    """Change an officer's territory, roles or whether he may log in; what is None stays.

    Refuses to let anyone change his own rights. Rights are read per request, so it takes effect at once.
    """
    officer = _locked(officer_id)
    if officer.pk == by.pk:
        raise Refused("own_rights", "不得改动本人的岗位、区划和状态，请由另一名系统管理员办理。")
    _refuse_unless(by, "casework.change_officer", officer.region_code or by.region_code)
    detail: dict[str, object] = {}
    if region_code is not None:
        _refuse_unless(by, "casework.change_officer", region_code)
        detail["region_code"] = [officer.region_code, region_code]
        officer.region_code = region_code
    if is_active is not None:
        detail["is_active"] = [officer.is_active, is_active]
        officer.is_active = is_active
    officer.save(update_fields=["region_code", "is_active"])
    if roles is not None:
        held = sorted(officer.groups.values_list("name", flat=True))
        officer.groups.set(_groups(roles))
        detail["roles"] = [held, sorted(roles)]
    _record("change_officer", "改动账户", officer, by, at, detail)
    return officer


@transaction.atomic
def set_password(*, officer_id: int, password: str, by: Officer, at: datetime) -> None:
    """Give another officer a new password (重置口令). His sessions end; it is written to the audit trail.

    Refuses one's own (that is changed by oneself, knowing the old one), a weak one, and without the right.
    """
    officer = _locked(officer_id)
    if officer.pk == by.pk:
        raise Refused("own_rights", "本人的口令请在“修改口令”中凭原口令修改。")
    _refuse_unless(by, "casework.change_officer", officer.region_code or by.region_code)
    try:
        validate_password(password, officer)
    except ValidationError as error:
        raise Refused("password_weak", "口令不合要求：" + "".join(error.messages)) from error
    officer.set_password(password)
    officer.save(update_fields=["password"])
    _record("set_password", "重置口令", officer, by, at, {})


def _locked(officer_id: int) -> Officer:
    officer: Officer | None = Officer.objects.select_for_update().filter(pk=officer_id).first()
    if officer is None:
        raise Refused("not_found", "未找到该经办人员。")
    return officer


def _groups(roles: Iterable[str]) -> list[Group]:
    wanted = set(roles)
    groups = list(Group.objects.filter(name__in=wanted))
    unknown = wanted - {group.name for group in groups}
    if unknown:
        raise Refused("role_unknown", f"没有这个岗位：{'、'.join(sorted(unknown))}。")
    return groups


def _refuse_unless(by: Officer, permission: str, region_code: str) -> None:
    if not by.may(permission) or not by.sees(region_code):
        raise Refused("no_permission", "您不能管理该区划的账户，请由有此权限的系统管理员办理。")


def _record(
    action: str, label: str, officer: Officer, by: Officer | None, at: datetime, detail: dict[str, object]
) -> None:
    audit.record(
        action=action,
        label=label,
        by=by,
        at=at,
        subject=f"officer:{officer.pk}",
        region_code=officer.region_code,
        detail=detail,
    )
