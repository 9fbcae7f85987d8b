"""The checklist of materials of a case, and asking once for all that is missing (一次性告知、补正)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

from django.db import transaction

from casework import audit
from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Notice, Officer, get_visible
from enrollment import services as enrollment
from maternity.models import MaternityCase, MaternityItem, MaternityMaterial
from maternity.workflow import MATERNITY, OPEN, REGISTER

NOTICE_KIND = "supplement"
NOTICE_TITLE = "生育待遇申领补正材料一次性告知书"


@dataclass(frozen=True, slots=True)
class Material:
    """One row of the checklist: what is asked for, by which article, and whether it is there."""

    code: str
    name: str
    required: bool
    original: bool
    rule: str
    article: str
    received: bool

    @property
    def missing(self) -> bool:
        return self.required and not self.received


def checklist(case: MaternityCase) -> list[Material]:
    """What the asked benefits need on the day of the application. Two queries."""
    kinds = case.items.exclude(state=MaternityItem.State.DROPPED).values_list("kind", flat=True)
    return needed(kinds, case.applied_on, case.materials)


def needed(kinds: Iterable[str], day: date, received: Iterable[str] = ()) -> list[Material]:
    """The materials of some benefits, once each, in the order of the table. One query."""
    wanted = MaternityMaterial.objects.valid_on(day).filter(benefit__in=["", *kinds]).order_by("id")
    there, rows = set(received), {}
    for need in wanted:
        before = rows.get(need.code)
        rows[need.code] = Material(
            code=need.code, name=need.name, required=need.required or bool(before and before.required),
            original=need.original, rule=need.rule, article=need.article, received=need.code in there,
        )
    return list(rows.values())


@transaction.atomic
def receive_material(
    *, case_id: int, code: str, by: Officer, at: datetime, file: IO[bytes] | None = None
) -> MaternityCase:
    """Note that a material was handed in (收取材料), with a scanned file or on paper only.

    Refuses one that is not on the checklist, one already there, and a case that is decided or closed."""
    case: MaternityCase = get_visible(MaternityCase, by, lock=True, pk=case_id)
    if not by.may(REGISTER):
        raise Refused("no_permission", "您的岗位不能收取材料。")
    if case.status not in OPEN:
        raise Refused("step_not_open", f"该件现为“{case.get_status_display()}”，不能再收取材料。")
    row = next((row for row in checklist(case) if row.code == code), None)
    if row is None:
        raise Refused("MATERIAL_UNKNOWN", "该材料不在本件的材料清单内。")
    if row.received and file is None:
        raise Refused("MATERIAL_RECEIVED", f"{row.name}已经收到。")
    if file is not None:
        casework.attach_document(
            case_no=case.case_no, kind=code, file=file, by=by, at=at, region_code=case.region_code
        )
    case.materials = sorted({*case.materials, code})
    case.save(update_fields=["materials"])
    audit.record(
        action="receive_material", label="收取材料", by=by, at=at, case_no=case.case_no,
        region_code=case.region_code, detail={"code": code, "name": row.name},
    )
    return case


@transaction.atomic
def ask_supplement(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Notice:
    """Ask once for everything that is missing: issues the one-time notice and stops the clock."""
    case = get_visible(MaternityCase, by, lock=True, pk=case_id)
    body = supplement_notice(case, at=at)
    if not body["missing"]:
        raise Refused("NOTHING_MISSING", "材料已齐全，无须告知补正。")
    MATERNITY.move(
        case, "ask_supplement", by=by, at=at, note=note, expected_version=expected_version,
        detail={"missing": [row["kind"] for row in body["missing"]]},
    )
    return casework.issue_notice(
        case_no=case.case_no, kind=NOTICE_KIND, title=NOTICE_TITLE, body={**body, "note": note.strip()}, by=by, at=at,
        region_code=case.region_code,
    )


@transaction.atomic
def receive_supplement(
    *, case_id: int, by: Officer, at: datetime, materials: Iterable[str] = (), note: str = "",
    expected_version: int | None = None,
) -> MaternityCase:
    """Take in what was missing; the clock runs on. Refuses while something is still missing."""
    case: MaternityCase = get_visible(MaternityCase, by, lock=True, pk=case_id)
    case.materials = known_codes([*case.materials, *materials], case.applied_on)
    refuse_missing(case)
    MATERNITY.move(case, "receive_supplement", by=by, at=at, note=note, expected_version=expected_version)
    case.save(update_fields=["materials"])
    return case


def supplement_notice(case: MaternityCase, *, at: datetime) -> dict[str, Any]:
    """What the one-time notice says: everything that is missing, each with its article, and what happens next."""
    rows = checklist(case)
    return {
        "case_no": case.case_no,
        "matter": case.matter_label,
        "name": case.claimant.name,
        "masked_id": case.claimant.masked_id,
        "applied_on": case.applied_on.isoformat(),
        "day": bureau_day(at).isoformat(),
        "office": enrollment.region_name(case.region_code),
        "missing": [
            {"kind": row.code, "name": row.name, "original": row.original, "rule": row.rule, "article": row.article}
            for row in rows if row.missing
        ],
        "received": [row.name for row in rows if row.received],
        "consequence": "请在收到本告知书后补齐以上材料。等待补正的时间不计入办理时限；补齐后继续办理。",
    }


def refuse_missing(case: MaternityCase) -> None:
    missing = [f"{row.name}（{row.rule}）" for row in checklist(case) if row.missing]
    if missing:
        raise Refused("MATERIALS_MISSING", f"还缺少：{'、'.join(missing)}。请先收取或告知补正。")


def known_codes(materials: Iterable[str], day: date) -> list[str]:
    """The given codes, each once; refuses one that no material of the day has."""
    given = set(materials)
    if given and given - set(MaternityMaterial.objects.valid_on(day).values_list("code", flat=True)):
        raise Refused("MATERIAL_UNKNOWN", "材料种类不在清单内，请重新选择。")
    return sorted(given)
