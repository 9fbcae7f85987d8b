"""How a disease is settled in a year, as single disease or by ordinary items (单病种结算选择, CQ-17.10)."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from casework import audit
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.models import Entitlement, SettlementChoice
from chronic.services.judging import catalogue_of, unit_of
from enrollment.models import Person
from enrollment.services.spans import merged_numbers
from policy.calculator import plain

CHOOSE = "chronic.choose_settlement"


@transaction.atomic
def choose_settlement(
    *, person_id: int, unit: str, year: int, mode: str, by: Officer, at: datetime
) -> SettlementChoice:
    """Record the mode that the insured chose for a disease and year; another one until then is replaced.

    Refuses, having written nothing: a pool or a disease without the choice, a person without the entitlement, a year
    that is over, and a change once the year's first cost has arisen under the choice (`CHOICE_LOCKED`, CQ-17.10)."""
    if not by.may(CHOOSE):
        raise Refused("no_permission", "您的岗位不能登记结算方式选择。")
    person: Person = get_visible(Person, by, lock=True, pk=person_id)
    known = catalogue_of(person.region_code)
    found, today = unit_of(known, unit), bureau_day(at)
    listed = plain(known.pack.section("lists")).get(known.rules.mode_choice, {"items": []})
    if found.code not in listed["items"]:
        raise Refused("NO_CHOICE", f"“{found.label}”没有可以选择的结算方式。")
    if mode not in SettlementChoice.Mode.values:
        raise Refused("CHOICE", "结算方式应为按单病种结算或按常规项目结算。")
    if year < today.year:
        raise Refused("YEAR_OVER", f"{year}年度已结束，不能再选择结算方式。")
    if not Entitlement.objects.filter(person__in=merged_numbers(person), unit=found.code, ended_on=None).exists():
        raise Refused("NOT_ENTITLED", f"该参保人没有“{found.label}”的待遇，不能选择结算方式。")
    return _keep(person, found.code, year, mode, known.rules.mode_choice_rule, by, at)


def _keep(
    person: Person, unit: str, year: int, mode: str, rule: str, by: Officer, at: datetime
) -> SettlementChoice:
    today = bureau_day(at)
    same = _same_or_replaced(person, unit, year, mode, rule, today)
    if same is not None:
        return same
    try:
        with transaction.atomic():
            made = SettlementChoice.objects.create(
                person=person, unit=unit, year=year, mode=mode, chosen_on=today, chosen_by=by, rule=rule
            )
    except IntegrityError as error:
        raise Refused("BUSY", "该选择正在被他人登记，请刷新后再办理。") from error
    audit.record(
        action="choose_settlement", label="选择结算方式", by=by, at=at, subject=f"person:{person.pk}",
        region_code=person.region_code, detail={"unit": unit, "year": year, "mode": mode},
    )
    return made


def _same_or_replaced(
    person: Person, unit: str, year: int, mode: str, rule: str, today: date
) -> SettlementChoice | None:
    """The choice that says the same already; others, under any of his numbers, are replaced, or locked and refused."""
    rows = SettlementChoice.objects.filter(
        person__in=merged_numbers(person), unit=unit, year=year, replaced_on=None
    )
    present = list(rows.select_for_update(of=("self",)).order_by("pk"))
    locked = next((one for one in present if one.locked_on and one.mode != mode), None)
    if locked is not None:
        raise Refused(
            "CHOICE_LOCKED", f"{year}年度已于{locked.locked_on}按“{locked.get_mode_display()}”发生费用，"
            f"本年度内不能变更（{rule}）。",
        )
    rows.exclude(mode=mode).update(replaced_on=today)
    return next((one for one in present if one.mode == mode), None)


def lock_choices(*, person_id: int, units: Iterable[str], on: date) -> int:
    """Lock the choices of the year of `on` since a cost of these diseases has arisen: called by claims in the
    transaction of the settlement. Those of numbers merged into this one are his choices as well (参保信息合并), as
    `policy_facts` tells them. Returns how many it locked; where nothing was chosen nothing is locked. One query."""
    rows = SettlementChoice.objects.filter(
        Q(person=person_id) | Q(person__merged_into=person_id), unit__in=list(units), year=on.year, replaced_on=None,
        locked_on=None,
    )
    return rows.update(locked_on=on)
