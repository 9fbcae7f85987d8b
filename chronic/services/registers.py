"""Keeping the registers of certifying institutions and doctors, and asking them."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from casework import audit
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Doctor, Qualification
from chronic.services.judging import catalogue_of
from enrollment.models import Institution, Region
from policy.catalogue import Catalogue, Unit
from policy.catalogue_spec import Institution as Printed

KEEP = "chronic.keep_register"
DRUG_CATEGORIES = {"negotiated_drug": "特药认定", "drug_treatment": "特药治疗", "drug_supply": "特药供应"}
"""What an institution may be entrusted with for drugs under special control (BZ-DRG-5.1 to BZ-DRG-5.3)."""


def qualified(institution: Institution, known: Catalogue, unit: Unit, district: str, day: date) -> Qualification:
    """The published qualification under which an institution certifies a unit for the insured of a district.

    Refuses `NOT_QUALIFIED` without one on that day (BZ-CHR-7.1, BZ-CHR-8.1): the city's own pool may be served by
    the city's list; one that is for psychiatric diseases serves those alone (BZ-AMB-21)."""
    rows = Qualification.objects.in_force(day).filter(
        institution=institution, category=unit.category, district=district, published_on__lte=day
    )
    for row in rows:
        if row.scope == Qualification.Scope.ALL or known.psychiatric(unit):
            return row
    raise Refused(
        "NOT_QUALIFIED",
        f"{institution.name}在{day}没有为该参保地认定“{unit.label}”的已公布资格，请到公布的认定机构申请。",
    )


def doctor_of(code: str, institution: Institution, day: date) -> Doctor:
    """The registered doctor of an institution on a day; else `DOCTOR_UNKNOWN`."""
    found = Doctor.objects.in_force(day).filter(code=code.strip(), institution=institution).first()
    if found is None:
        raise Refused("DOCTOR_UNKNOWN", f"医师编码“{code[:30]}”未在{institution.name}登记，或登记已失效。")
    return found


@transaction.atomic
def qualify(
    *, institution_id: int, category: str, district: str, starts_on: date, by: Officer, at: datetime,
    scope: str = "all", published_on: date | None = None, rule: str = "",
) -> Qualification:
    """Entrust an institution with certifying a category for the insured of a district, and publish it (BZ-CHR-8.1)."""
    _authorise(by, district)
    institution = Institution.objects.get(pk=institution_id)
    known = catalogue_of(district)
    if category not in {*known.rules.categories, *DRUG_CATEGORIES}:
        raise Refused("CATEGORY_UNKNOWN", f"“{category[:20]}”不是该统筹区的认定类别。")
    try:
        with transaction.atomic():
            row = Qualification.objects.create(
                institution=institution, category=category, district=district, scope=scope, starts_on=starts_on,
                published_on=published_on, rule=rule,
            )
    except IntegrityError as error:
        raise Refused("PERIOD_OVERLAP", f"{institution.name}在该期间已有同类认定资格。") from error
    _record("qualify", "授予认定资格", row.pk, by, at, district)
    return row


@transaction.atomic
def withdraw_qualification(
    *, qualification_id: int, ends_on: date, reason: str, by: Officer, at: datetime
) -> Qualification:
    """End a qualification with its reason; `ends_on` is the first day without it (CQ-10.3)."""
    row: Qualification = get_visible(Qualification, by, lock=True, pk=qualification_id)
    _authorise(by, row.district)
    if not reason.strip():
        raise Refused("note_required", "请写明终止认定资格的原因。")
    if ends_on <= row.starts_on or (row.ends_on is not None and ends_on >= row.ends_on):
        raise Refused("PERIOD_REVERSED", f"终止日期须晚于{row.starts_on}，且早于原结束日期。")
    row.ends_on, row.end_reason = ends_on, reason.strip()[:200]
    row.save(update_fields=["ends_on", "end_reason"])
    _record("withdraw_qualification", "终止认定资格", row.pk, by, at, row.district)
    return row


@transaction.atomic
def register_doctor(
    *, code: str, name: str, institution_id: int, title: str, starts_on: date, by: Officer, at: datetime,
    specialty: str = "",
) -> Doctor:
    """Put a doctor with title and speciality into the register."""
    institution = Institution.objects.get(pk=institution_id)
    _authorise(by, institution.region_id)
    if title not in Doctor.Title.values:
        raise Refused("TITLE_UNKNOWN", "职称应为住院医师、主治医师、副主任医师或主任医师。")
    if Doctor.objects.filter(code=code).exists():
        raise Refused("DOCTOR_TWICE", f"医师编码“{code[:30]}”已登记。")
    row = Doctor.objects.create(
        code=code, name=name, institution=institution, title=title, specialty=specialty, starts_on=starts_on
    )
    _record("register_doctor", "登记认定医师", row.pk, by, at, institution.region_id)
    return row


@transaction.atomic
def load_qualifications(*, region_code: str, starts_on: date, by: Officer, at: datetime) -> int:
    """Enter the institutions that the pack prints for each district (BZ-CHR-7.2), also those that certify, treat with
    and supply drugs under special control (BZ-DRG-5.1 to BZ-DRG-5.3); what is there stays.

    Returns how many were added. Names are matched with the city's own institutions by their end, as the handbook
    writes them without the city's name; one that is not in the register is left out."""
    known = catalogue_of(region_code)
    city = region_code[:4]
    districts = {row.name: row.code for row in Region.objects.filter(code__startswith=city)}
    own = Institution.objects.active_on(bureau_day(at)).filter(region__code__startswith=city).order_by("code")
    houses = {house.name: house for house in own}
    added = 0
    for district, category, one, rule in _printed(known):
        code = next((code for name, code in districts.items() if name.endswith(district)), None)
        house = next((found for name, found in houses.items() if name.endswith(one.name)), None)
        if not code or house is None:
            continue
        if not Qualification.objects.filter(institution=house, category=category, district=code).exists():
            qualify(
                institution_id=house.pk, category=category, district=code, scope=one.scope, starts_on=starts_on,
                published_on=starts_on, rule=rule, by=by, at=at,
            )
            added += 1
    return added


def _printed(known: Catalogue) -> Iterator[tuple[str, str, Printed, str]]:
    """District, category, institution and rule of each entry of the pack's lists."""
    for district, categories in known.rules.institutions.items():
        for category, listed in categories.items():
            yield from ((district, category, one, known.rules.institutions_rule) for one in listed)
    for district, categories in known.rules.drug_institutions.items():
        for category, listed in categories.items():
            yield from ((district, category, one, known.rules.drug_rules[category]) for one in listed)


def published(district: str, day: date) -> list[Qualification]:
    """The list for the public page: who may certify what, on a day (BZ-CHR-8.1). One query."""
    rows = Qualification.objects.in_force(day).filter(district=district, published_on__lte=day)
    return list(rows.select_related("institution").order_by("category", F("institution__name")))




def _authorise(by: Officer, region_code: str) -> None:
    if not by.may(KEEP):
        raise Refused("forbidden", "您没有维护认定机构和医师的权限，请转由主管办理。")
    if not by.sees(region_code):
        raise Refused("out_of_jurisdiction", "该参保地不在您的经办区划内。")


def _record(action: str, label: str, row: int, by: Officer, at: datetime, region_code: str) -> None:
    audit.record(action=action, label=label, by=by, at=at, subject=f"chronic:{row}", region_code=region_code)
