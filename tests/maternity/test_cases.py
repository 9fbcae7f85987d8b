"""The engine's maternity cases, built as facts of the register and decided through the services, to the fen."""

import json
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from casework.errors import Refused
from maternity import services as maternity
from maternity.models import BirthEvent, MaternityCase, MaternityItem
from maternity.services import Happened, Payee
from policy.periods import add_days, add_months
from tests.conftest import BUREAU
from tests.maternity.conftest import insured, paid
from tests.people import id_number, make_officer

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parents[1] / "policy" / "cases"
REGIONS = {"bazhong": "511902", "changchun": "220102", "changzhi": "140403"}
TYPES = {"employer": "1101", "flexible": "1103", "spouse": "1501", None: "1501"}
PAPERS = ["identity", "bank_card", "birth_proof", "bills"]
DAY = date(2025, 3, 10)
"""The day of an event whose case names none."""
NOT_AS_WRITTEN = {
    "BZ-P-75a": "asks during the leave; here a claim is open only after it, so the premium runs on until it ends",
    "BZ-P-75b": "asks during the leave; here a claim is open only after it, so the premium runs on until it ends",
}
"""Cases whose facts cannot stand in the database exactly so, and what stands there in their place."""


def cases() -> list[dict]:
    lines = [line for file in sorted(CASES.glob("*.jsonl")) for line in file.read_text().splitlines() if line]
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["calculator"] == "maternity"]


class Built:
    """The persons, the event and the day of asking that a case describes."""

    numbers = count(1)

    def __init__(self, case: dict) -> None:
        self.case, self.request = case, case["request"]
        self.region = REGIONS[self.request["pool"]]
        self.worker = self.request.get("worker")
        self.day = date.fromisoformat(self.request.get("event_date") or DAY.isoformat())
        self.window = make_officer("窗口经办", f"W{next(self.numbers):03d}", self.region)
        self.lead = make_officer("主管", f"Z{next(self.numbers):03d}", self.region)
        self.at = self._moment(self._asked_on())
        scheme = "employee" if self.worker in ("employer", "flexible") else "resident"
        self.mother = self._person(scheme, self.worker, 2)
        self.spouse = self._person("employee", "employer", 1) if self.worker == "spouse" else None
        self.happened = Happened(
            happened_on=self.day, mode=self.request.get("mode") or "",
            **{name: self.request[name] for name in ("event", "babies", "weeks", "live_baby", "caesarean_operation")
               if name in self.request},
        )

    def _asked_on(self) -> date:
        """After the leave; for the transition at the last month that the case says is paid."""
        over = add_days(self.day, 170)
        return max(over, add_months(self._first_month(), self._months_now()).replace(day=1)) if self._moves() else over

    def _moves(self) -> bool:
        return self.worker == "flexible" and self.case["id"] not in NOT_AS_WRITTEN

    def _first_month(self) -> date:
        return add_months(self.day.replace(day=1), 1 - self.request.get("insured_months", 1))

    def _months_now(self) -> int:
        if self.case["id"] in NOT_AS_WRITTEN:
            return self.request["insured_months"] + 5
        return self.request.get("insured_months_now") or self.request.get("insured_months", 0)

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, time(9, 30), BUREAU)

    def _person(self, scheme: str, worker: str | None, order: int):
        back = self.request.get("medical_months", 25) - 1 if worker == "flexible" else 24
        first = add_months(self.day.replace(day=1), -back)
        found = insured(
            self.window, self.at, id_number(self.region, date(1990, 5, 6), order * 2), scheme,
            TYPES[worker] if scheme == "resident" or worker != "spouse" else "1101", name=f"甲{order}",
            region=self.region, starts_on=first,
        )
        if scheme == "employee":
            kind = "flexible_month" if worker == "flexible" else "employee_month"
            months = (self.at.year - first.year) * 12 + self.at.month - first.month + 1
            paid(found, kind, first, months, self.window, self.at)
            if worker == "flexible":
                paid(found, "maternity", self._first_month(), self._months_now(), self.window, self.at)
        return found

    def event(self) -> BirthEvent:
        return maternity.record_event(
            mother_id=self.mother.pk, happened=self.happened, spouse_id=self.spouse and self.spouse.pk, by=self.window,
            at=self.at,
        )

    def facts(self, kind: str) -> dict:
        request = self.request
        if kind == "spouse_difference":
            return {"eligible_cost": request["eligible_cost"], "resident_paid": request["resident_paid"]["medical"]}
        if kind == "allowance":
            drawn = {"wages_drawn": False} if self.worker == "employer" else {}
            return {"monthly_base": request.get("monthly_base"), **drawn}
        return {}

    def decide(self, event: BirthEvent, kind: str) -> MaternityItem:
        """One application through register, entry and computation."""
        person = self.spouse or self.mother
        case = maternity.register(
            event_id=event.pk, kinds=[kind], payee=Payee(name=person.name, bank="工商银行", account="62220212345678"),
            materials=PAPERS, by=self.window, at=self.at,
        )
        maternity.enter(case_id=case.pk, facts=self.facts(kind), by=self.window, at=self.at)
        if kind == "allowance" and self.request.get("leave_days"):
            maternity.enter_days(
                case_id=case.pk, days=self.request["leave_days"], basis="本局规定", by=self.lead, at=self.at
            )
        maternity.compute(case_id=case.pk, by=self.window, at=self.at)
        return case.items.get()

    def tried(self, kind: str) -> maternity.Tried:
        cost = {"eligible_cost": self.request["eligible_cost"]}
        level = self.request.get("level", "") if self.request["pool"] == "changchun" else ""
        rows = maternity.trial(
            person_id=self.mother.pk, happened=self.happened, facts=cost, by=self.window, at=self.at, level=level
        )
        return next(row for row in rows if row.kind == kind)


def refusal_of(expected: dict) -> str:
    return ((expected.get("refused") or {}).get("code") or "").upper()


def amount_of(built: Built, event: BirthEvent, kind: str) -> Decimal | str:
    """The amount, or the code with which the service refuses it."""
    try:
        return built.decide(event, kind).amount
    except Refused as refusal:
        return refusal.code


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
class TestACase:
    def test_is_decided_by_the_services_as_the_engine_says(self, case):
        built, expected = Built(case), case["expect"]
        if built.worker == "spouse":
            item = built.decide(built.event(), "spouse_difference")
            assert {name: item.result[name] for name in expected} == expected
            assert item.amount == Decimal(expected["antenatal"]) + Decimal(expected["medical"])
            return
        event = built.event()
        if "antenatal" in expected:
            assert amount_of(built, event, "antenatal") == Decimal(expected["antenatal"])
        if "allowance" in expected or (refusal_of(expected) and built.worker):
            self._check_allowance(built, event, expected)
        if "medical" in expected:
            self._check_medical(built, expected)

    def _check_allowance(self, built: Built, event: BirthEvent, expected: dict) -> None:
        """0 in the engine's answer is a refusal by rule here: nothing is paid, and the application stays as it was."""
        given, due = amount_of(built, event, "allowance"), Decimal(expected.get("allowance", "0.00"))
        if due:
            assert given == due
            return
        assert given == (refusal_of(expected) or ("NOTHING_TO_PAY" if built.worker else "NO_ALLOWANCE"))
        assert MaternityCase.objects.latest("pk").status == "entered"
        assert MaternityItem.objects.latest("pk").amount is None

    def _check_medical(self, built: Built, expected: dict) -> None:
        found = built.tried("medical")
        if refusal_of(expected) and expected["medical"] == "0.00":
            assert (found.amount, found.code) == (None, refusal_of(expected))
        else:
            assert found.amount == Decimal(expected["medical"])


class TestTheCases:
    def test_are_all_sixteen(self):
        assert len(cases()) == 16

    def test_that_stand_otherwise_are_named(self):
        assert set(NOT_AS_WRITTEN) <= {case["id"] for case in cases()}
