"""Registering an application (登记): one visit may bring several benefits of one event; and its papers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from casework import services as casework
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Notice, Officer, get_visible
from enrollment.models import Person
from maternity.models import BirthEvent, MaternityCase, MaternityItem
from maternity.workflow import MATERNITY

Kind = MaternityItem.Kind
IDENTITY, CARD, PROOF, BILLS = "identity", "bank_card", "birth_proof", "bills"
MATERIALS = {
    IDENTITY: ("身份证或社会保障卡", "BZ-EMP-17.2"),
    CARD: ("本人银行卡", "BZ-EMP-17.2"),
    PROOF: ("出生医学证明或生育报销凭证", "BZ-EMP-29.1"),
    BILLS: ("收费票据、费用清单和出院记录", "BZ-EMP-17.3"),
}
NEEDED = {
    Kind.ANTENATAL: (IDENTITY, CARD, PROOF),
    Kind.ALLOWANCE: (IDENTITY, CARD, PROOF),
    Kind.SPOUSE: (IDENTITY, CARD, PROOF, BILLS),
}


@dataclass(frozen=True, kw_only=True)
class Payee:
    """The account that is paid to; its holder is who the benefit belongs to (BZ-EMP-30.1, BZ-EMP-30.2)."""

    name: str
    bank: str
    account: str


@transaction.atomic
def register(
    *, event_id: int, kinds: Iterable[str], payee: Payee, by: Officer, at: datetime, materials: Iterable[str] = ()
) -> MaternityCase:
    """Register one application for some benefits of an event. The spouse's difference is a case of its own, because
    it is paid to another person. Refuses, having written nothing, a benefit that was asked for already."""
    event = get_visible(BirthEvent, by, lock=True, pk=event_id, voided=False)
    wanted = sorted(set(kinds))
    if not wanted or set(wanted) - set(Kind.values):
        raise Refused("KIND_UNKNOWN", "请选择要申请的生育待遇。")
    claimant = _claimant(event, wanted)
    if payee.name.strip() != claimant.name:
        raise Refused("PAYEE_OTHER", "收款户名与待遇享受人姓名不一致，生育待遇只支付给本人（BZ-EMP-30.1）。")
    if not payee.bank.strip() or not payee.account.strip().isdigit() or len(payee.account.strip()) > 32:
        raise Refused("ACCOUNT_MISSING", "请填写收款银行和数字账号。")
    case = MaternityCase(
        event=event, claimant=claimant, region_code=event.region_code, applied_on=bureau_day(at),
        payee_name=payee.name.strip(), payee_bank=payee.bank.strip(), payee_account=payee.account.strip(),
        materials=_known(materials),
    )
    MATERNITY.move(case, "register", by=by, at=at, detail={"kinds": wanted, "event": event.pk})
    try:
        with transaction.atomic():
            MaternityItem.objects.bulk_create([MaternityItem(case=case, event=event, kind=kind) for kind in wanted])
    except IntegrityError as error:
        raise Refused("ASKED_ALREADY", "该生育事件的此项待遇已经申请，每项待遇只支付一次（BZ-EMP-17.1）。") from error
    return case


@transaction.atomic
def ask_supplement(
    *, case_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Notice:
    """Ask once for everything that is missing: issues the one-time notice and stops the clock."""
    case = get_visible(MaternityCase, by, lock=True, pk=case_id)
    missing = missing_materials(case)
    if not missing:
        raise Refused("NOTHING_MISSING", "材料已齐全，无须告知补正。")
    MATERNITY.move(
        case, "ask_supplement", by=by, at=at, note=note, expected_version=expected_version,
        detail={"missing": [row["kind"] for row in missing]},
    )
    body: dict[str, Any] = {"case_no": case.case_no, "missing": missing, "note": note.strip()}
    return casework.issue_notice(
        case_no=case.case_no, kind="supplement", title="一次性告知书", body=body, by=by, at=at,
        region_code=case.region_code,
    )


@transaction.atomic
def receive_supplement(
    *, case_id: int, materials: Iterable[str], by: Officer, at: datetime, note: str = "",
    expected_version: int | None = None,
) -> MaternityCase:
    """Take in what was missing; the clock runs on. Refuses while something is still missing."""
    case: MaternityCase = get_visible(MaternityCase, by, lock=True, pk=case_id)
    case.materials = _known([*case.materials, *materials])
    refuse_missing(case)
    MATERNITY.move(case, "receive_supplement", by=by, at=at, note=note, expected_version=expected_version)
    case.save(update_fields=["materials"])
    return case


def missing_materials(case: MaternityCase) -> list[dict[str, str]]:
    """The papers that the asked benefits need and that are not there, each with its rule."""
    kinds = case.items.exclude(state=MaternityItem.State.DROPPED).values_list("kind", flat=True)
    needed = dict.fromkeys(paper for kind in kinds for paper in NEEDED[Kind(kind)])
    return [
        {"kind": paper, "name": MATERIALS[paper][0], "rule": MATERIALS[paper][1]}
        for paper in needed if paper not in case.materials
    ]


def refuse_missing(case: MaternityCase) -> None:
    missing = missing_materials(case)
    if missing:
        names = "、".join(f"{row['name']}（{row['rule']}）" for row in missing)
        raise Refused("MATERIALS_MISSING", f"还缺少：{names}。请先告知补正。")


def _claimant(event: BirthEvent, wanted: list[str]) -> Person:
    if Kind.SPOUSE not in wanted:
        return event.mother
    if len(wanted) > 1:
        raise Refused("TWO_PAYEES", "配偶差额支付给配偶，请与产妇的待遇分别登记（BZ-EMP-9.1）。")
    if event.spouse is None:
        raise Refused("SPOUSE_MISSING", "该生育事件没有登记职工医保参保配偶，不能申请配偶差额（BZ-EMP-9.1）。")
    return event.spouse


def _known(materials: Iterable[str]) -> list[str]:
    given = set(materials)
    if given - set(MATERIALS):
        raise Refused("MATERIAL_UNKNOWN", "材料种类不在清单内，请重新选择。")
    return sorted(given)
