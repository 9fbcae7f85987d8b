"""The checklist of materials, and asking once for all that is missing (一次性告知、补正)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO

from django.db import transaction
from django.db.models import Q

from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Notice, Officer
from claims.models import Claim, MaterialReceived, MaterialRequirement
from claims.services.details import record_act
from claims.services.registration import locked_claim
from claims.workflow import CLAIM
from enrollment import services as enrollment

NOTICE_KIND = "supplement"
NOTICE_TITLE = "医疗费用手工报销补正材料一次性告知书"


@dataclass(frozen=True, slots=True)
class Material:
    """One row of the checklist: what is asked for, by which article, and whether it is there."""

    kind: str
    name: str
    required: bool
    original: bool
    rule: str
    article: str
    received: MaterialReceived | None = None

    @property
    def missing(self) -> bool:
        return self.required and self.received is None


def checklist(claim: Claim) -> list[Material]:
    """The materials this claim needs on its day of application, each with what was received. Two or three queries."""
    received = {row.kind: row for row in claim.materials.all() if not row.voided}
    return materials_for(
        applied_on=claim.applied_on, reason=claim.reason_id, agent=bool(claim.agent_name), injury=claim.injury,
        benefits=[visit.benefit for visit in claim.visits.all() if not visit.voided], received=received,
    )


def materials_for(
    *, applied_on: date, reason: int | None, benefits: Iterable[str], agent: bool = False, injury: bool = False,
    received: Mapping[str, MaterialReceived] | None = None,
) -> list[Material]:
    """What a claim of these benefits needs: a kind once, by the name that its last row gives it. One query.

    What any of the benefits requires is required, unless a row of the reason itself says that it is not."""
    conditions = {""} | ({"agent"} if agent else set()) | ({"injury"} if injury else set())
    wanted = (
        MaterialRequirement.objects.valid_on(applied_on)
        .filter(Q(reason__isnull=True) | Q(reason=reason), condition__in=conditions, benefit__in={"", *benefits})
        .order_by("id")
    )
    rows: dict[str, Material] = {}
    for need in wanted:
        before = rows.get(need.kind)
        rows[need.kind] = Material(
            kind=need.kind, name=need.name, required=_required(need, before),
            original=need.original, rule=need.rule, article=need.article, received=(received or {}).get(need.kind),
        )
    return list(rows.values())


def _required(need: MaterialRequirement, before: Material | None) -> bool:
    return need.required or bool(need.reason_id is None and before and before.required)


@transaction.atomic
def receive_material(
    *, claim_id: int, kind: str, by: Officer, at: datetime, file: IO[bytes] | None = None
) -> MaterialReceived:
    """Note that a material was handed in (收取材料), with a scanned file or on paper only.

    Refuses a kind that is not on the checklist, one already received, and a claim that is decided or closed.
    """
    claim = locked_claim(claim_id, by)
    _may_keep_materials(claim, by)
    row = next((row for row in checklist(claim) if row.kind == kind), None)
    if row is None:
        raise Refused("MATERIAL_UNKNOWN", "该材料不在本件的材料清单内。")
    if row.received and file is None:
        raise Refused("MATERIAL_RECEIVED", f"{row.name}已经收到。")
    document = None
    if file is not None:
        document = casework.attach_document(
            case_no=claim.case_no, kind=kind, file=file, by=by, at=at, region_code=claim.region_code
        )
    received = MaterialReceived.objects.create(
        claim=claim, kind=kind, name=row.name, document=document, received_by=by, received_at=at
    )
    record_act(claim, "receive_material", "收取材料", by=by, at=at, kind=kind, name=row.name)
    return received


@transaction.atomic
def give_back_material(*, material_id: int, reason: str, by: Officer, at: datetime) -> MaterialReceived:
    """Void a material that was received in error (退还材料)."""
    found = MaterialReceived.objects.visible_to(by).filter(pk=material_id, voided=False).first()
    if found is None:
        raise Refused("not_found", "未找到该材料，或不在您的经办区划内。")
    claim = locked_claim(found.claim_id, by)
    _may_keep_materials(claim, by)
    if not reason.strip():
        raise Refused("note_required", "请写明退还原因。")
    found.voided = True
    found.save(update_fields=["voided"])
    record_act(claim, "give_back_material", "退还材料", by=by, at=at, note=reason.strip(), kind=found.kind)
    return found


@transaction.atomic
def ask_supplement(
    *, claim_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Notice:
    """Ask once for everything that is missing (补正): issues the one-time notice and stops the clock.

    What is missing is read from the checklist, not chosen, so nothing can be asked for piece by piece. Refuses
    when nothing is missing.
    """
    claim = locked_claim(claim_id, by)
    body = supplement_notice(claim, at=at)
    if not body["missing"]:
        raise Refused("NOTHING_MISSING", "材料清单已齐全，无须告知补正。")
    CLAIM.move(
        claim, "ask_supplement", by=by, at=at, note=note, expected_version=expected_version,
        detail={"missing": [row["kind"] for row in body["missing"]]},
    )
    return casework.issue_notice(
        case_no=claim.case_no, kind=NOTICE_KIND, title=NOTICE_TITLE, body={**body, "note": note.strip()}, by=by, at=at,
        region_code=claim.region_code,
    )


@transaction.atomic
def receive_supplement(
    *, claim_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Claim:
    """The missing materials are there (收到补正): the clock goes on, later by the working days it stood.

    Refuses while a required material is missing.
    """
    claim = locked_claim(claim_id, by)
    missing = [row.name for row in checklist(claim) if row.missing]
    if missing:
        raise Refused("MATERIAL_MISSING", f"仍缺：{'、'.join(missing)}。请先登记收到的材料。")
    CLAIM.move(claim, "receive_supplement", by=by, at=at, note=note, expected_version=expected_version)
    return claim


def supplement_notice(claim: Claim, *, at: datetime) -> dict:
    """What the one-time notice says: everything that is missing, each with its article, and what happens next."""
    person = claim.person
    return {
        "case_no": claim.case_no,
        "matter": claim.matter_label,
        "name": person.name,
        "masked_id": person.masked_id,
        "applied_on": claim.applied_on.isoformat(),
        "day": bureau_day(at).isoformat(),
        "office": enrollment.region_name(claim.region_code),
        "missing": [
            {"kind": row.kind, "name": row.name, "original": row.original, "rule": row.rule, "article": row.article}
            for row in checklist(claim) if row.missing
        ],
        "received": [row.name for row in checklist(claim) if row.received],
        "consequence": "请在收到本告知书后补齐以上材料。等待补正的时间不计入办理时限；补齐后继续办理。",
    }


def _may_keep_materials(claim: Claim, by: Officer) -> None:
    if not by.may("claims.register_claim") and not by.may("claims.precheck_claim"):
        raise Refused("no_permission", "您的岗位不能收取材料。")
    if claim.decided or claim.closed_at:
        raise Refused("step_not_open", f"该件现为“{claim.get_status_display()}”，不能再改动材料。")
