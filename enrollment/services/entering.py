"""What all registrations share: finding or entering the person, opening insurance, leaving the other scheme."""
from dataclasses import dataclass
from datetime import date, datetime

from casework import outbox
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import InsurancePeriod, Person, PersonTag, PersonType
from enrollment.models.relations import Scheme
from enrollment.services.facts import Facts, Fault
from enrollment.services.insuring import close_insurance, end_tag, open_insurance, tag_person
from enrollment.services.persons import amend_person, register_person
from enrollment.services.regions import known_region
from enrollment.services.spans import note_act

EMPLOYEE_TAGS = (PersonTag.Tag.LARGE_AMOUNT, PersonTag.Tag.CIVIL_SERVANT, PersonTag.Tag.UNEMPLOYED)
"""Tags that hold only while insured as an employee in the same way; they end with the insurance."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, when, under which case, and who registered the case if another did."""

    by: Officer
    at: datetime
    case_no: str = ""
    proposed_by: Officer | None = None


def known_person(facts: Facts) -> Person | None:
    """The register's row of this number, the kept one where two were merged; wherever it lies."""
    kind = facts.get("id_type") or Person.IdType.CITIZEN
    found = Person.objects.filter(id_type=kind, id_no=facts["id_no"]).select_related("merged_into").first()
    return (found.merged_into or found) if found else None


def person_faults(facts: Facts, by: Officer, at: str = "") -> list[Fault]:
    """What stands against using or entering this person: another territory, another name, death, missing facts."""
    if "id_no" not in facts or "name" not in facts:
        return []
    found = known_person(facts)
    if found is None:
        carries = (facts.get("id_type") or Person.IdType.CITIZEN) in ("01", "17")
        return [] if carries else [
            Fault(f"{at}{name}", "FIELD_MISSING", f"非居民身份证件须填写{label}。")
            for name, label in (("birth_date", "出生日期"), ("sex", "性别")) if name not in facts
        ]
    if not by.sees(found.region_code):
        told = "该证件号码已在其他经办区划登记，请由市级经办机构办理参保地变更。"
        return [Fault(f"{at}id_no", "PERSON_ELSEWHERE", told)]
    if found.name != facts["name"]:
        told = "姓名与该证件号码的登记姓名不一致，请核对；确已更名的，先办理信息变更。"
        return [Fault(f"{at}name", "NAME_DISAGREES", told)]
    if found.died_on:
        return [Fault(f"{at}id_no", "PERSON_DIED", f"参保人已于{found.died_on}死亡，不能办理参保登记。")]
    return []


def enter_person(facts: Facts, region_code: str, act: Act) -> Person:
    """Return the person of these facts, entering him if the register does not know the number yet."""
    for fault in person_faults(facts, act.by):
        raise Refused(fault.code, fault.message)
    found = known_person(facts)
    if found is not None:
        place(found, region_code, act)
        changes = {name: facts[name] for name in ("phone", "address") if name in facts}
        if changes:
            amend_person(person_id=found.pk, by=act.by, at=act.at, **changes)
        return found
    details = {name: facts[name] for name in ("id_type", "birth_date", "sex", "phone", "address") if name in facts}
    return register_person(
        id_no=facts["id_no"], name=facts["name"], region_code=region_code, by=act.by, at=act.at, **details,
    )


def check_type(person_type: str, scheme: str, *, flexible: bool | None = None) -> None:
    """Refuse a person type that is not one of the scheme, or of the group within it."""
    found = PersonType.objects.filter(pk=person_type, scheme=scheme).first()
    if found is None or (flexible is not None and ("flexible" in found.tags) != flexible):
        raise Refused("PERSON_TYPE", "人员类别与参保方式不符，请核对。")


def open_period(person: Person, on: date) -> InsurancePeriod | None:
    """The insurance period that holds on a day."""
    return person.insurance_periods.in_force(on).first()


def leave_scheme(person: Person, starts_on: date, reason: str, act: Act) -> InsurancePeriod | None:
    """End what the person is insured in when another insurance begins on `starts_on` (BZ-GEN-24.1: never both).

    The places concerned hear of it through the outbox (BZ-GEN-18.4, 18.5). Refuses a period that begins on that day
    or later: it must be taken back, and a premium paid for it refunded, first (BZ-GEN-23.1).
    """
    later = person.insurance_periods.filter(voided=False, starts_on__gte=starts_on).first()
    if later is not None:
        raise Refused("PERIOD_OVERLAP", f"已登记“{later}”，请先作废或办理退费后再办理。")
    period = open_period(person, starts_on)
    if period is None:
        return None
    close_insurance(period_id=period.pk, ends_on=starts_on, reason=reason, by=act.by, at=act.at)
    end_tags(person, starts_on, act)
    outbox.publish(
        "enrollment.relation_suspended", f"{period.pk}",
        {"person_id": person.pk, "period_id": period.pk, "region_code": period.region_code, "reason": reason},
    )
    return period


def end_tags(person: Person, ends_on: date, act: Act, tags: tuple[str, ...] = EMPLOYEE_TAGS) -> None:
    """End the tags that follow from the way of insurance."""
    for row in person.tags.in_force(ends_on).filter(tag__in=tags, starts_on__lt=ends_on):
        end_tag(tag_id=row.pk, ends_on=ends_on, by=act.by, at=act.at)


def give_tag(person: Person, tag: str, starts_on: date, act: Act) -> None:
    """Give a tag unless the person holds it on that day."""
    if not person.tags.in_force(starts_on).filter(tag=tag).exists():
        tag_person(person_id=person.pk, tag=tag, starts_on=starts_on, by=act.by, at=act.at)


def insure(person: Person, person_type: str, starts_on: date, reason: str, act: Act) -> InsurancePeriod:
    """Open insurance of the type's scheme from `starts_on`."""
    scheme = PersonType.objects.filter(pk=person_type).values_list("scheme", flat=True).first() or Scheme.RESIDENT
    return open_insurance(
        person_id=person.pk, scheme=scheme, person_type=person_type, starts_on=starts_on, reason=reason,
        by=act.by, at=act.at,
    )


def place(person: Person, region_code: str, act: Act) -> None:
    """Set the person's place of insurance to where he is insured now (参保地变更). Both places must lie in the
    officer's territory, and nothing be insured at the old one any more if they differ."""
    if person.region_code == region_code:
        return
    if not (act.by.sees(person.region_code) and act.by.sees(region_code)):
        raise Refused("jurisdiction", "原参保地或新参保地不在您的经办区划内，请由市级经办机构办理。")
    old, person.region_code = person.region_code, known_region(region_code)
    person.save(update_fields=["region_code"])
    note_act(person, "move_person", "参保地变更", by=act.by, at=act.at, before=old, after=region_code)
    outbox.publish(
        "enrollment.person_moved", f"{person.pk}:{act.at.isoformat()}",
        {"person_id": person.pk, "from": old, "to": region_code},
    )
