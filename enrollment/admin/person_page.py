"""What the page of a person shows beside the facts of the row itself: dated facts by tab, each with what holds today.

Every list is bounded, and their number fixes the number of queries, whatever a person's history.
"""
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Q, Subquery, Sum, Window

from casework.clock import bureau_day, now
from casework.models import AuditEntry
from enrollment.admin.timeline import draw
from enrollment.models import Contribution, Person, Region
from enrollment.workflow import MatterStatus
from policy import masking

SHOWN = 100
"""Rows of a long ledger that the page shows; all of them stand in the ledger's own list."""
STATUS_TONES = {
    MatterStatus.REGISTERED: "blue", MatterStatus.SUPPLEMENT: "amber", MatterStatus.DONE: "green",
    MatterStatus.REFUSED: "red", MatterStatus.WITHDRAWN: "grey",
}


def person_context(person: Person, request) -> dict:
    """The tabs of the page. The row was fetched with the annotations of its admin."""
    today = bureau_day(now())
    periods = said(person.insurance_periods.select_related("person_type").order_by("-starts_on"), today)
    windows = said(person.benefit_windows.filter(voided=False).order_by("-decides_from", "-starts_on", "-pk"), today)
    return {
        "today": today,
        "timeline": draw(periods, windows, today),
        "periods": periods,
        "windows": windows,
        "tags": said(person.tags.order_by("-starts_on"), today),
        "exemptions": said(person.waiting_exemptions.order_by("-starts_on"), today),
        "identities": said(person.identities.order_by("-starts_on"), today),
        "filings": said(_filings(person), today),
        "merged_into": person.merged_into,
        **_payments(person),
        **_account(person, today),
        **_belongings(person, today),
        "shown_account_name": _name(person, person.bank_account_name) or "—",
        "person_name": _name(person, person.name),
        "matters": [
            {"row": row, "tone": STATUS_TONES.get(row.status, "grey")}
            for row in person.matters.select_related("item", "registered_by").order_by("-pk")[:20]
        ],
        "events": AuditEntry.objects.filter(subject=person.subject).exclude(action__in=READS).order_by("-pk")[:20],
    }


READS = ("reveal", "export")


def said(rows, today: date) -> list:
    """The rows, each with the word and the tone of its state today."""
    found = list(rows)
    for row in found:
        row.word, row.tone = state_of(row, today)
    return found


def state_of(row, today: date) -> tuple[str, str]:
    if row.voided:
        return "已作废", "grey"
    if row.holds_on(today):
        return "有效", "green"
    return ("未开始", "blue") if row.starts_on > today else ("已终止", "grey")


def _name(person: Person, name: str) -> str:
    return name if person.names_plain else masking.mask_name(name)


def _filings(person: Person):
    name = Region.objects.filter(code=OuterRef("place_region_code")).values("name")
    rows = person.care_filings.select_related("institution").order_by("-starts_on")
    return rows.annotate(place_name=Subquery(name))


def _payments(person: Person) -> dict:
    rows = list(
        Contribution.objects.filter(Q(person=person) | Q(person__merged_into=person))
        .select_related("reversed_by", "recorded_by").order_by("-for_year", "-for_month", "-pk")[: SHOWN + 1]
    )
    for row in rows:
        row.own = row.employer_amount + row.personal_amount + row.late_fee
        row.reversed = getattr(row, "reversed_by", None) is not None
    return {"contributions": rows[:SHOWN], "more_contributions": len(rows) > SHOWN}


def _account(person: Person, today: date) -> dict:
    """The ledger of the personal account, each line with the balance after it."""
    balance = Window(Sum("amount"), order_by=F("pk").asc())
    rows = list(
        person.account_entries.annotate(balance=balance).select_related("beneficiary").order_by("-pk")[: SHOWN + 1]
    )
    account = getattr(person, "account", None)
    return {
        "account_balance": account.amount if account else Decimal(0),
        "account_entries": rows[:SHOWN], "more_entries": len(rows) > SHOWN,
        "bindings": said(person.family_bindings.select_related("relative").order_by("-starts_on"), today),
    }


def _belongings(person: Person, today: date) -> dict:
    return {
        "memberships": said(person.memberships.select_related("household").order_by("-starts_on"), today),
        "employments": said(person.employments.select_related("employer").order_by("-starts_on"), today),
        "schoolings": said(person.schoolings.select_related("school").order_by("-starts_on"), today),
    }
