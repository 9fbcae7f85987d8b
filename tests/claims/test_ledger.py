"""What the database itself holds: the ledger is appended, adds up, and is not talked out of it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from claims.models import Accumulator, LedgerEntry
from claims.services import Line
from tests.claims.conftest import TOWNSHIP, accumulators, violations

pytestmark = pytest.mark.django_db

ATTACKS = [
    "UPDATE claims_ledgerentry SET delta = delta + 1",
    "DELETE FROM claims_ledgerentry",
    "TRUNCATE claims_ledgerentry CASCADE",
    "UPDATE claims_accumulator SET amount = 0",
    "UPDATE claims_accumulator SET cap = NULL",
    "INSERT INTO claims_accumulator (person_id, year, name, amount) SELECT person_id, 2030, 'A_RB', 1"
    " FROM claims_accumulator LIMIT 1",
    "DELETE FROM claims_accumulator",
    "UPDATE claims_settlement SET fund_total = fund_total + 1, total = total + 1",
    "UPDATE claims_settlement SET result_text = '{}'",
    "UPDATE claims_settlement SET digest = repeat('0', 64)",
    "UPDATE claims_settlement SET ended = 'voided'",
    "DELETE FROM claims_settlement",
    "UPDATE claims_settlementitem SET basic = basic - 1, relief = relief + 1",
    "INSERT INTO claims_settlementitem (settlement_id, visit_id, number, year, total, own_expense, first_self_pay,"
    " eligible, deductible, basic, civil_servant, large_amount, catastrophic, relief, relief_tilt, fund_total,"
    " personal) SELECT settlement_id, (SELECT min(id) FROM claims_visit), 9, year, total, 0, 0, 0, 0, basic, 0, 0,"
    " catastrophic, relief, relief_tilt, fund_total, personal FROM claims_settlementitem LIMIT 1",
    "INSERT INTO claims_settlement (claim_id, person_id, request_text, result_text, digest, release_id, engine_version,"
    " total, fund_total, personal, settled_by_id, settled_at, ended) SELECT claim_id, person_id, request_text,"
    " result_text, digest, release_id, engine_version, total, fund_total, personal, settled_by_id, settled_at, ''"
    " FROM claims_settlement LIMIT 1",
    "UPDATE claims_visit SET total = total + 1",
    "UPDATE claims_visit SET voided = false WHERE voided",
    "UPDATE claims_billline SET amount = amount + 1",
    "INSERT INTO claims_billline (visit_id, number, line_class, name, amount, deducted, deduction_reason)"
    " SELECT max(id), 77, 'A', '', 1, 0, '' FROM claims_visit",
    "UPDATE claims_claim SET person_id = (SELECT max(id) FROM enrollment_person WHERE id <> person_id)",
]


@pytest.fixture
def settled(take, resident, person, stay):
    person("旁人")
    lines = [Line(line_class="A", amount="4200"), Line(line_class="C", amount="300")]
    return take(resident, stay("2025-03-02", "2025-03-08", hospital=TOWNSHIP, total="4500", lines=lines))


def run(text: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(text, list(values))


def entry(like: LedgerEntry, **changes) -> None:
    fields = ("person_id", "year", "name", "delta", "cap", "settlement_id", "reverses_id", "posted_at")
    values = [changes.get(name, getattr(like, name)) for name in fields]
    run(f"INSERT INTO claims_ledgerentry ({', '.join(fields)}) VALUES ({', '.join(['%s'] * 8)})", *values)


class TestAttacks:
    @pytest.mark.parametrize("text", ATTACKS)
    def test_with_raw_sql_are_refused(self, text, settled, resident):
        before = accumulators(resident)
        with pytest.raises((IntegrityError, InternalError)):
            run(text)
        assert accumulators(resident) == before
        assert violations() == []


class TestPosting:
    def test_adds_entries_to_the_accumulators(self, settled, resident):
        assert accumulators(resident) == {"A_RB": Decimal(3690), "A_CB": Decimal(510), "A_SP": Decimal(510)}
        assert Accumulator.objects.get(name="A_RB").cap == Decimal(110000)

    def test_takes_an_entry_of_a_settlement_once(self, settled):
        with pytest.raises(IntegrityError, match="ledger_source_once"):
            entry(LedgerEntry.objects.first())

    def test_stops_one_fen_over_the_cap(self, settled):
        first = LedgerEntry.objects.get(name="A_RB")
        with pytest.raises(IntegrityError, match="accumulator_within_cap"):
            entry(first, name="A_RB", year=2026, delta=Decimal("110000.01"))
        entry(first, name="A_RB", year=2026, delta=Decimal("110000.00"))
        assert Accumulator.objects.get(year=2026).amount == Decimal("110000.00")

    def test_stops_below_zero(self, settled):
        first = LedgerEntry.objects.get(name="A_RB")
        with pytest.raises(IntegrityError, match="accumulator_not_negative"):
            entry(first, year=2026, delta=Decimal("-0.01"))

    def test_refuses_another_persons_settlement(self, settled, resident):
        other = type(resident).objects.exclude(pk=resident.pk).first()
        with pytest.raises(IntegrityError, match="live settlement of the same person"):
            entry(LedgerEntry.objects.get(name="A_RB"), person_id=other.pk, year=2026)


class TestReversals:
    def test_are_exact(self, settled):
        first = LedgerEntry.objects.get(name="A_RB")
        for changes in ({"delta": -first.delta + 1}, {"delta": first.delta}, {"name": "A_CB"}, {"year": 2026}):
            with pytest.raises(IntegrityError, match="exact opposite"):
                entry(first, **{"delta": -first.delta, "reverses_id": first.pk, **changes})

    def test_happen_once(self, settled):
        first = LedgerEntry.objects.get(name="A_RB")
        entry(first, delta=-first.delta, reverses_id=first.pk)
        with pytest.raises(IntegrityError, match="reverses_id"):
            entry(first, delta=-first.delta, reverses_id=first.pk)

    def test_are_not_reversed(self, settled):
        first = LedgerEntry.objects.get(name="A_RB")
        entry(first, delta=-first.delta, reverses_id=first.pk)
        second = LedgerEntry.objects.get(reverses=first)
        with pytest.raises(IntegrityError, match="exact opposite"):
            entry(first, reverses_id=second.pk)

    def test_keep_the_cap(self, settled):
        first = LedgerEntry.objects.get(name="A_RB")
        entry(first, delta=-first.delta, reverses_id=first.pk)
        row = Accumulator.objects.get(name="A_RB")
        assert (row.amount, row.cap) == (Decimal(0), Decimal(110000))


class TestTheView:
    def test_names_an_accumulator_that_was_edited_past_the_guards(self, settled, resident):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("UPDATE claims_accumulator SET amount = 1 WHERE name = 'A_RB'")
            cursor.execute("SET LOCAL session_replication_role = origin")
        assert violations() == [("accumulator is the sum of its entries", f"{resident.pk}/2025/A_RB")]
