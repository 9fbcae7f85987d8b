"""A flexible worker who gave birth in January 2025, and the officers; all invented."""

from datetime import date, datetime

import pytest
from django.contrib.auth.models import Group

from casework import outbox
from casework.models import OutboxMessage
from enrollment import services as enrollment
from maternity import services as maternity
from maternity.models import MaternityCase
from maternity.services import Happened, Payee
from tests.conftest import BUREAU
from tests.people import id_number, make_officer

MOTHER = id_number("511902", date(1990, 1, 1), 2)
RESIDENT = id_number("511902", date(1990, 2, 2), 4)
PAPERS = ["identity", "bank_card", "birth_proof"]


@pytest.fixture
def window_officer(db):
    return make_officer("窗口经办", "W001")


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
def supervisor(db):
    return make_officer("主管", "Z001")


@pytest.fixture
def second_cashier(db):
    return make_officer("拨付", "B002")


@pytest.fixture
def neighbour(db):
    """An officer of another county with every role."""
    officer = make_officer("窗口经办", "N001", "511903")
    officer.groups.add(*Group.objects.filter(name__in=["初审", "复核", "拨付", "主管"]))
    return officer


@pytest.fixture
def january() -> datetime:
    """The first day on which the printed example may be claimed."""
    return datetime(2026, 1, 5, 9, 30, tzinfo=BUREAU)


def insured(by, at, id_no=MOTHER, scheme="employee", person_type="1103", name="单小红", region="511902",
            starts_on=date(2024, 1, 1)):
    found = enrollment.register_person(
        id_no=id_no, name=name, region_code=region, phone="13800001234", by=by, at=at,
    )
    enrollment.open_insurance(
        person_id=found.pk, scheme=scheme, person_type=person_type, starts_on=starts_on, by=by, at=at,
    )
    return found


def paid(person, kind: str, first: date, months: int, by, at, area: str = "") -> None:
    enrollment.record_months(
        person_id=person.pk, kind=kind, first=first, months=months, source="tax_file",
        source_no=f"{person.pk}-{kind}", area_code=area or person.region_code[:6], base=3000, by=by, at=at,
    )


@pytest.fixture
def mother(window_officer, january):
    """Medical insurance from January 2024, maternity insurance from January to December 2025."""
    found = insured(window_officer, january)
    paid(found, "flexible_month", date(2024, 1, 1), 24, window_officer, january)
    paid(found, "maternity", date(2025, 1, 1), 12, window_officer, january)
    return found


@pytest.fixture
def birth(mother, window_officer, january):
    return maternity.record_event(
        mother_id=mother.pk, happened=Happened(event="birth", happened_on=date(2025, 1, 20), mode="vaginal"),
        by=window_officer, at=january,
    )


@pytest.fixture
def payee(mother):
    return Payee(name=mother.name, bank="中国工商银行巴中分行", account="6222021234567890123")


@pytest.fixture
def take(birth, payee, window_officer, reviewer, approver, january):
    """Takes an application of the printed example to a status: registered to approved."""

    def walk(*kinds: str, to: str = "approved", event=birth, moment: datetime = january) -> MaternityCase:
        case = maternity.register(
            event_id=event.pk, kinds=kinds or ("antenatal", "allowance"), payee=payee, materials=PAPERS,
            by=window_officer, at=moment,
        )
        given = {"case_id": case.pk, "at": moment}
        for status, deed in (
            ("entered", lambda: maternity.enter(**given, facts={"monthly_base": "3000.00"}, by=window_officer)),
            ("computed", lambda: maternity.compute(**given, by=window_officer)),
            ("reviewed", lambda: maternity.review(**given, by=reviewer)),
            ("approved", lambda: maternity.approve(**given, by=approver)),
        ):
            if MaternityCase.objects.get(pk=case.pk).status == to:
                break
            deed()
            if status == to:
                break
        return MaternityCase.objects.get(pk=case.pk)

    return walk


def told(*topics: str) -> None:
    """Has the news of maternity delivered, in the order in which it was said, as often as it is called."""
    for message in OutboxMessage.objects.filter(topic__startswith="maternity.").order_by("pk"):
        if not topics or message.topic in topics:
            outbox.deliver(message.pk)
