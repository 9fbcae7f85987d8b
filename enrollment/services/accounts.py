"""Personal accounts (个人账户) and their use by close relatives (家庭共济): BZ-EMP-11.1, 25.1, 25.2, 26.1."""
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import AccountBalance, AccountEntry, Contribution, FamilyBinding, InsurancePeriod, Person
from enrollment.models.relations import Scheme
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
    shorten,
)
from policy import PolicyError, money

Kind = AccountEntry.Kind


def balance_of(person: Person) -> Decimal:
    """What is left in the person's account, in yuan; zero where none was opened. One query."""
    amount = AccountBalance.objects.filter(person=person).values_list("amount", flat=True).first()
    return Decimal("0.00") if amount is None else amount


def post_credit(row: Contribution, *, by: Officer, at: datetime) -> AccountEntry:
    """Enter the credit that a recorded payment gives, in the month of payment (BZ-EMP-10.1). For the ledger's use."""
    kind = Kind.TRANSFER_IN if row.source == Contribution.Source.TRANSFER_IN else Kind.CREDIT
    return AccountEntry.objects.create(
        person_id=row.person_id, kind=kind, amount=row.account_credit, day=row.paid_on, contribution=row,
        reference=f"contribution:{row.pk}", recorded_by=by, recorded_at=at,
    )


def reverse_credit(row: Contribution, *, by: Officer, at: datetime) -> AccountEntry:
    """Take back the credit of a reversed payment; refuses if it is spent already."""
    entry = AccountEntry.objects.get(contribution=row, reverses=None, kind__in=AccountEntry.IN)
    return _reverse(entry, by=by, at=at, note="缴费冲销")


@transaction.atomic
def spend(
    *, person_id: int, kind: str, amount: Decimal, day: date, reference: str, by: Officer, at: datetime,
    beneficiary_id: int | None = None,
) -> AccountEntry:
    """Pay a relative's resident premium, or self-pay of the person or a relative, from the account (BZ-EMP-25.1).

    A relative must be bound on `day`, and insured on it for self-pay. The same reference is entered once. Refuses
    more than the balance, and a premium of the person's own, who is no resident.
    """
    authorise(by, "keep_account")
    person = locked_person(person_id, by)
    if kind not in (Kind.PREMIUM, Kind.SELF_PAY):
        raise Refused("ACCOUNT_USE", "个人账户只能用于支付近亲属居民医保费和医疗费个人自付部分。")
    if day > bureau_day(at):
        raise Refused("DATE_FUTURE", "支付日期晚于今天，请核对。")
    beneficiary = Person.objects.get(pk=beneficiary_id) if beneficiary_id else person
    known = AccountEntry.objects.filter(kind=kind, reference=reference.strip()).first()
    paid = _positive(amount)
    if known:
        if (known.person_id, known.amount, known.beneficiary_id) != (person.pk, -paid, beneficiary.pk):
            raise Refused("LINE_DIFFERS", "该流水号已记账，且内容不同，请核对。")
        return known
    _check_beneficiary(person, beneficiary, kind, day)
    return _take(person, kind, paid, day, reference, beneficiary=beneficiary, by=by, at=at)


@transaction.atomic
def pay_out(*, person_id: int, reason: str, day: date, by: Officer, at: datetime) -> AccountEntry:
    """Pay out the whole balance once: after death, or after the employee relation was ended (BZ-EMP-26.1)."""
    authorise(by, "keep_account")
    person = locked_person(person_id, by)
    insured = InsurancePeriod.objects.in_force(day).filter(person=person, scheme=Scheme.EMPLOYEE).exists()
    if person.died_on is None and insured:
        raise Refused("PAYOUT_INSURED", "参保人职工医保关系尚未终止，个人账户余额不能一次性支取。")
    amount = balance_of(person)
    if not amount:
        raise Refused("ACCOUNT_EMPTY", "个人账户没有余额，无须支取。")
    entry = _take(
        person, Kind.PAYOUT, amount, day, f"payout:{person.pk}:{person.account_entries.count()}", by=by, at=at,
        note=clean_text(require_reason(reason, "支取原因"), "支取原因", 100),
    )
    return entry


@transaction.atomic
def reverse_entry(*, entry_id: int, reason: str, by: Officer, at: datetime) -> AccountEntry:
    """Reverse a payment from the account by its exact opposite, once. Credits follow their contribution."""
    authorise(by, "keep_account")
    entry = get_visible(AccountEntry, by, pk=entry_id)
    person = locked_person(entry.person_id, by)
    if entry.kind not in AccountEntry.OUT:
        raise Refused("ACCOUNT_REVERSAL", "划入随缴费记录冲销，冲销记录不能再冲销。")
    if AccountEntry.objects.filter(reverses=entry).exists():
        raise Refused("ALREADY_REVERSED", "该笔支付已冲销，不能重复冲销。")
    opposite = _reverse(entry, by=by, at=at, note=clean_text(require_reason(reason, "冲销原因"), "冲销原因", 100))
    note_act(person, "reverse_account_entry", "冲销个人账户支付", by=by, at=at, entry=entry.pk, reason=reason)
    return opposite


@transaction.atomic
def bind_relative(
    *, person_id: int, relative_id: int, relation: str, starts_on: date, by: Officer, at: datetime,
    ends_on: date | None = None,
) -> FamilyBinding:
    """Let a close relative use the person's account from `starts_on` (BZ-EMP-25.2). Refuses other relations, the
    person himself, who is not insured as an employee, and a second binding of the same relative."""
    authorise(by, "keep_account")
    person = locked_person(person_id, by)
    if relation not in FamilyBinding.Relation.values:
        raise Refused("RELATION_CLOSE", "家庭共济限于配偶、父母、子女、兄弟姐妹、祖父母、外祖父母、孙子女、外孙子女。")
    if relative_id == person.pk:
        raise Refused("RELATION_SELF", "不能与本人绑定家庭共济。")
    relative = Person.objects.filter(pk=relative_id, died_on=None).first()
    if relative is None:
        raise Refused("RELATIVE_UNKNOWN", "近亲属未登记或已死亡，请核对。")
    ends_on = open_end(ends_on)
    check_days(person, starts_on, ends_on)
    if not InsurancePeriod.objects.in_force(starts_on).filter(person=person, scheme=Scheme.EMPLOYEE).exists():
        raise Refused("NO_ACCOUNT", f"账户所有人{starts_on}未参加职工医保，没有个人账户可供共济。")
    check_free(person.family_bindings.filter(voided=False, relative=relative), starts_on, ends_on, "家庭共济绑定")
    row = FamilyBinding.objects.create(
        person=person, relative=relative, relation=relation, starts_on=starts_on, ends_on=ends_on,
    )
    note_act(
        person, "bind_relative", "绑定家庭共济", by=by, at=at, relative=relative.pk, relation=relation,
        starts_on=starts_on, ends_on=ends_on,
    )
    return row


@transaction.atomic
def unbind_relative(*, binding_id: int, ends_on: date, reason: str, by: Officer, at: datetime) -> FamilyBinding:
    """End a binding; `ends_on` is the first day without it."""
    authorise(by, "keep_account")
    row = own_row(FamilyBinding, binding_id, by)
    shorten(row, ends_on, require_reason(reason))
    note_act(
        row.person, "unbind_relative", "解除家庭共济", by=by, at=at, binding=row.pk, ends_on=ends_on, reason=reason,
    )
    return row


def _check_beneficiary(person: Person, beneficiary: Person, kind: str, day: date) -> None:
    if beneficiary == person:
        if kind == Kind.PREMIUM:
            raise Refused("ACCOUNT_USE", "个人账户只能支付近亲属的居民医保费，不能支付本人的。")
        return
    if not person.family_bindings.in_force(day).filter(relative=beneficiary).exists():
        raise Refused("NOT_BOUND", f"使用人在{day}未绑定家庭共济，请先绑定。")
    if kind == Kind.SELF_PAY and not InsurancePeriod.objects.in_force(day).filter(person=beneficiary).exists():
        raise Refused("RELATIVE_UNINSURED", f"使用人在{day}未参加基本医疗保险，不能使用共济账户支付。")


def _take(
    person: Person, kind: str, amount: Decimal, day: date, reference: str, *, by: Officer, at: datetime,
    beneficiary: Person | None = None, note: str = "",
) -> AccountEntry:
    with _not_overdrawn():
        entry = AccountEntry.objects.create(
            person=person, kind=kind, amount=-amount, day=day, beneficiary=beneficiary, note=note, recorded_by=by,
            reference=clean_text(reference, "业务流水号", 80, required=True), recorded_at=at,
        )
    note_act(
        person, "spend_account", entry.get_kind_display(), by=by, at=at, entry=entry.pk, amount=str(amount), day=day,
        beneficiary=beneficiary.pk if beneficiary else None,
    )
    return entry


def _reverse(entry: AccountEntry, *, by: Officer, at: datetime, note: str) -> AccountEntry:
    with _not_overdrawn():
        return AccountEntry.objects.create(
            person_id=entry.person_id, kind=Kind.REVERSAL, amount=-entry.amount, day=bureau_day(at),
            reference=f"reversal:{entry.pk}", contribution=entry.contribution, beneficiary=entry.beneficiary,
            reverses=entry, note=note, recorded_by=by, recorded_at=at,
        )


def _positive(amount: Decimal) -> Decimal:
    try:
        paid = money.yuan(amount)
    except PolicyError as error:
        raise Refused(error.code.upper(), f"{error.message}。") from error
    if not paid:
        raise Refused("AMOUNT_ZERO", "支付金额应大于零。")
    return paid


@contextmanager
def _not_overdrawn() -> Iterator[None]:
    """Turn the database's refusal of a negative balance into words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "account_never_overdrawn":
            raise
        raise Refused("ACCOUNT_OVERDRAWN", "个人账户余额不足，不能支付或冲销。") from error
