"""Officers by role, one person of each kind, hospitals by level; all names and numbers are invented."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from claims import services as claims
from claims.models import Claim, Payment
from claims.services import Stay
from enrollment import services as enrollment
from enrollment.models import Institution, Person
from tests.claims.benefits import birth, certify, mother, pharmacy, visit  # noqa: F401  (fixtures)
from tests.people import id_number, make_officer

ACCOUNT = "6217001180012345678"

TOWNSHIP, LEVEL3, CAPITAL = "H51190200011", "H51190200001", "H51010000001"
HOSPITALS = [
    (TOWNSHIP, "巴州区大和乡卫生院", "511902", "10", True),
    ("H51190200002", "巴中市中医院", "511902", "05", False),
    (LEVEL3, "巴中市中心医院", "511902", "02", False),
    (CAPITAL, "四川省人民医院", "510100", "02", False),
]


@pytest.fixture
def window_officer(db):
    return make_officer("窗口经办", "W001")


@pytest.fixture
def second_window_officer(db):
    return make_officer("窗口经办", "W002")


@pytest.fixture
def reviewer(db):
    return make_officer("初审", "C001")


@pytest.fixture
def approver(db):
    return make_officer("复核", "F001")


@pytest.fixture
def cashier(db):
    return make_officer("拨付", "B001")


@pytest.fixture
def second_cashier(db):
    return make_officer("拨付", "B002")


@pytest.fixture
def supervisor(db):
    return make_officer("主管", "Z001")


@pytest.fixture
def second_supervisor(db):
    return make_officer("主管", "Z002")


@pytest.fixture
def neighbour(db):
    """An officer of another county with every role."""
    officer = make_officer("窗口经办", "N001", region_code="511903")
    officer.groups.add(*Group.objects.filter(name__in=["初审", "复核", "拨付", "主管"]))
    return officer


@pytest.fixture
def all_roles(db):
    """One officer who holds every role in the county: the two-person rule must stop him all the same."""
    officer = make_officer("窗口经办", "A001")
    officer.groups.add(*Group.objects.filter(name__in=["初审", "复核", "拨付", "主管"]))
    return officer


@pytest.fixture
def city_manager(db):
    return make_officer("主管", "Z009", region_code="511900")


@pytest.fixture
def hospitals(city_manager, at) -> dict[str, Institution]:
    made = {}
    for code, name, region, level, primary in HOSPITALS:
        made[code] = enrollment.register_institution(
            code=code, name=name, region_code=region, hospital_level=level, primary_care=primary,
            starts_on=date(2020, 1, 1), by=city_manager, at=at,
        )
    return made


@pytest.fixture
def person(window_officer, at) -> Callable[..., Person]:
    """Registers a person of Bazhou, insured from 2024 on, with an account."""
    made = []

    def make(
        name: str = "张三丰", *, scheme: str = "resident", identity: str = "", born: date = date(1975, 5, 20),
        region: str = "511902",
    ) -> Person:
        made.append(name)
        found = enrollment.register_person(
            id_no=id_number(region, born, 2 * len(made) + 1), name=name, region_code=region, phone="13800001234",
            by=window_officer, at=at,
        )
        enrollment.open_insurance(
            person_id=found.pk, scheme=scheme, person_type="1501" if scheme == "resident" else "1101",
            starts_on=date(2024, 1, 1), by=window_officer, at=at,
        )
        if identity:
            enrollment.grant_identity(
                person_id=found.pk, category=identity, starts_on=date(2024, 1, 1), by=window_officer, at=at
            )
        Person.objects.filter(pk=found.pk).update(
            bank_name="中国农业银行巴中分行", bank_account=ACCOUNT, bank_account_name=name
        )
        found.refresh_from_db()
        return found

    return make


@pytest.fixture
def resident(person) -> Person:
    return person()


@pytest.fixture
def stay(hospitals) -> Callable[..., Stay]:
    """A stay as it is entered; its invoice number is new each time."""
    count = iter(range(1, 1000))

    def make(first: str, last: str, *, hospital: str = LEVEL3, **costs) -> Stay:
        return Stay(
            institution_id=hospitals[hospital].pk, admitted_on=first, discharged_on=last,
            invoice_no=costs.pop("invoice_no", f"51{next(count):08d}"), diagnosis="肺炎", **costs,
        )

    return make


@pytest.fixture
def take(window_officer, reviewer, approver, at):
    """Takes a claim of these stays to a status: registered, entered, settled, reviewed or approved."""

    def walk(
        person: Person, *stays: Stay, to: str = "settled", reason: str = "03", moment: datetime = at, **terms
    ) -> Claim:
        claim = claims.register(
            person_id=person.pk, reason=reason, stays=stays, by=window_officer, at=moment, **terms
        )
        if to == "registered":
            return claim
        claims.enter_details(claim_id=claim.pk, stays=stays, by=window_officer, at=moment)
        for status, step, officer in (
            ("settled", claims.settle, window_officer), ("reviewed", claims.review, reviewer),
            ("approved", claims.approve, approver),
        ):
            if Claim.objects.get(pk=claim.pk).status == to:
                break
            step(claim_id=claim.pk, by=officer, at=moment)
            if to == status:
                break
        return Claim.objects.get(pk=claim.pk)

    return walk


@pytest.fixture
def pay(cashier, second_cashier, at):
    """Pays an approved claim: batch, confirmation, export, and a return in which all arrived."""

    def run(claim: Claim, *, result: str = "成功", moment: datetime = at) -> Claim:
        payment = claim.payments.get(state=Payment.State.PENDING)
        batch = claims.batch_payments(payment_ids=[payment.pk], by=cashier, at=moment)
        claims.confirm_batch(batch_id=batch.pk, by=second_cashier, at=moment)
        claims.export_batch(batch_id=batch.pk, by=cashier, at=moment)
        answer = bank_answer([(payment, result)])
        claims.record_bank_return(batch_id=batch.pk, content=answer, file_name="回盘.csv", by=cashier, at=moment)
        return Claim.objects.get(pk=claim.pk)

    return run


def bank_answer(rows: list[tuple[Payment, str]]) -> bytes:
    lines = ["拨付单号,金额,结果,失败原因"]
    lines += [f"{row.number},{row.amount},{result},{'户名不符' if result == '失败' else ''}" for row, result in rows]
    return "\r\n".join(lines).encode("utf-8-sig")


def accumulators(person: Person, year: int = 2025) -> dict[str, Decimal]:
    from claims.models import Accumulator

    return {row.name: row.amount for row in Accumulator.objects.filter(person=person, year=year) if row.amount}


def violations() -> list[tuple[str, str]]:
    """What the database's own view finds wrong."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, key FROM claims_invariant_violation")
        return cursor.fetchall()
