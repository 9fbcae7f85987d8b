"""Registering, checking, asking once for what is missing."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from casework.models import AuditEntry, Document, Notice, Task
from claims import services as claims
from claims.models import BillLine, Claim, Finding, MaterialReceived, Visit
from enrollment import services as enrollment
from tests.claims.conftest import CAPITAL, LEVEL3

pytestmark = pytest.mark.django_db

NEEDED = {"1", "2", "3", "5"}


@pytest.fixture
def register(resident, window_officer, at):
    """Registers a claim of the resident."""

    def run(*stays, by=None, moment=at, **terms):
        return claims.register(
            person_id=resident.pk, reason=terms.pop("reason", "03"), stays=stays, by=by or window_officer, at=moment,
            **terms,
        )

    return run


def refused(function, *values, **named) -> str:
    """The code of the refusal; nothing was written by it."""
    def rows():
        return [model.objects.count() for model in (Claim, Visit, BillLine, Finding, AuditEntry, Task, Notice)]

    before = rows()
    with pytest.raises(Refused) as refusal:
        function(*values, **named)
    assert rows() == before
    return refusal.value.code


class TestRegister:
    def test_numbers_the_claim_and_opens_its_task(self, register, stay, window_officer):
        claim = register(stay("2025-03-02", "2025-03-08"))

        assert claim.case_no == "LX511902202511000001"
        assert (claim.status, claim.region_code, claim.scheme) == ("registered", "511902", "resident")
        assert claim.payee_account == claim.person.bank_account
        assert Task.objects.get(case_no=claim.case_no).step == "enter_details"
        assert claim.maker_ids == [window_officer.pk]

    def test_keeps_several_stays(self, register, stay):
        register(stay("2025-03-02", "2025-03-08"), stay("2025-05-02", "2025-05-08"))
        assert Visit.objects.live().count() == 2

    @pytest.mark.parametrize(
        ("first", "last", "code"),
        [
            ("2025-11-01", "2025-11-04", "DATE_FUTURE"),
            ("2025-03-09", "2025-03-08", "DATE_ORDER"),
            ("2025-3-2", "2025-03-08", "DATE_FORMAT"),
        ],
    )
    def test_refuses_impossible_days(self, first, last, code, register, stay):
        assert refused(register, stay(first, last)) == code

    def test_takes_a_discharge_of_today(self, register, stay):
        assert register(stay("2025-11-01", "2025-11-03")).pk

    def test_refuses_an_unknown_reason(self, register, stay):
        assert refused(register, stay("2025-03-02", "2025-03-08"), reason="77") == "REASON_UNKNOWN"

    def test_refuses_a_claim_without_stays(self, register):
        assert refused(register) == "LINES_EMPTY"

    def test_refuses_an_officer_of_another_county(self, register, stay, neighbour):
        assert refused(register, stay("2025-03-02", "2025-03-08"), by=neighbour) == "not_found"

    def test_refuses_an_officer_without_the_role(self, register, stay, reviewer):
        assert refused(register, stay("2025-03-02", "2025-03-08"), by=reviewer) == "no_permission"

    @pytest.mark.parametrize(
        ("terms", "code"),
        [
            ({"payee_account": "62-17"}, "ACCOUNT_FORMAT"),
            ({"agent_name": "李四", "agent_id_no": "511902199001010011"}, "ID_CHECKSUM"),
            ({"agent_name": "李四", "agent_relation": "3"}, "AGENT_RELATION"),
            ({"applied_on": "2025-11-04"}, "DATE_FUTURE"),
        ],
    )
    def test_refuses_wrong_terms(self, terms, code, register, stay):
        assert refused(register, stay("2025-03-02", "2025-03-08"), **terms) == code


class TestDuplicates:
    def test_an_invoice_is_reimbursed_once(self, register, stay):
        register(stay("2025-03-02", "2025-03-08", invoice_no="51000001"))
        again = stay("2025-05-02", "2025-05-08", invoice_no="51000001")
        assert refused(register, again) == "DUPLICATE_INVOICE"

    def test_an_invoice_stands_once_in_a_claim(self, register, stay):
        twice = [stay("2025-03-02", "2025-03-08", invoice_no="1"), stay("2025-05-02", "2025-05-08", invoice_no="1")]
        assert refused(register, *twice) == "DUPLICATE_INVOICE"

    def test_stays_do_not_overlap(self, register, stay):
        register(stay("2025-03-02", "2025-03-08"))
        assert refused(register, stay("2025-03-07", "2025-03-10")) == "OVERLAPPING_STAY"

    def test_a_transfer_on_the_day_of_discharge_is_no_overlap(self, register, stay):
        register(stay("2025-03-02", "2025-03-08"))
        assert register(stay("2025-03-08", "2025-03-10", hospital=CAPITAL)).pk

    def test_the_database_refuses_both(self, register, stay):
        first = register(stay("2025-03-02", "2025-03-08", invoice_no="51000001"))
        other = register(stay("2025-05-02", "2025-05-08"))
        visit = Visit.objects.get(claim=other)

        for days, invoice in (((3, 5), "51000009"), ((6, 7), "51000001")):
            copy = Visit(
                claim=other, person=visit.person, institution=visit.institution, level="level3", place="local",
                filing="none", admitted_on=date(2025, days[0], 4), discharged_on=date(2025, days[1], 4),
                invoice_no=invoice, entered_by=first.registered_by, entered_at=first.registered_at,
            )
            with pytest.raises(IntegrityError), transaction.atomic():
                copy.save(force_insert=True)

    def test_a_withdrawn_claim_frees_its_invoice_and_days(self, register, stay, window_officer, at):
        first = register(stay("2025-03-02", "2025-03-08", invoice_no="51000001"))
        claims.withdraw(claim_id=first.pk, reason="申请人撤回", by=window_officer, at=at)

        assert register(stay("2025-03-02", "2025-03-08", invoice_no="51000001")).pk

    def test_a_duplicate_elsewhere_is_not_named(self, register, stay, person, neighbour, window_officer, at):
        other = person("外县人", region="511902")
        type(other).objects.filter(pk=other.pk).update(region_code="511903")
        claims.register(
            person_id=other.pk, reason="03", stays=[stay("2025-03-02", "2025-03-08", invoice_no="7")], by=neighbour,
            at=at,
        )
        with pytest.raises(Refused) as refusal:
            register(stay("2025-03-02", "2025-03-08", invoice_no="7"))
        assert "LX" not in str(refusal.value)


class TestFindings:
    def codes(self, claim) -> dict[str, str]:
        return {row.code: row.severity for row in claim.findings.filter(cleared=False)}

    def test_refuse_an_admission_after_death(self, register, stay, resident, window_officer, at):
        enrollment.record_death(person_id=resident.pk, died_on=date(2025, 3, 1), by=window_officer, at=at)
        assert refused(register, stay("2025-03-02", "2025-03-08")) == "DIED_BEFORE"

    def test_let_a_death_in_hospital_pass(self, register, stay, resident, window_officer, at):
        enrollment.record_death(person_id=resident.pk, died_on=date(2025, 3, 8), by=window_officer, at=at)
        assert self.codes(register(stay("2025-03-02", "2025-03-08"))) == {}

    def test_want_the_dates_of_a_death_before_discharge_corrected(self, register, stay, resident, window_officer, at):
        enrollment.record_death(person_id=resident.pk, died_on=date(2025, 3, 7), by=window_officer, at=at)
        assert self.codes(register(stay("2025-03-02", "2025-03-08"))) == {"DIED_DURING": "refuse"}

    def test_tell_that_the_year_is_that_of_the_discharge(self, register, stay):
        claim = register(stay("2024-12-28", "2025-01-03"))
        assert self.codes(claim) == {"CROSSES_YEAR": "warn"}

    @pytest.mark.parametrize(
        ("applied_on", "found"), [("2025-06-30", {}), ("2025-07-01", {"PAST_DEADLINE": "supervisor"})]
    )
    def test_send_a_late_claim_to_the_supervisor(self, applied_on, found, register, stay):
        claim = register(stay("2024-03-02", "2024-03-08"), applied_on=applied_on, late_reason="长期在外务工")
        assert self.codes(claim) == found

    def test_want_the_reason_of_a_late_claim(self, register, stay):
        late = stay("2024-03-02", "2024-03-08")
        assert refused(register, late, applied_on="2025-07-01") == "LATE_REASON_MISSING"

    def test_show_what_a_missing_filing_costs(self, register, stay):
        claim = register(stay("2025-03-02", "2025-03-08", hospital=CAPITAL))
        finding = claim.findings.get(code="NOT_FILED")
        assert finding.severity == "warn"
        assert "起付线1000.00元、支付比例0.50" in finding.message
        assert "起付线700.00元、支付比例0.60" in finding.message

    def test_are_silent_on_a_filed_emergency(self, register, stay):
        claim = register(stay("2025-03-02", "2025-03-08", hospital=CAPITAL, emergency=True))
        assert self.codes(claim) == {}

    def test_keep_an_uninsured_person_from_settlement_not_from_the_case(self, register, stay, resident):
        resident.insurance_periods.update(ends_on=date(2025, 3, 5))
        assert self.codes(register(stay("2025-03-02", "2025-03-08"))) == {"NOT_COVERED": "refuse"}

    def test_note_an_institution_whose_agreement_has_ended(self, register, stay, hospitals):
        type(hospitals[LEVEL3]).objects.filter(code=LEVEL3).update(ends_on=date(2025, 3, 1))
        assert self.codes(register(stay("2025-03-02", "2025-03-08"))) == {"NOT_DESIGNATED": "supervisor"}


class TestSupervisor:
    @pytest.fixture
    def doubtful(self, resident, stay, take, hospitals):
        type(hospitals[LEVEL3]).objects.filter(code=LEVEL3).update(ends_on=date(2025, 3, 1))
        return take(resident, stay("2025-03-02", "2025-03-08", total="60000"), to="entered")

    def test_lets_the_claim_go_on_with_a_reason(self, doubtful, supervisor, window_officer, at):
        assert refused(claims.settle, claim_id=doubtful.pk, by=window_officer, at=at) == "NEEDS_SUPERVISOR"

        finding = doubtful.findings.get(cleared=False)
        claims.approve_finding(finding_id=finding.pk, reason="协议续签手续在办", by=supervisor, at=at)

        assert claims.settle(claim_id=doubtful.pk, by=window_officer, at=at).pk
        assert AuditEntry.objects.filter(action="approve_finding", officer=supervisor).exists()

    def test_is_not_whoever_entered_the_claim(self, doubtful, window_officer, all_roles, at):
        window_officer.groups.add(*all_roles.groups.all())
        finding = doubtful.findings.get(cleared=False)
        maker = type(window_officer).objects.get(pk=window_officer.pk)
        assert refused(
            claims.approve_finding, finding_id=finding.pk, reason="同意", by=maker, at=at
        ) == "same_officer"

    def test_gives_a_reason(self, doubtful, supervisor, at):
        finding = doubtful.findings.get(cleared=False)
        code = refused(claims.approve_finding, finding_id=finding.pk, reason=" ", by=supervisor, at=at)
        assert code == "TEXT_MISSING"

    def test_has_the_role(self, doubtful, reviewer, at):
        finding = doubtful.findings.get(cleared=False)
        assert refused(
            claims.approve_finding, finding_id=finding.pk, reason="同意", by=reviewer, at=at
        ) == "no_permission"

    def test_is_asked_again_when_the_stay_changes(self, doubtful, supervisor, window_officer, stay, at):
        finding = doubtful.findings.get(cleared=False)
        claims.approve_finding(finding_id=finding.pk, reason="协议续签手续在办", by=supervisor, at=at)
        other = stay("2025-04-02", "2025-04-08", total="60000")
        claims.enter_details(claim_id=doubtful.pk, stays=[other], by=window_officer, at=at)

        assert refused(claims.settle, claim_id=doubtful.pk, by=window_officer, at=at) == "NEEDS_SUPERVISOR"

    def test_is_not_asked_again_when_only_costs_change(self, doubtful, supervisor, window_officer, stay, at):
        finding = doubtful.findings.get(cleared=False)
        claims.approve_finding(finding_id=finding.pk, reason="协议续签手续在办", by=supervisor, at=at)
        same = stay("2025-03-02", "2025-03-08", total="50000")
        claims.enter_details(claim_id=doubtful.pk, stays=[same], by=window_officer, at=at)

        assert claims.settle(claim_id=doubtful.pk, by=window_officer, at=at).pk


class TestMaterials:
    def test_follow_from_benefit_and_circumstances(self, register, stay):
        plain = register(stay("2025-03-02", "2025-03-08"))
        assert {row.kind for row in claims.checklist(plain) if row.required} == NEEDED
        agent = register(stay("2025-04-02", "2025-04-08"), agent_name="李四", agent_relation="2")
        assert {row.kind for row in claims.checklist(agent) if row.required} == {*NEEDED, "11", "12"}
        injured = register(stay("2025-05-02", "2025-05-08"), injury=True)
        assert {row.kind for row in claims.checklist(injured) if row.required} == {*NEEDED, "6"}
        relief = register(stay("2025-06-02", "2025-06-08"), reason="06")
        assert {row.kind for row in claims.checklist(relief) if row.required} == {"1", "2", "5", "21", "22", "23"}

    def test_are_asked_for_once_all_together(self, register, stay, window_officer, at):
        claim = register(stay("2025-03-02", "2025-03-08"))
        claims.receive_material(claim_id=claim.pk, kind="1", by=window_officer, at=at)

        notice = claims.ask_supplement(claim_id=claim.pk, by=window_officer, at=at)

        assert [row["kind"] for row in notice.body["missing"]] == ["2", "3", "5"]
        assert all(row["article"] for row in notice.body["missing"])
        claim.refresh_from_db()
        assert (claim.status, claim.stopped_on) == ("supplement", date(2025, 11, 3))

    def test_start_the_clock_again_when_they_come(self, register, stay, window_officer, at):
        claim = register(stay("2025-03-02", "2025-03-08"))
        due = claim.due_on
        claims.ask_supplement(claim_id=claim.pk, by=window_officer, at=at)
        later = at.replace(day=10)
        for kind in sorted(NEEDED):
            claims.receive_material(claim_id=claim.pk, kind=kind, by=window_officer, at=later)
        claims.receive_supplement(claim_id=claim.pk, by=window_officer, at=later)

        claim.refresh_from_db()
        assert (claim.status, claim.stopped_on) == ("registered", None)
        assert (claim.due_on - due).days == 7

    def test_are_all_there_before_the_claim_goes_on(self, register, stay, window_officer, at):
        claim = register(stay("2025-03-02", "2025-03-08"))
        claims.ask_supplement(claim_id=claim.pk, by=window_officer, at=at)
        assert refused(claims.receive_supplement, claim_id=claim.pk, by=window_officer, at=at) == "MATERIAL_MISSING"

    def test_that_are_complete_are_not_asked_for(self, register, stay, window_officer, at):
        claim = register(stay("2025-03-02", "2025-03-08"))
        for kind in sorted(NEEDED):
            claims.receive_material(claim_id=claim.pk, kind=kind, by=window_officer, at=at)
        assert refused(claims.ask_supplement, claim_id=claim.pk, by=window_officer, at=at) == "NOTHING_MISSING"

    def test_are_received_once_and_can_be_given_back(self, register, stay, window_officer, at):
        claim = register(stay("2025-03-02", "2025-03-08"))
        row = claims.receive_material(claim_id=claim.pk, kind="2", by=window_officer, at=at)
        assert refused(
            claims.receive_material, claim_id=claim.pk, kind="2", by=window_officer, at=at
        ) == "MATERIAL_RECEIVED"

        claims.give_back_material(material_id=row.pk, reason="收错", by=window_officer, at=at)
        assert claims.receive_material(claim_id=claim.pk, kind="2", by=window_officer, at=at).pk
        assert MaterialReceived.objects.count() == 2

    def test_may_come_as_a_file(self, register, stay, window_officer, at, tmp_path):
        claim = register(stay("2025-03-02", "2025-03-08"))
        scan = tmp_path / "票据.pdf"
        scan.write_bytes(b"%PDF-1.7 test")
        with scan.open("rb") as file:
            row = claims.receive_material(claim_id=claim.pk, kind="2", file=file, by=window_officer, at=at)
        assert row.document == Document.objects.get()


class TestTownship:
    def test_papers_are_prechecked_before_the_county_accepts(self, register, stay, window_officer, at):
        """BZ-GEN-42.4."""
        claim = register(stay("2025-03-02", "2025-03-08"), township=True)
        assert claim.status == "township"
        assert refused(claims.accept, claim_id=claim.pk, by=window_officer, at=at) == "step_not_open"
        assert refused(
            claims.enter_details, claim_id=claim.pk, stays=[stay("2025-03-02", "2025-03-08", total="1")],
            by=window_officer, at=at,
        ) == "step_not_open"

        claims.precheck(claim_id=claim.pk, by=window_officer, at=at)
        assert claims.accept(claim_id=claim.pk, by=window_officer, at=at).status == "registered"


class TestEnteringAgain:
    def test_replaces_stays_and_keeps_what_was(self, take, resident, stay, second_window_officer, at):
        claim = take(resident, stay("2025-03-02", "2025-03-08", total="4500"), to="entered")
        again = stay("2025-03-02", "2025-03-08", total="4600")

        claims.enter_details(claim_id=claim.pk, stays=[again], by=second_window_officer, at=at)

        claim.refresh_from_db()
        assert [str(visit.total) for visit in claim.visits.live()] == ["4600.00"]
        assert claim.visits.count() == 3
        assert claim.maker_ids == [claim.registered_by_id, second_window_officer.pk]

    def test_refuses_a_page_that_is_out_of_date(self, take, resident, stay, window_officer, at):
        claim = take(resident, stay("2025-03-02", "2025-03-08", total="4500"), to="entered")
        code = refused(
            claims.enter_details, claim_id=claim.pk, stays=[stay("2025-03-02", "2025-03-08", total="9")],
            by=window_officer, at=at, expected_version=claim.version - 1,
        )
        assert code == "changed_since_opened"
