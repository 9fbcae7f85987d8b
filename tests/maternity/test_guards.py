"""Each guard of the matter: refused with its rule, nothing written; and the day or month on either side of it."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from casework.errors import Refused
from casework.models import AuditEntry, Notice, OutboxMessage
from enrollment import services as enrollment
from enrollment.models import Contribution
from maternity import services as maternity
from maternity.models import BirthEvent, ClaimPeriod, MaternityCase, MaternityItem, MaternityMaterial
from maternity.services import Happened, Payee
from maternity.vetoes import one_event_twice
from tests.conftest import BUREAU
from tests.maternity.conftest import PAPERS, RESIDENT, insured, paid
from tests.people import id_number

pytestmark = pytest.mark.django_db
HUSBAND = id_number("511902", date(1988, 4, 4), 3)
BIRTH = Happened(event="birth", happened_on=date(2025, 1, 20), mode="vaginal")


def moment(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 30, tzinfo=BUREAU)


def written() -> tuple:
    return (
        list(MaternityCase.objects.order_by("pk").values()), list(MaternityItem.objects.order_by("pk").values()),
        list(BirthEvent.objects.order_by("pk").values()), AuditEntry.objects.count(), OutboxMessage.objects.count(),
        Notice.objects.count(),
    )


def refused(deed, match: str, **given) -> Refused:
    """The deed is refused in these words and leaves nothing behind."""
    before = written()
    with pytest.raises(Refused, match=match) as refusal:
        deed(**given)
    assert written() == before
    return refusal.value


@pytest.fixture
def entered(window_officer):
    """An application that is entered: one benefit of one event."""

    def make(event, kind="allowance", at=None, **facts) -> MaternityCase:
        person = event.spouse if kind == "spouse_difference" else event.mother
        case = maternity.register(
            event_id=event.pk, kinds=[kind], payee=Payee(name=person.name, bank="工商银行", account="62220212345678"),
            materials=[*PAPERS, "bills"], by=window_officer, at=at,
        )
        return maternity.enter(case_id=case.pk, facts={"monthly_base": "3000.00", **facts}, by=window_officer, at=at)

    return make


@pytest.fixture
def employed(window_officer):
    """A woman whose employer has paid since the month named."""

    def make(first: date, at, months: int = 30, person_type: str = "1101"):
        found = insured(window_officer, at, person_type=person_type, starts_on=date(2022, 1, 1))
        paid(found, "employee_month", first, months, window_officer, at)
        return found

    return make


def born(mother, by, at, **given) -> BirthEvent:
    happened = Happened(**{"event": "birth", "happened_on": date(2025, 1, 20), "mode": "vaginal", **given})
    return maternity.record_event(mother_id=mother.pk, happened=happened, by=by, at=at)


class TestTheMonths:
    def test_before_and_after_a_change_of_status_are_counted_together(self, entered, window_officer):
        """BZ-EMP-15.2: seven months paid by an employer of another city of the province, then nine as flexible."""
        at = moment(2025, 8, 1)
        person = insured(window_officer, at, starts_on=date(2023, 1, 1))
        paid(person, "flexible_month", date(2024, 1, 1), 20, window_officer, at)
        paid(person, "maternity", date(2024, 2, 1), 7, window_officer, at, area="510100")
        paid(person, "maternity", date(2024, 9, 1), 12, window_officer, at)
        case = entered(born(person, window_officer, at), at=at)
        assert maternity.compute(case_id=case.pk, by=window_officer, at=at).total == Decimal("9800.00")

    def test_outside_the_province_do_not_count(self, window_officer):
        at = moment(2025, 8, 1)
        person = insured(window_officer, at)
        paid(person, "maternity", date(2024, 2, 1), 7, window_officer, at, area="220102")
        paid(person, "maternity", date(2024, 9, 1), 12, window_officer, at)
        assert maternity.months_of(person, date(2025, 1, 20), date(2025, 8, 1), 12).at_event == 5

    def test_at_the_event_must_be_paid_in_the_city(self, entered, window_officer):
        """BZ-EMP-15.1 (a): the months are enough, but those around the birth were paid elsewhere."""
        at = moment(2025, 8, 1)
        person = insured(window_officer, at, starts_on=date(2023, 1, 1))
        paid(person, "flexible_month", date(2024, 1, 1), 20, window_officer, at)
        paid(person, "maternity", date(2024, 1, 1), 19, window_officer, at, area="510100")
        case = entered(born(person, window_officer, at), at=at)
        refused(maternity.compute, r"BZ-EMP-15\.1", case_id=case.pk, by=window_officer, at=at)

    @pytest.mark.parametrize(("months", "good"), [(16, True), (15, False)])
    def test_run_on_until_the_leave_ends(self, entered, window_officer, months, good):
        """BZ-EMP-15.1 (c): the 98 days end on 27 April 2025, so April must be paid, and March alone is too little."""
        at = moment(2025, 8, 1)
        person = insured(window_officer, at, starts_on=date(2023, 1, 1))
        paid(person, "flexible_month", date(2024, 1, 1), 20, window_officer, at)
        paid(person, "maternity", date(2024, 1, 1), months, window_officer, at)
        case = entered(born(person, window_officer, at), at=at)
        if good:
            assert maternity.compute(case_id=case.pk, by=window_officer, at=at).total == Decimal("9800.00")
        else:
            refused(maternity.compute, r"BZ-EMP-1[56]\.1", case_id=case.pk, by=window_officer, at=at)

    @pytest.mark.parametrize(("first", "good"), [(date(2024, 7, 20), True), (date(2024, 7, 21), False)])
    def test_of_an_employee_are_six_since_the_first_payment(self, entered, window_officer, first, good):
        """BZ-EMP-8.1: a birth on 20 January 2025 after a first payment on 20 or 21 July 2024."""
        at = moment(2025, 8, 1)
        person = insured(window_officer, at, person_type="1101", starts_on=date(2022, 1, 1))
        enrollment.record_contribution(
            person_id=person.pk, kind="employee_month", for_year=2024, for_month=7, paid_on=first, source="tax_file",
            source_no="one", area_code="511902", base=3000, by=window_officer, at=at,
        )
        paid(person, "employee_month", date(2024, 8, 1), 12, window_officer, at)
        event = BirthEvent(mother=person, event="birth", happened_on=date(2025, 1, 20), mode="vaginal")
        months = maternity.months_of(person, event.happened_on, date(2025, 8, 1), 12)
        assert (months.since_first >= 6) == good


class TestWhoHasNoAllowance:
    def test_is_the_staff_paid_by_the_treasury(self, employed, entered, window_officer):
        at = moment(2025, 8, 1)
        person = employed(date(2023, 1, 1), at)
        enrollment.tag_person(
            person_id=person.pk, tag="treasury_paid", starts_on=date(2023, 1, 1), by=window_officer, at=at
        )
        case = entered(born(person, window_officer, at), at=at, wages_drawn=False)
        refused(maternity.compute, r"BZ-EMP-30\.3", case_id=case.pk, by=window_officer, at=at)

    def test_is_an_employee_of_whom_the_wages_are_not_known(self, employed, entered, window_officer):
        at = moment(2025, 8, 1)
        case = entered(born(employed(date(2023, 1, 1), at), window_officer, at), at=at)
        refused(maternity.compute, r"BZ-EMP-30\.4", case_id=case.pk, by=window_officer, at=at)

    @pytest.mark.parametrize(("drawn", "amount"), [(True, None), (False, Decimal("9800.00"))])
    def test_is_who_drew_wages_in_the_leave(self, employed, entered, window_officer, drawn, amount):
        at = moment(2025, 8, 1)
        case = entered(born(employed(date(2023, 1, 1), at), window_officer, at), at=at, wages_drawn=drawn)
        if amount is None:
            refused(maternity.compute, r"BZ-EMP-30\.4", case_id=case.pk, by=window_officer, at=at)
        else:
            assert maternity.compute(case_id=case.pk, by=window_officer, at=at).total == amount

    def test_is_who_names_no_base(self, birth, window_officer, january, entered):
        case = entered(birth, at=january, monthly_base=None)
        refused(maternity.compute, r"BZ-EMP-28\.7", case_id=case.pk, by=window_officer, at=january)


class TestTheTimeOfTheClaim:
    @pytest.mark.parametrize(("day", "open_"), [((2025, 4, 27), False), ((2025, 4, 28), True)])
    def test_begins_when_the_payable_days_are_over(self, entered, window_officer, day, open_):
        """BZ-EMP-17.1: 98 days from 20 January 2025 are over on 27 April."""
        at = moment(*day)
        person = insured(window_officer, at, starts_on=date(2023, 1, 1))
        paid(person, "flexible_month", date(2024, 1, 1), 16, window_officer, at)
        paid(person, "maternity", date(2024, 1, 1), 16, window_officer, at)
        case = entered(born(person, window_officer, at), at=at)
        if open_:
            assert maternity.compute(case_id=case.pk, by=window_officer, at=at).status == "computed"
        else:
            refused(maternity.compute, r"BZ-EMP-17\.1", case_id=case.pk, by=window_officer, at=at)

    def test_has_no_limit_for_an_employee_whom_the_table_does_not_name(self, employed, entered, window_officer):
        at = moment(2027, 8, 2)
        case = entered(born(employed(date(2023, 1, 1), at, 50), window_officer, at), at=at, wages_drawn=False)
        assert maternity.compute(case_id=case.pk, by=window_officer, at=at).total == Decimal("9800.00")

    def test_is_what_the_table_says_on_the_day(self, birth, entered, window_officer):
        ClaimPeriod.objects.filter(worker="flexible").update(months=18)
        at = moment(2027, 7, 1)
        case = entered(birth, at=at)
        assert maternity.compute(case_id=case.pk, by=window_officer, at=at).status == "computed"

    def test_may_be_passed_over_by_a_supervisor_only(self, birth, entered, window_officer):
        at = moment(2027, 3, 1)
        case = entered(birth, at=at)
        refused(maternity.approve_late, "主管", case_id=case.pk, reason="住院", by=window_officer, at=at)


class TestTheDays:
    @pytest.fixture
    def caesarean(self, mother, window_officer, january):
        return born(mother, window_officer, january, mode="caesarean")

    def test_that_are_not_printed_are_refused_by_name(self, caesarean, entered, window_officer, january):
        case = entered(caesarean, at=january)
        found = refused(maternity.compute, "maternity.allowance.days", case_id=case.pk, by=window_officer, at=january)
        assert found.code == "PARAMETER_MISSING"

    def test_are_entered_by_a_supervisor_and_decided_by_two_others(
        self, caesarean, entered, window_officer, supervisor, reviewer, approver, january
    ):
        case = entered(caesarean, at=january)
        maternity.enter_days(case_id=case.pk, days=128, basis="巴医保发〔2025〕1号", by=supervisor, at=january)
        assert maternity.compute(case_id=case.pk, by=window_officer, at=january).total == Decimal("12800.00")
        supervisor.groups.add(*reviewer.groups.all(), *approver.groups.all())
        officer = type(supervisor).objects.get(pk=supervisor.pk)
        refused(maternity.review, "不得为同一人", case_id=case.pk, by=officer, at=january)
        maternity.review(case_id=case.pk, by=reviewer, at=january)
        refused(maternity.approve, "不得为同一人", case_id=case.pk, by=officer, at=january)
        assert maternity.approve(case_id=case.pk, by=approver, at=january).status == "approved"

    def test_stay_when_the_counter_enters_anew(self, caesarean, entered, window_officer, supervisor, january):
        case = entered(caesarean, at=january)
        maternity.enter_days(case_id=case.pk, days=128, basis="本局规定", by=supervisor, at=january)
        maternity.enter(case_id=case.pk, facts={"monthly_base": "3100.00"}, by=window_officer, at=january)
        assert MaternityCase.objects.get().facts["leave_days"] == 128

    @pytest.mark.parametrize(("days", "basis"), [(0, "规定"), (401, "规定"), (True, "规定"), (128, " ")])
    def test_want_a_number_and_a_basis(self, caesarean, entered, supervisor, january, days, basis):
        case = entered(caesarean, at=january)
        refused(maternity.enter_days, "BZ-AMB-28", case_id=case.pk, days=days, basis=basis, by=supervisor, at=january)

    def test_are_not_the_counters_to_enter(self, caesarean, entered, window_officer, january):
        case = entered(caesarean, at=january)
        refused(maternity.enter_days, "主管", case_id=case.pk, days=128, basis="规定", by=window_officer, at=january)

    def test_come_with_the_bureaus_dated_overlay(
        self, caesarean, entered, window_officer, january, settings, tmp_path
    ):
        overlay = tmp_path / "own.yaml"
        overlay.write_text(OVERLAY, encoding="utf-8")
        settings.POLICY_OVERLAYS = {"bazhong": [str(overlay)]}
        case = entered(caesarean, at=january)
        assert maternity.compute(case_id=case.pk, by=window_officer, at=january).total == Decimal("11300.00")


OVERLAY = """
overlay: {pool: bazhong, title: 津贴天数, authority: 市医保局, document: 测试文, version: '1'}
figures:
  maternity.allowance.days:
    article: 测试文第一条
    versions:
      - from: 2025-01-01
        values: {caesarean: 113天}
"""


class TestOneEvent:
    def test_is_not_registered_again_a_day_off(self, birth, mother, window_officer, january):
        happened = Happened(event="birth", happened_on=date(2025, 1, 21), mode="vaginal")
        refused(
            maternity.record_event, "不足五个月", mother_id=mother.pk, happened=happened, by=window_officer, at=january
        )

    def test_may_be_followed_by_another_that_is_explained(self, birth, mother, window_officer, january):
        happened = Happened(event="termination", happened_on=date(2025, 5, 30), weeks=6)
        made = maternity.record_event(
            mother_id=mother.pk, happened=happened, why_another="产后再次妊娠，已核对病历", by=window_officer,
            at=january,
        )
        assert BirthEvent.objects.filter(voided=False).count() == 2
        assert AuditEntry.objects.get(subject=f"birth:{made.pk}").note.startswith("产后")

    @pytest.mark.parametrize(
        ("given", "match"),
        [
            ({"mode": ""}, r"BZ-EMP-28\.2"),
            ({"event": "termination", "mode": ""}, r"BZ-EMP-28\.1"),
            ({"event": "termination", "mode": "", "weeks": 24, "live_baby": True}, r"BZ-EMP-28\.2"),
            ({"event": "termination", "mode": "vaginal", "weeks": 24}, r"BZ-EMP-28\.3"),
            ({"live_baby": True}, r"BZ-EMP-28\.4"),
            ({"babies": 0}, "胎儿数"),
            ({"happened_on": date(2026, 1, 6)}, "不得晚于今天"),
            ({"event": "other"}, "分娩或终止妊娠"),
        ],
    )
    def test_says_all_that_its_benefits_hang_on(self, mother, window_officer, january, given, match):
        happened = Happened(**{"event": "birth", "happened_on": date(2025, 1, 20), "mode": "vaginal", **given})
        refused(maternity.record_event, match, mother_id=mother.pk, happened=happened, by=window_officer, at=january)

    def test_is_not_voided_while_a_benefit_hangs_on_it(self, birth, take, window_officer, january):
        take("antenatal", to="registered")
        refused(maternity.void_event, "先撤销或冲销", event_id=birth.pk, reason="误登", by=window_officer, at=january)

    def test_is_free_again_once_it_is_voided(self, birth, mother, window_officer, january):
        maternity.void_event(event_id=birth.pk, reason="日期有误", by=window_officer, at=january)
        assert born(mother, window_officer, january).pk != birth.pk
        assert OutboxMessage.objects.filter(topic="maternity.event_voided").count() == 1

    @pytest.mark.parametrize(
        ("given", "amount"),
        [
            ({"event": "termination", "mode": "", "weeks": 15}, "200.00"),
            ({"event": "termination", "mode": "", "weeks": 16}, "500.00"),
            ({"event": "termination", "mode": "caesarean", "weeks": 24, "live_baby": True}, "800.00"),
            ({"babies": 3}, "800.00"),
        ],
    )
    def test_gives_the_antenatal_amount_of_its_kind(self, mother, entered, window_officer, january, given, amount):
        """BZ-EMP-28.1, BZ-EMP-28.4: a termination by weeks, a live baby as a birth, once for several babies."""
        case = entered(born(mother, window_officer, january, **given), "antenatal", january)
        assert str(maternity.compute(case_id=case.pk, by=window_officer, at=january).total) == amount


class TestTwoNumbersOfOneMother:
    def test_are_not_merged_with_one_birth_on_each(self, birth, mother, window_officer, january):
        other = insured(window_officer, january, RESIDENT, "resident", "1501", name="单小红")
        assert one_event_twice(mother, other) == ""
        born(other, window_officer, january, happened_on=date(2025, 1, 22))
        assert "先作废其中一个事件" in one_event_twice(mother, other)

    def test_are_not_merged_with_a_case_in_work(self, take, mother, window_officer, january):
        take("antenatal", to="registered")
        other = insured(window_officer, january, RESIDENT, "resident", "1501", name="单小红")
        assert "在办的生育待遇件" in one_event_twice(other, mother)


class TestTheSpousesDifference:
    @pytest.fixture
    def husband(self, window_officer, january):
        found = insured(window_officer, january, HUSBAND, person_type="1101", name="赵强")
        paid(found, "employee_month", date(2024, 1, 1), 24, window_officer, january)
        return found

    @pytest.fixture
    def couple(self, husband, window_officer, january):
        wife = insured(window_officer, january, RESIDENT, "resident", "1501", name="刘小燕")
        event = born(wife, window_officer, january)
        return maternity.name_spouse(event_id=event.pk, spouse_id=husband.pk, by=window_officer, at=january)

    def test_is_paid_to_the_husband(self, couple, entered, husband, window_officer, january):
        """BZ-EMP-9.1, BZ-EMP-9.2: 3,500 − 2,000 and 800 − 500."""
        case = entered(couple, "spouse_difference", january, eligible_cost="6000.00", resident_paid="2000.00")
        assert maternity.compute(case_id=case.pk, by=window_officer, at=january).total == Decimal("1800.00")
        assert (case.claimant, case.payee_name) == (husband, "赵强")

    def test_is_a_case_of_its_own(self, couple, window_officer, january):
        account = Payee(name="赵强", bank="工商银行", account="62220212345678")
        refused(
            maternity.register, "分别登记", event_id=couple.pk, kinds=["antenatal", "spouse_difference"], payee=account,
            by=window_officer, at=january,
        )

    def test_wants_the_bills(self, couple, window_officer, january):
        account = Payee(name="赵强", bank="工商银行", account="62220212345678")
        case = maternity.register(
            event_id=couple.pk, kinds=["spouse_difference"], payee=account, materials=PAPERS, by=window_officer,
            at=january,
        )
        refused(maternity.enter, r"BZ-EMP-17\.3", case_id=case.pk, facts={}, by=window_officer, at=january)

    def test_is_nothing_where_the_mother_is_an_employee(self, birth, husband, entered, window_officer, january):
        event = maternity.name_spouse(event_id=birth.pk, spouse_id=husband.pk, by=window_officer, at=january)
        case = entered(event, "spouse_difference", january, eligible_cost="6000.00")
        refused(maternity.compute, r"BZ-EMP-9\.1", case_id=case.pk, by=window_officer, at=january)

    def test_is_not_computed_before_it_is_said_what_the_resident_scheme_paid(
        self, couple, entered, window_officer, january
    ):
        case = entered(couple, "spouse_difference", january, eligible_cost="6000.00")
        refused(maternity.compute, r"BZ-EMP-9\.1", case_id=case.pk, by=window_officer, at=january)

    def test_wants_an_insured_husband(self, birth, window_officer, january):
        other = insured(window_officer, january, HUSBAND, "resident", "1501", name="赵强")
        refused(
            maternity.name_spouse, r"BZ-EMP-9\.1", event_id=birth.pk, spouse_id=other.pk, by=window_officer, at=january
        )


class TestTheDecision:
    def test_is_refused_when_the_register_changed_since(self, take, mother, window_officer, approver, january):
        case = take("allowance", to="reviewed")
        row = Contribution.objects.filter(person=mother, kind="maternity", for_month=3).get()
        enrollment.reverse_contribution(contribution_id=row.pk, reason="误缴", by=window_officer, at=january)
        refused(maternity.approve, "BZ-EMP|退回重新核算", case_id=case.pk, by=approver, at=january)

    def test_is_refused_on_a_ground_of_the_day(self, take, reviewer, january):
        case = take(to="computed")
        refused(maternity.refuse, "情形", case_id=case.pk, ground="99", reason="试", by=reviewer, at=january)
        refused(maternity.refuse, "写明意见", case_id=case.pk, ground="1", reason=" ", by=reviewer, at=january)
        found = maternity.refuse(case_id=case.pk, ground="1", reason="连续11个月", by=reviewer, at=january)
        assert (found.status, found.refusal_ground.rule) == ("refused", "BZ-EMP-15.1")
        assert "行政复议" in Notice.objects.get(case_no=case.case_no).body["remedy"]

    def test_goes_back_only_where_the_table_says(self, take, reviewer, january):
        case = take(to="computed")
        refused(maternity.send_back, "不能回退", case_id=case.pk, to="reviewed", reason="试", by=reviewer, at=january)
        refused(maternity.send_back, "写明意见", case_id=case.pk, to="entered", reason=" ", by=reviewer, at=january)

    def test_is_read_from_a_statement_in_words(self, take):
        found = maternity.statement(take(to="computed"))
        assert (found["total"], found["total_words"]) == ("10600.00", "壹万零陆佰元整")
        assert [step["rule"] for row in found["benefits"] for step in row["steps"]] == ["BZ-EMP-28.1", "BZ-EMP-28.7"]


class TestTheMaterials:
    def test_are_those_of_the_day_of_the_application(self, birth, payee, window_officer, january):
        MaternityMaterial.objects.create(
            code="discharge", name="出院记录", valid_from=date(2026, 1, 5), rule="BZ-EMP-17.3", article="测试文"
        )
        case = maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        assert [row.code for row in maternity.checklist(case)] == [*PAPERS, "discharge"]
        assert "discharge" not in {row.code for row in maternity.needed(["antenatal"], date(2026, 1, 4))}

    def test_are_received_one_by_one(self, birth, payee, window_officer, reviewer, january):
        case = maternity.register(event_id=birth.pk, kinds=["antenatal"], payee=payee, by=window_officer, at=january)
        given = {"case_id": case.pk, "code": "identity", "at": january}
        refused(maternity.receive_material, "岗位", **given, by=reviewer)
        maternity.receive_material(**given, by=window_officer)
        refused(maternity.receive_material, "已经收到", **given, by=window_officer)
        refused(maternity.receive_material, "清单", **{**given, "code": "bills"}, by=window_officer)

    def test_survive_a_second_loading_as_the_bureau_changed_them(self):
        MaternityMaterial.objects.filter(code="bank_card").update(required=False)
        assert maternity.load_reference() == 0
        assert not MaternityMaterial.objects.get(code="bank_card").required


class TestTheTrial:
    def test_stores_nothing(self, mother, window_officer, january):
        before = written()
        rows = maternity.trial(
            person_id=mother.pk, happened=BIRTH, facts={"monthly_base": "3000.00", "eligible_cost": "3499.99"},
            by=window_officer, at=january,
        )
        assert [str(row.amount) for row in rows] == ["800.00", "3499.99", "9800.00"]
        assert written() == before

    def test_says_why_a_benefit_is_not_given(self, mother, window_officer, january):
        rows = maternity.trial(person_id=mother.pk, happened=BIRTH, facts={}, by=window_officer, at=january)
        assert "BZ-EMP-28.7" in rows[2].refusal
