"""Drugs under special control (特药): the five fixed items, certified before anything is reimbursed (BZ-DRG-3.1)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from casework import outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from casework.models.jurisdiction import area_prefix
from chronic.models import DrugCertification, Qualification
from chronic.services.registers import DRUG_CATEGORIES, doctor_of
from chronic.services.steps import take
from chronic.workflow import DRUG
from enrollment import services as enrollment
from enrollment.models import Institution, Person
from enrollment.services.spans import merged_numbers
from policy.periods import Period

RULE = "BZ-DRG-3.1"


@dataclass(frozen=True, kw_only=True)
class Drug:
    """What is asked for: the drug and its class, the disease, the institutions by number, the doctor by code."""

    drug_code: str
    drug_name: str
    drug_class: str
    disease: str
    institution_id: int
    treating_id: int
    supplying_id: int
    doctor: str
    real_name: bool
    valid_from: date
    valid_until: date
    plan: str = ""


@transaction.atomic
def file_drug(*, person_id: int, drug: Drug, by: Officer, at: datetime) -> DrugCertification:
    """File a drug's certification form (病种认定表, BZ-DRG-3.2); the bureau confirms.

    All five must be fixed: a certifying (BZ-DRG-5.1), a treating (BZ-DRG-5.2) and a supplying institution (BZ-DRG-5.3,
    or the treating hospital itself: BZ-DRG-5.4) of the published lists, a doctor of the treating one, and the real-name
    file. `valid_until` is the first day on which it holds no more."""
    person = Person.objects.select_for_update(of=("self",)).filter(pk=person_id, merged_into=None).first()
    house = Institution.objects.filter(pk=drug.institution_id).first()
    if person is None or house is None or (by.institution_code and house.code != by.institution_code):
        raise Refused("not_found", "未找到该参保人或认定机构，请核对。")
    today = bureau_day(at)
    cover = enrollment.coverage_on(person, today)
    if cover.period is None:
        raise Refused("NOT_INSURED", f"不能申请认定：{cover.reason}")
    _refuse_incomplete(drug)
    treating, supplying = _fixed(drug, house, person.region_code, today)
    case = DrugCertification(
        person=person, drug_code=drug.drug_code.strip()[:30], drug_name=drug.drug_name.strip()[:120],
        drug_class=drug.drug_class, disease=drug.disease.strip()[:120], institution=house, treating=treating,
        supplying=supplying, doctor=doctor_of(drug.doctor, treating, today), real_name=True, plan=drug.plan[:300],
        valid_from=drug.valid_from, valid_until=drug.valid_until, region_code=person.region_code[:6], rule=RULE,
    )
    try:
        with transaction.atomic():
            DRUG.move(case, "file_drug", by=by, at=at, detail={"drug": case.drug_code})
    except IntegrityError as error:
        raise Refused("DRUG_OPEN", "该药品已有在办的认定，请先办结。") from error
    return case


@transaction.atomic
def confirm_drug(
    *, drug_certification_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> DrugCertification:
    """Confirm: from its first day it holds, and the one before ends there (a changed institution, doctor or pharmacy).
    Refuses one whose validity would lie inside an earlier one's that began on the same day or later."""
    case: DrugCertification = get_visible(DrugCertification, by, lock=True, pk=drug_certification_id)
    before = DrugCertification.objects.filter(
        person__in=merged_numbers(case.person), drug_code=case.drug_code, status__in=("confirmed", "ended"),
        valid_until__gt=case.valid_from,
    ).select_for_update(of=("self",))
    for earlier in before:
        if earlier.valid_from >= case.valid_from:
            raise Refused("PERIOD_OVERLAP", f"该药品自{earlier.valid_from}起已有认定，有效期重叠。")
        earlier.valid_until = case.valid_from
        earlier.save(update_fields=["valid_until"])
    try:
        with transaction.atomic():
            _take(case, "confirm_drug", by, at, note, expected_version)
    except IntegrityError as error:
        raise Refused("PERIOD_OVERLAP", "该药品的认定有效期重叠，请刷新后再办理。") from error
    return case


@transaction.atomic
def refuse_drug(
    *, drug_certification_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> DrugCertification:
    """Do not confirm (不予认定), with the reason."""
    case: DrugCertification = get_visible(DrugCertification, by, lock=True, pk=drug_certification_id)
    _take(case, "refuse_drug", by, at, reason, expected_version)
    return case


@transaction.atomic
def withdraw_drug(
    *, drug_certification_id: int, reason: str, by: Officer, at: datetime, expected_version: int | None = None
) -> DrugCertification:
    """Take it back before it is decided (撤回)."""
    case: DrugCertification = get_visible(DrugCertification, by, lock=True, pk=drug_certification_id)
    DRUG.move(case, "withdraw_drug", by=by, at=at, note=reason, expected_version=expected_version)
    return case


@transaction.atomic
def end_drug(
    *, drug_certification_id: int, from_day: date, reason: str, by: Officer, at: datetime,
    expected_version: int | None = None,
) -> DrugCertification:
    """End a confirmed certification early; `from_day` is the first day without it, which may lie in the past.

    Without certification nothing is reimbursed (BZ-DRG-3.1): `chronic.drug_ended` tells claims, which proposes the
    recovery of what was paid for that day or later, as for a disease's certificate that is cut. One that a new one
    replaces (`confirm_drug`) leaves no day without, so nothing is told of it."""
    case: DrugCertification = get_visible(DrugCertification, by, lock=True, pk=drug_certification_id)
    if not case.valid_from <= from_day < case.valid_until:
        raise Refused("PERIOD_REVERSED", f"终止日期须在有效期{case.valid_from}至{case.valid_until}之内。")
    take(
        DRUG, case, "end_drug", by=by, at=at, note=reason, expected_version=expected_version, valid_until=from_day,
        detail={"from": from_day.isoformat()},
    )
    outbox.publish(
        "chronic.drug_ended", f"drug:{case.pk}:{from_day}",
        {"person_id": case.person_id, "drug_certification_id": case.pk, "drug": case.drug_code,
         "from": from_day.isoformat(), "reason": reason.strip()[:200], "officer_id": by.pk},
    )
    return case


def drug_certificate_on(person: Person, drug: str, on: date) -> DrugCertification | None:
    """The certification under which a drug is paid for a person on a day, with its five fixed items; None: nothing is
    reimbursed (BZ-DRG-3.1). One query."""
    rows = DrugCertification.objects.filter(
        person__in=merged_numbers(person), drug_code=drug, status__in=("confirmed", "ended"), valid_from__lte=on,
        valid_until__gt=on,
    )
    return rows.select_related("institution", "treating", "supplying", "doctor").first()


def drug_days(person: Person, drug: str) -> list[Period]:
    """The days on which a drug is certified for a person, whatever is fixed besides (BZ-DRG-3.1). One query."""
    rows = DrugCertification.objects.filter(
        person__in=merged_numbers(person), drug_code=drug, status__in=("confirmed", "ended"),
        valid_until__gt=F("valid_from"),
    )
    return [Period(*days) for days in rows.order_by("valid_from").values_list("valid_from", "valid_until")]


def drug_refusals(
    person: Person, drug: str, on: date, *, supplying_id: int, treating_id: int | None = None, doctor: str = ""
) -> list[str]:
    """Why a purchase is not reimbursed (五定): nothing certified, or another pharmacy, hospital or doctor than the one
    that is fixed. Empty: nothing stands against it. One query."""
    held = drug_certificate_on(person, drug, on)
    if held is None:
        return [f"该药品在{on}没有有效的特药认定（{RULE}）"]
    said = []
    if supplying_id != held.supplying_id:
        said.append(f"购药机构不是认定的供药机构“{held.supplying.name}”（BZ-DRG-3.4）")
    if treating_id is not None and treating_id != held.treating_id:
        said.append(f"处方机构不是认定的治疗机构“{held.treating.name}”（BZ-DRG-3.3）")
    if doctor and doctor != held.doctor.code:
        said.append(f"处方医师不是认定的责任医师“{held.doctor.name}”（{RULE}）")
    return said


def _take(case: DrugCertification, step: str, by: Officer, at: datetime, note: str, version: int | None) -> None:
    take(
        DRUG, case, step, by=by, at=at, note=note, expected_version=version, hands=(case.registered_by_id,),
        decided_by=by,
    )


def _refuse_incomplete(drug: Drug) -> None:
    if drug.drug_class not in DrugCertification.DrugClass.values:
        raise Refused("CHOICE", "药品类别应为单行支付药品或高值药品。")
    if not (drug.drug_code.strip() and drug.drug_name.strip() and drug.disease.strip()):
        raise Refused("FIELD_MISSING", "请填写药品编码、药品名称和病种。")
    if drug.real_name is not True:
        raise Refused("REAL_NAME", f"须先实名建档（{RULE}）。")
    if drug.valid_until <= drug.valid_from:
        raise Refused("PERIOD_REVERSED", "有效期结束日期须晚于开始日期。")


def _fixed(drug: Drug, house: Institution, region_code: str, day: date) -> tuple[Institution, Institution]:
    """The treating and the supplying institution; refuses any of the three that is not on its published list."""
    found = Institution.objects.in_bulk([drug.treating_id, drug.supplying_id])
    if drug.treating_id not in found or drug.supplying_id not in found:
        raise Refused("not_found", "未找到治疗机构或供药机构，请核对。")
    treating, supplying = found[drug.treating_id], found[drug.supplying_id]
    wanted = [(house, "negotiated_drug", "认定"), (treating, "drug_treatment", "治疗")]
    if supplying != treating:
        wanted.append((supplying, "drug_supply", "供药"))
    rows = Qualification.objects.in_force(day).filter(
        district__startswith=area_prefix(f"{region_code[:4]}00"), category__in=DRUG_CATEGORIES, published_on__lte=day
    )
    listed = {(row.institution_id, row.category): row for row in rows}
    for one, category, word in wanted:
        if (one.pk, category) not in listed:
            raise Refused("NOT_QUALIFIED", f"{one.name}在{day}不在已公布的特药{word}机构名单内。")
    return treating, supplying
