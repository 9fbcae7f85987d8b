"""Households (家庭户): founded, joined, left; one head a day. Residents are registered by household (BZ-RES-2.1)."""
from datetime import date, datetime

from django.db import transaction

from casework import audit, numbering
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Household, HouseholdMember
from enrollment.services.persons import clean_text
from enrollment.services.regions import known_region
from enrollment.services.spans import (
    authorise,
    check_days,
    check_free,
    locked_person,
    note_act,
    own_row,
    require_reason,
    shorten,
)


@transaction.atomic
def found_household(
    *, region_code: str, by: Officer, at: datetime, address: str = "", book_no: str = "",
) -> Household:
    """Found a household, without members yet. Its number is given here, gapless by place and year."""
    authorise(by, "register_person")
    if not by.sees(region_code):
        raise Refused("jurisdiction", "参保地不在您的经办区划内，不能登记。")
    head = f"H{known_region(region_code)[:6]}{bureau_day(at):%Y}"
    household = Household.objects.create(
        number=f"{head}{numbering.next_value(f'household:{head}'):06d}", region_code=region_code.strip(),
        address=clean_text(address, "住址", 200), book_no=clean_text(book_no, "户口簿号", 30), registered_at=at,
    )
    audit.record(
        action="enrollment.found_household", label="登记家庭户", by=by, at=at, subject=household.subject,
        region_code=household.region_code, detail={"number": household.number},
    )
    return household


@transaction.atomic
def join_household(
    *, household_id: int, person_id: int, relation: str, starts_on: date, by: Officer, at: datetime,
) -> HouseholdMember:
    """Add a person to a household from `starts_on`, with the relation to its head.

    Refuses a person who is in a household already, and a second head."""
    authorise(by, "register_person")
    household = get_visible(Household, by, lock=True, pk=household_id)
    person = locked_person(person_id, by)
    if relation not in HouseholdMember.Relation.values:
        raise Refused("RELATION_UNKNOWN", "与户主关系不在列表中，请核对。")
    check_days(person, starts_on, None)
    check_free(person.memberships.filter(voided=False), starts_on, None, "家庭户成员关系")
    if relation == HouseholdMember.Relation.HEAD:
        heads = household.members.filter(voided=False, relation=HouseholdMember.Relation.HEAD)
        check_free(heads, starts_on, None, "户主")
    member = HouseholdMember.objects.create(
        household=household, person=person, relation=relation, starts_on=starts_on,
    )
    note_act(
        person, "join_household", "加入家庭户", by=by, at=at, household=household.number, relation=relation,
        starts_on=starts_on,
    )
    return member


@transaction.atomic
def leave_household(*, member_id: int, ends_on: date, reason: str, by: Officer, at: datetime) -> HouseholdMember:
    """End a membership; `ends_on` is the first day outside the household."""
    authorise(by, "register_person")
    member = own_row(HouseholdMember, member_id, by)
    shorten(member, ends_on, require_reason(reason, "变动原因"))
    note_act(
        member.person, "leave_household", "离开家庭户", by=by, at=at, household=member.household.number,
        ends_on=ends_on,
    )
    return member


def members_on(household: Household, day: date) -> list[HouseholdMember]:
    """The members on a day, the head first."""
    rows = household.members.in_force(day).select_related("person")
    return sorted(rows, key=lambda row: (row.relation != HouseholdMember.Relation.HEAD, row.pk))
