"""What entitlements do when the register of insured persons changes: death, another scheme, the end of insurance.

Called by the news of enrollment (chronic.subscribers) and by the daily job, which also sees what began by itself.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from casework import audit, outbox
from chronic.models import Certification, Entitlement
from chronic.services import granting
from chronic.services.judging import catalogue_of
from enrollment.models import InsurancePeriod, Person
from enrollment.services.spans import merged_numbers
from policy.catalogue import Unit
from policy.periods import ONE_DAY

OPEN_CASE = ("submitted", "signed", "sealed", "entered")


@transaction.atomic
def end_with_death(*, person_id: int, died_on: date, at: datetime) -> int:
    """End all entitlements the day after a death; returns how many. What has ended stays."""
    rows = Entitlement.objects.filter(person_id=person_id, ended_on=None).select_for_update().order_by("pk")
    for made in rows:
        granting.end(made, died_on + ONE_DAY, "参保人死亡", by=None, at=at)
    return len(rows)


def follow_register(*, person_ids: Iterable[int], on: date, at: datetime) -> None:
    """Have the entitlements of these persons follow what the register says by now: the same insurance, another one, or
    none. One query where none of them holds any."""
    rows = Entitlement.objects.filter(_of(person_ids), ended_on=None)
    holders = sorted({kept or own for own, kept in rows.values_list("person_id", "person__merged_into_id")})
    if not holders:
        return
    carry_over(on=on, at=at, person_ids=holders)
    for person_id in holders:
        end_with_insurance(person_id=person_id, at=at)


def _of(person_ids: Iterable[int]) -> Q:
    """Of these persons, and of the numbers merged into theirs."""
    numbers = list(person_ids)
    return Q(person_id__in=numbers) | Q(person__merged_into_id__in=numbers)


@transaction.atomic
def carry_over(*, on: date, at: datetime, person_ids: Iterable[int] | None = None) -> int:
    """Let entitlements follow a change of scheme, without a new application (CQ-12.1, BZ-CHR-2.1); returns how many
    did. The benefit is that of the scheme that holds on the service day; a disease that the new scheme does not have
    (BZ-CHR-3.6) rests from its first day, and is taken up again on the way back. Done again it does nothing."""
    who = Coalesce(OuterRef("person__merged_into_id"), OuterRef("person_id"))
    period = InsurancePeriod.objects.in_force(on).filter(person=who)
    rows = Entitlement.objects.filter(ended_on=None).annotate(
        scheme_now=Subquery(period.values("scheme")[:1]), insured_since=Subquery(period.values("starts_on")[:1])
    ).exclude(scheme_now=None).exclude(scheme_now=F("scheme"))
    if person_ids is not None:
        rows = rows.filter(_of(person_ids))
    found = list(rows.select_related("person").order_by("pk").select_for_update(of=("self",)))
    for made in found:
        _carry(made, made.scheme_now, made.insured_since, at)
    return len(found)


def _carry(made: Entitlement, scheme: str, since: date, at: datetime) -> None:
    known = catalogue_of(made.person.region_code)
    before, made.scheme = made.scheme, scheme
    made.save(update_fields=["scheme"])
    if not before:
        return
    unit = known.units.get(made.unit)
    if unit is not None and unit.schemes:
        _rest_or_go_on(made, unit, scheme, since)
    audit.record(
        action="carry_over", label="险种变更，待遇延续", by=None, at=at, subject=f"entitlement:{made.pk}",
        region_code=made.person.region_code, note=known.rules.carry_over_rule,
        detail={"unit": made.unit, "before": before, "after": scheme, "from": since.isoformat()},
    )
    outbox.publish(
        "chronic.entitlement_carried", f"entitlement:{made.pk}:{since}:{scheme}",
        {"person_id": made.person_id, "entitlement_id": made.pk, "unit": made.unit, "scheme": scheme,
         "from": since.isoformat()},
    )


def _rest_or_go_on(made: Entitlement, unit: Unit, scheme: str, since: date) -> None:
    running = [row for row in made.periods.filter(voided=False) if row.ends_on is None or row.ends_on > since]
    if scheme not in unit.schemes:
        for period in running:
            granting.close_period(period, since, f"险种不适用（{unit.rule}）")
    elif not running:
        rests = granting.suspends_on(made.review_due_on, made.person.region_code) if made.review_due_on else None
        if rests is None or rests > since:
            granting.open_period(made, since, rests, f"险种恢复（{unit.rule}）")


@transaction.atomic
def end_with_insurance(*, person_id: int, at: datetime) -> int:
    """End entitlements with the insurance where the pool says so (CQ-11.1): on the first day after the last insured
    one. Nothing ends while another insurance follows, nor where the pool says nothing of it."""
    person = Person.objects.filter(pk=person_id, merged_into=None).first()
    if person is None:
        return 0
    rule = catalogue_of(person.region_code).rules.ends_with_insurance
    ends = list(InsurancePeriod.objects.filter(
        person__in=merged_numbers(person), voided=False
    ).values_list("ends_on", flat=True))
    if not rule or not ends or None in ends:
        return 0
    rows = Entitlement.objects.filter(
        person__in=merged_numbers(person), ended_on=None
    ).select_for_update().order_by("pk")
    for made in rows:
        granting.end(made, max(ends), "参保关系终止", by=None, at=at, rule=rule)
    return len(rows)


def merge_veto(kept: Person, absorbed: Person) -> str:
    """Why two numbers can't be merged now: a certification in work, or both hold the same disease."""
    if Certification.objects.filter(person__in=[kept, absorbed], status__in=OPEN_CASE).exists():
        return "两个编号有在办的门诊慢特病认定，请办结后再合并。"
    held = list(Entitlement.objects.filter(person__in=[kept, absorbed], ended_on=None).values_list("unit", flat=True))
    if len(held) > len(set(held)):
        return "两个编号持有同一病种的待遇，请先终止其一再合并。"
    return ""
