"""The tables of steps, typed out: which step is open from which status of each matter."""

from datetime import date

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from chronic import services as chronic
from chronic.models import Certification, DrugCertification, Ending, Objection, Recognition, SpotCheck
from chronic.services import Drug, Former
from chronic.workflow import CERTIFICATION, DRUG, ENDING, OBJECTION, RECOGNITION, SPOT_CHECK
from tests.chronic import examples
from tests.chronic.conftest import DOCTOR, HYPERTENSION, claimed, only_item
from tests.people import make_officer

pytestmark = pytest.mark.django_db

OPEN = {
    CERTIFICATION: {
        "complete": {"submitted"}, "complete_refused": {"submitted"},
        "complete_open": {"submitted"}, "supply": {"submitted"}, "amend": {"submitted"}, "sign": {"submitted"},
        "seal": {"signed"}, "seal_refused": {"signed"}, "enter": {"sealed"}, "open_at_once": {"sealed"},
        "send_back": {"entered"}, "confirm": {"entered"}, "refuse": {"entered"},
        "withdraw": {"submitted", "signed", "sealed", "entered"},
    },
    ENDING: {"confirm_stop": {"reported"}, "reject_stop": {"reported"}},
    OBJECTION: {
        "arrange": {"submitted"}, "conclude": {"arranged"}, "uphold": {"concluded"}, "overturn": {"concluded"},
        "withdraw_objection": {"submitted", "arranged"},
    },
    RECOGNITION: {
        "recognise": {"submitted"}, "refuse_recognition": {"submitted"}, "withdraw_recognition": {"submitted"},
    },
    SPOT_CHECK: {"record_pass": {"opened"}, "record_fault": {"opened"}, "dismiss": {"found"}, "cancel": {"found"}},
    DRUG: {
        "confirm_drug": {"filed"}, "refuse_drug": {"filed"}, "withdraw_drug": {"filed"}, "end_drug": {"confirmed"},
    },
}
MAKING = {
    CERTIFICATION: {"submit", "file", "file_refused", "file_open"}, ENDING: {"end_voluntarily", "report_stop"},
    OBJECTION: {"object"}, RECOGNITION: {"claim_recognition"}, SPOT_CHECK: {"open_check"}, DRUG: {"file_drug"},
}
NOT_AFTER = {
    CERTIFICATION: {
        "seal": {"sign"}, "seal_refused": {"sign"},
        "confirm": {"submit", "file", "complete", "supply", "amend", "sign", "seal", "enter"},
        "refuse": {"submit", "file", "complete", "supply", "amend", "sign", "seal", "enter"},
    },
    ENDING: {"confirm_stop": {"report_stop"}, "reject_stop": {"report_stop"}},
    OBJECTION: {"uphold": {"conclude"}, "overturn": {"conclude"}},
    RECOGNITION: {"recognise": {"claim_recognition"}, "refuse_recognition": {"claim_recognition"}},
    SPOT_CHECK: {"dismiss": {"record_fault"}, "cancel": {"record_fault"}},
    DRUG: {"confirm_drug": {"file_drug"}, "refuse_drug": {"file_drug"}},
}
NOTED = {
    CERTIFICATION: {"send_back", "refuse", "withdraw"}, ENDING: {"reject_stop"}, OBJECTION: {"withdraw_objection"},
    RECOGNITION: {"refuse_recognition", "withdraw_recognition"}, SPOT_CHECK: {"record_fault", "dismiss"},
    DRUG: {"refuse_drug", "withdraw_drug", "end_drug"},
}
FILLED = {
    ENDING: "decided_by_id = {0}", RECOGNITION: "decided_by_id = {0}", DRUG: "decided_by_id = {0}",
    OBJECTION: "decided_by_id = {0}, met = true, concluded_on = '2025-11-03'",
    SPOT_CHECK: "decided_by_id = {0}, checked_by_id = {1}, from_day = '2025-11-03'", CERTIFICATION: "version = version",
}


@pytest.fixture
def all_roles(db):
    officer = make_officer("窗口经办", "A001")
    officer.groups.set(Group.objects.filter(name__in=["窗口经办", "初审", "复核", "主管", "认定医院", "医院接口"]))
    return officer


@pytest.fixture
def cases(request, at):
    """One case of each matter in its first status."""

    def make(workflow):
        return request.getfixturevalue(f"case_{workflow.matter.lower()}")

    return make


@pytest.fixture
def case_mt(applied):
    return applied()


@pytest.fixture
def case_mz(held, patient, window_officer, at):
    made = held(patient, "M07900")
    return chronic.report_stop(
        entitlement_id=made.pk, happened_on=date(2025, 10, 20), reason="手术", by=window_officer, at=at
    )


@pytest.fixture
def case_mf(entered, window_officer, at):
    unit = chronic.catalogue_of("511902").find(HYPERTENSION)
    item = only_item(entered(claimed(HYPERTENSION, examples.failing(unit))))
    return chronic.object_to(item_id=item.pk, received_on=date(2025, 11, 3), reason="不服", by=window_officer, at=at)


@pytest.fixture
def case_mr(patient, window_officer, at):
    former = Former(
        kind="province", unit=HYPERTENSION, certified_on=date(2024, 5, 1), former_place="成都市", former_no="CD-1"
    )
    return chronic.claim_recognition(person_id=patient.pk, former=former, by=window_officer, at=at)


@pytest.fixture
def case_mc(held, patient, checker, at):
    return chronic.open_check(entitlement_id=held(patient, HYPERTENSION).pk, by=checker, at=at)


@pytest.fixture
def case_md(patient, hospital, clerk, city_manager, at):
    for category in ("negotiated_drug", "drug_treatment"):
        chronic.qualify(
            institution_id=hospital.pk, category=category, district="511902", starts_on=date(2025, 1, 1),
            published_on=date(2025, 1, 1), by=city_manager, at=at,
        )
    drug = Drug(
        drug_code="X1", drug_name="某药", drug_class="single_line", disease="某病", institution_id=hospital.pk,
        treating_id=hospital.pk, supplying_id=hospital.pk, doctor=DOCTOR, real_name=True,
        valid_from=date(2025, 11, 3), valid_until=date(2026, 11, 3),
    )
    return chronic.file_drug(person_id=patient.pk, drug=drug, by=clerk, at=at)


def put(case, workflow, status, hands):
    """The case in a status, past the guards of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        filled = FILLED[workflow].format(*hands)
        cursor.execute(f"UPDATE {case._meta.db_table} SET status = %s, {filled} WHERE id = %s", [status, case.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    return type(case).objects.get(pk=case.pk)


@pytest.mark.parametrize("workflow", OPEN, ids=lambda workflow: workflow.matter)
class TestTheTable:
    def test_names_every_step(self, workflow):
        assert set(workflow.steps) == {*OPEN[workflow], *MAKING[workflow]}

    def test_opens_each_step_only_where_it_is_named(self, workflow, cases, all_roles, supervisor, checker, at):
        case = cases(workflow)
        for status in workflow.statuses:
            found = put(case, workflow, status, (supervisor.pk, checker.pk))
            for step, open_from in OPEN[workflow].items():
                outcome = tried(workflow, found, step, all_roles, at)
                expected = "taken" if status in open_from else "step_not_open"
                assert outcome == expected, f"{step} from {status}: {outcome}"

    def test_keeps_the_makers_from_deciding(self, workflow):
        barred = {name: set(step.not_after) for name, step in workflow.steps.items() if step.not_after}
        assert barred == NOT_AFTER[workflow]

    def test_asks_for_a_reason_where_something_is_refused_or_undone(self, workflow):
        assert {name for name, step in workflow.steps.items() if step.needs_note} == NOTED[workflow]

    def test_is_held_by_the_database(self, workflow, cases):
        case = cases(workflow)
        closed = {SPOT_CHECK: "cancelled", DRUG: "ended"}.get(workflow, workflow.closed[0])
        with pytest.raises(IntegrityError), transaction.atomic():
            type(case).objects.filter(pk=case.pk).update(status=closed)
        with pytest.raises(IntegrityError), transaction.atomic():
            type(case).objects.filter(pk=case.pk).delete()


def tried(workflow, case, step, by, at):
    try:
        with transaction.atomic():
            workflow.move(type(case).objects.get(pk=case.pk), step, by=by, at=at, note="试办")
            transaction.set_rollback(True)
    except Refused as refusal:
        return refusal.code
    return "taken"


class TestWhoSees:
    @pytest.mark.parametrize(("workflow", "model"), [
        (CERTIFICATION, Certification), (ENDING, Ending), (OBJECTION, Objection), (RECOGNITION, Recognition),
        (SPOT_CHECK, SpotCheck), (DRUG, DrugCertification),
    ], ids=lambda part: getattr(part, "matter", part.__name__ if isinstance(part, type) else ""))
    def test_another_county_and_another_hospital_see_nothing(self, workflow, model, cases):
        cases(workflow)
        for role, number, region, institution in (
            ("主管", "Z007", "511921", ""), ("认定医院", "H007", "511900", "H51190200009"),
        ):
            stranger = make_officer(role, number, region, institution)
            assert not model.objects.visible_to(stranger).exists(), number


