"""A claim's way through an office: each deed by the officer whose desk it belongs to, on working days."""
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from casework.models import Officer
from claims import services as claims
from claims.models import Claim, Payment, PaymentBatch
from config.demo.city import City, morning
from enrollment.models import Person

WEEKEND = 6


def working_day(day: date) -> date:
    """`day`, or the Friday before it."""
    return day - timedelta(days=max(0, day.isoweekday() - 5)) if day.isoweekday() >= WEEKEND else day


@dataclass
class Desk:
    """One claim from registration on; `until` is the last day on which anything happens."""

    city: City
    person: Person
    stays: list[claims.Stay]
    today: date
    until: date
    claim: Claim | None = None
    done: int = field(default=0)

    def by(self, desk: str) -> Officer:
        return self.city.officer(self.person.region_code, desk)

    def now(self) -> datetime:
        """Each deed happens on the next day of work, the last ones on the last day, one after the other."""
        self.done += 1
        moment = morning(working_day(self.today)) + timedelta(minutes=7 * self.done)
        following = self.today + timedelta(days=1 if self.today.isoweekday() < WEEKEND - 1 else 3)
        self.today = min(following, self.until)
        return moment

    def register(self, reason: str, **terms: str | bool) -> Claim:
        headings = [
            replace(stay, total=None, own_expense=None, first_self_pay=None, deducted=None, lines=())
            for stay in self.stays
        ]
        self.claim = claims.register(
            person_id=self.person.pk, reason=reason, stays=headings, by=self.by("window"), at=self.now(), **terms,
        )
        return self.claim

    def collect(self, *, leave_out: int = 0) -> None:
        """Take in the required materials on paper, all but the last `leave_out`."""
        needed = [row for row in claims.checklist(self.claim) if row.missing]
        at = self.now()
        for row in needed[:len(needed) - leave_out]:
            claims.receive_material(claim_id=self.claim.pk, kind=row.kind, by=self.by("window"), at=at)

    def ask_supplement(self) -> None:
        claims.ask_supplement(claim_id=self.claim.pk, by=self.by("window"), at=self.now())

    def enter(self) -> None:
        claims.enter_details(claim_id=self.claim.pk, stays=self.stays, by=self.by("window"), at=self.now())

    def settle(self) -> None:
        claims.settle(claim_id=self.claim.pk, by=self.by("window"), at=self.now())

    def review(self) -> None:
        claims.review(claim_id=self.claim.pk, by=self.by("review"), at=self.now())

    def approve(self) -> None:
        claims.approve(claim_id=self.claim.pk, by=self.by("approve"), at=self.now())

    def send_back(self, to: str, reason: str) -> None:
        claims.send_back(claim_id=self.claim.pk, to=to, reason=reason, by=self.by("review"), at=self.now())

    def withdraw(self, reason: str) -> None:
        claims.withdraw(claim_id=self.claim.pk, reason=reason, by=self.by("window"), at=self.now())

    def refuse(self, ground: str, reason: str) -> None:
        claims.refuse(claim_id=self.claim.pk, ground=ground, reason=reason, by=self.by("review"), at=self.now())


def send_to_bank(city: City, region_code: str, payments: list[Payment], at: datetime) -> PaymentBatch:
    """Put an office's payments on one list, confirm it with a second officer, and export the bank's file."""
    first, second = city.officer(region_code, "pay"), city.officer(region_code, "pay2")
    batch = claims.batch_payments(payment_ids=[payment.pk for payment in payments], by=first, at=at)
    claims.confirm_batch(batch_id=batch.pk, by=second, at=at + timedelta(hours=1))
    claims.export_batch(batch_id=batch.pk, by=first, at=at + timedelta(hours=2))
    return batch


def bank_answers(city: City, region_code: str, batch: PaymentBatch, failed: set[int], at: datetime) -> None:
    """Record the bank's return: all paid but those of the claims named in `failed`."""
    lines = ["拨付单号,金额,结果,失败原因"]
    for payment in batch.payments.order_by("pk"):
        fate = "失败,账号与户名不符" if payment.claim_id in failed else "成功,"
        lines.append(f"{payment.number},{payment.amount:.2f},{fate}")
    claims.record_bank_return(
        batch_id=batch.pk, content="\n".join(lines).encode(), file_name=f"{batch.case_no}回盘.csv",
        by=city.officer(region_code, "pay"), at=at,
    )
