"""Registering an application (登记): one visit may bring several benefits of one event (一件事)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import Person
from maternity.models import BirthEvent, MaternityCase, MaternityItem
from maternity.services.materials import known_codes
from maternity.workflow import MATERNITY

Kind = MaternityItem.Kind


@dataclass(frozen=True, kw_only=True)
class Payee:
    """The account that is paid to; its holder is who the benefit belongs to (BZ-EMP-30.1, BZ-EMP-30.2)."""

    name: str
    bank: str
    account: str

    def read(self, claimant: Person) -> "Payee":
        """Without blanks; refuses somebody else's account and one that no bank would take."""
        account = "".join(self.account.split())
        if self.name.strip() != claimant.name:
            raise Refused("PAYEE_OTHER", "收款户名与待遇享受人姓名不一致，生育待遇只支付给本人（BZ-EMP-30.1）。")
        if not self.bank.strip():
            raise Refused("ACCOUNT_MISSING", "请填写收款银行。")
        if not account.isascii() or not account.isdigit() or not 8 <= len(account) <= 32:
            raise Refused("ACCOUNT_FORMAT", "银行账号应为8至32位数字，请核对。")
        return Payee(name=claimant.name, bank=self.bank.strip()[:100], account=account)


@transaction.atomic
def register(
    *, event_id: int, kinds: Iterable[str], payee: Payee, by: Officer, at: datetime, materials: Iterable[str] = (),
    note: str = "",
) -> MaternityCase:
    """Register one application for some benefits of an event. The spouse's difference is a case of its own, because
    it is paid to another person. Refuses, having written nothing, a benefit that was asked for already."""
    event = get_visible(BirthEvent, by, lock=True, pk=event_id, voided=False)
    asked = set(kinds)
    wanted = [kind for kind in Kind.values if kind in asked]
    if not wanted or asked - set(wanted):
        raise Refused("KIND_UNKNOWN", "请选择要申请的生育待遇。")
    claimant, day = _claimant(event, wanted), bureau_day(at)
    account = payee.read(claimant)
    case = MaternityCase(
        event=event, claimant=claimant, region_code=event.region_code, applied_on=day, payee_name=account.name,
        payee_bank=account.bank, payee_account=account.account, materials=known_codes(materials, day),
        maker_ids=[by.pk],
    )
    MATERNITY.move(case, "register", by=by, at=at, note=note, detail={"kinds": wanted, "event": event.pk})
    try:
        with transaction.atomic():
            MaternityItem.objects.bulk_create([MaternityItem(case=case, event=event, kind=kind) for kind in wanted])
    except IntegrityError as error:
        raise Refused("ASKED_ALREADY", "该生育事件的此项待遇已经申请，每项待遇只支付一次（BZ-EMP-17.1）。") from error
    return case


def _claimant(event: BirthEvent, wanted: list[str]) -> Person:
    if Kind.SPOUSE not in wanted:
        return event.mother
    if len(wanted) > 1:
        raise Refused("TWO_PAYEES", "配偶差额支付给配偶，请与产妇的待遇分别登记（BZ-EMP-9.1）。")
    if event.spouse is None:
        raise Refused("SPOUSE_MISSING", "该生育事件没有登记职工医保参保配偶，不能申请配偶差额（BZ-EMP-9.1）。")
    return event.spouse
