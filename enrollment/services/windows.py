"""Benefit windows: computed anew whenever a fact changes, and the exemptions from waiting among those facts."""
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from casework import outbox
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import BenefitWindow, Person, WaitingExemption, YearRecord
from enrollment.services import window_rules
from enrollment.services.history import History, Json, with_payments
from enrollment.services.packs import pack_of
from enrollment.services.persons import clean_text
from enrollment.services.spans import (
    authorise,
    check_days,
    check_free,
    locked_person,
    note_act,
    open_end,
    own_row,
    require_reason,
    void,
)
from enrollment.services.window_rules import Draft
from policy import Pack

CHANGED = "enrollment.window_changed"


@transaction.atomic
def recompute_windows(person_id: int, *, by: Officer, at: datetime, pack: Pack | None = None) -> list[BenefitWindow]:
    """Compute a person's benefit windows from his standing facts, and return those that hold.

    Rows that no longer hold are voided and new ones added; a window whose end alone moved keeps its row. Where
    anything changed, `enrollment.window_changed` is published. `pack` stands in for the pack of the place.
    """
    locked_person(person_id, by)
    recompute_many([person_id], by=by, at=at, pack=pack)
    return list(BenefitWindow.objects.filter(person_id=person_id, voided=False))


@transaction.atomic
def recompute_many(
    person_ids: Iterable[int], *, by: Officer, at: datetime, pack: Pack | None = None,
) -> int:
    """Compute the windows of many persons in a fixed number of queries; returns how many persons changed.

    For callers who have checked the officer's right to these persons. One message names all whose windows changed.
    """
    persons = Person.objects.filter(pk__in=list(person_ids)).select_for_update(of=("self",)).order_by("pk")
    changes = [_Change(History.of(person), pack, by, at) for person in with_payments(persons)]
    changed = [change for change in changes if change.differs]
    _store_rows(changed)
    _store_years([change for change in changes if change.years])
    if changed:
        outbox.publish(CHANGED, uuid4().hex, {"person_ids": [change.person.pk for change in changed]})
    return len(changed)


def refresh(person: Person, *, by: Officer, at: datetime) -> None:
    """Recompute after a change of fact, for a person who has recorded contributions; others have no windows."""
    if person.absorbs or person.contributions.exists():
        recompute_many([person.pk], by=by, at=at)


def facts_of(person: Person, scheme: str, year: int, *, on: date | None = None, pack: Pack | None = None) -> Json:
    """The facts that the register holds for a `coverage` request (contract §2) about a year.

    For employees `on` is the day from which unpaid months are counted, the running one included.
    """
    fetched = with_payments(Person.objects.filter(pk=person.pk)).get()
    used = pack or pack_of(person.region_code)
    return {"pool": used.pool, **window_rules.facts_of(History.of(fetched), used, scheme, year, on)}


@transaction.atomic
def exempt_from_waiting(
    *, person_id: int, kind: str, basis: str, starts_on: date, by: Officer, at: datetime, ends_on: date | None = None,
) -> WaitingExemption:
    """Record that payments on these days start benefits at once: an ex-soldier, a released person (BZ-GEN-19.2),
    or another exempted by a named decision (BZ-AMB-39)."""
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    if kind not in WaitingExemption.Kind.values:
        raise Refused("EXEMPTION_UNKNOWN", "免等待期类别不在列表中，请核对。")
    ends_on = open_end(ends_on)
    check_days(person, starts_on, ends_on)
    check_free(person.waiting_exemptions.filter(voided=False), starts_on, ends_on, "免等待期登记")
    row = WaitingExemption.objects.create(
        person=person, kind=kind, basis=clean_text(basis, "依据", 100, required=True), starts_on=starts_on,
        ends_on=ends_on,
    )
    note_act(
        person, "exempt_from_waiting", "登记免等待期", by=by, at=at, kind=kind, basis=row.basis, starts_on=starts_on,
        ends_on=ends_on,
    )
    refresh(person, by=by, at=at)
    return row


@transaction.atomic
def void_exemption(*, exemption_id: int, reason: str, by: Officer, at: datetime) -> WaitingExemption:
    """Take back an exemption that was entered in error."""
    authorise(by, "register_person")
    row = own_row(WaitingExemption, exemption_id, by)
    reason = require_reason(reason, "作废原因")
    void(row)
    note_act(row.person, "void_exemption", "作废免等待期", by=by, at=at, exemption=row.pk, reason=reason)
    refresh(row.person, by=by, at=at)
    return row


class _Change:
    """What differs between the rows of a person and what his history calls for."""

    def __init__(self, history: History, pack: Pack | None, by: Officer, at: datetime) -> None:
        self.person, self.by, self.at = history.person, by, at
        wanted = window_rules.drafts(history, pack or pack_of(self.person.region_code)) if history.contributions else []
        self.stale: list[BenefitWindow] = []
        self.moved: list[BenefitWindow] = []
        self.new = self._match(wanted, [row for row in self.person.benefit_windows.all() if not row.voided])
        self.years = self._years(history.paid_years)

    @property
    def differs(self) -> bool:
        return bool(self.stale or self.moved or self.new)

    def _match(self, wanted: Sequence[Draft], rows: list[BenefitWindow]) -> list[BenefitWindow]:
        kept = {_identity(row): row for row in rows}
        new = []
        for draft in wanted:
            row = kept.pop(draft.identity, None)
            if row is None:
                new.append(self._row(draft))
            elif (row.ends_on, row.end_rule, row.end_reason) != (draft.ends_on, draft.end_rule, draft.end_reason):
                row.ends_on, row.end_rule, row.end_reason = draft.ends_on, draft.end_rule, draft.end_reason
                row.computed_by, row.computed_at = self.by, self.at
                self.moved.append(row)
        self.stale = [row for row in rows if row in kept.values()]
        return new

    def _row(self, draft: Draft) -> BenefitWindow:
        names = (
            "scheme", "for_year", "entitled", "starts_on", "ends_on", "decides_from", "wait_months", "rule", "reason",
            "end_rule", "end_reason", "facts", "result",
        )
        values = {name: getattr(draft, name) for name in names}
        return BenefitWindow(person=self.person, computed_by=self.by, computed_at=self.at, **values)

    def _years(self, paid: dict[int, str]) -> list[YearRecord]:
        """The ledger's own year records that are new or say something else; a year no longer paid says none."""
        source = YearRecord.Source.CONTRIBUTIONS
        known = {row.year: row.scheme for row in self.person.year_records.all() if row.source == source}
        says = dict.fromkeys(known, YearRecord.InsuredIn.NONE.value) | paid
        return [
            YearRecord(person=self.person, year=year, source=source, scheme=scheme, recorded_at=self.at)
            for year, scheme in says.items() if known.get(year) != scheme
        ]


def _identity(row: BenefitWindow) -> tuple[Any, ...]:
    return (
        row.scheme, row.for_year, row.entitled, row.starts_on, row.decides_from, row.wait_months, row.rule, row.reason,
    )


def _store_rows(changed: list[_Change]) -> None:
    """Void first, shorten or lengthen then, add last: so windows never overlap on the way."""
    stale = [row.pk for change in changed for row in change.stale]
    if stale:
        BenefitWindow.objects.filter(pk__in=stale).update(voided=True)
    moved = [row for change in changed for row in change.moved]
    fields = ["ends_on", "end_rule", "end_reason", "computed_by", "computed_at"]
    BenefitWindow.objects.bulk_update(sorted(moved, key=lambda row: row.ends_on or date.max), fields, batch_size=500)
    BenefitWindow.objects.bulk_create([row for change in changed for row in change.new], batch_size=500)


def _store_years(changes: list[_Change]) -> None:
    YearRecord.objects.bulk_create(
        [row for change in changes for row in change.years], batch_size=500, update_conflicts=True,
        unique_fields=["person", "year", "source"], update_fields=["scheme", "recorded_at"],
    )


