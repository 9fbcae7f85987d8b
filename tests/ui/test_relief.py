"""Relief's pages: they open, say in Chinese what was decided, take deeds, and cost the same whatever they show."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casework import jobs
from casework.models import Job
from claims.models import Adjustment, YearClosing
from enrollment import services as enrollment
from relief import services as relief
from relief.models import Recompute, Reconsideration, ReliefApplication
from relief.services import recompute
from relief.services.recompute import running
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

CASE = "admin:relief_reconsideration_change"
PAPERS = ["form", "identity", "card", "diagnosis"]


@pytest.fixture
def found(resident, take, stay, window_officer, at) -> Reconsideration:
    """A resident with two decided bills, recognised afterwards."""
    take(resident, stay("2025-03-01", "2025-03-10", total="60000"), to="approved")
    take(resident, stay("2025-06-01", "2025-06-10", total="60000"), to="approved")
    identity = enrollment.grant_identity(
        person_id=resident.pk, category="minimum_allowance", starts_on=date(2025, 9, 1), by=window_officer, at=at
    )
    [case] = relief.open_lookbacks(identity_id=identity.pk, by=window_officer, at=at)
    return case


@pytest.fixture
def recomputed(found, city_manager, at) -> Recompute:
    run = recompute.start_recompute(year=2025, by=city_manager, at=at, with_register=True)
    for job in Job.objects.filter(kind=running.JOB, state="pending"):
        jobs.run(job.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def applied_for(resident, window_officer, at) -> ReliefApplication:
    return relief.apply(
        person_id=resident.pk, category="impoverished_by_illness", reason="重病", materials=PAPERS, by=window_officer,
        at=at,
    )


def words(client, name: str, *args, **query) -> str:
    page = client.get(reverse(name, args=args), query)
    assert page.status_code == 200, page
    shown = read(page)
    assert shown.english() == []
    return shown.text


def deed(client, name: str, *args, **given):
    return client.post(reverse(f"admin:{name}", args=args), given)


class TestAYearSettledAgain:
    def test_shows_each_bill_before_and_after(self, found, as_officer, reviewer):
        text = words(as_officer(reviewer), CASE, found.pk)
        for word in ("2025-03-10", "2025-06-10", "12,905.76", "6,837.60", "19,743.36", "不是经“依申请救助”认定"):
            assert word in text

    def test_goes_through_two_hands_by_its_buttons(self, found, client, reviewer, approver):
        client.force_login(reviewer)
        deed(client, "relief_reconsideration_propose", found.pk, version=found.version, note="")
        found.refresh_from_db()
        assert found.status == "proposed"
        client.force_login(approver)
        deed(client, "relief_reconsideration_apply_case", found.pk, version=found.version, note="")

        assert Reconsideration.objects.get().status == "applied"
        assert Adjustment.objects.count() == 2
        assert "补支付" in words(client, CASE, found.pk)

    def test_says_who_may_not(self, found, as_officer, window_officer, reviewer, at):
        relief.propose(case_id=found.pk, by=reviewer, at=at)
        answer = deed(as_officer(reviewer), "relief_reconsideration_apply_case", found.pk, version=2, note="")
        assert answer.status_code in (403, 409)
        assert Reconsideration.objects.get().status == "proposed"

    def test_is_not_there_for_another_county(self, found, as_officer, neighbour):
        assert as_officer(neighbour).get(reverse(CASE, args=[found.pk])).status_code in (302, 404)


class TestApplications:
    def test_are_taken_in_at_the_counter(self, resident, as_officer, window_officer):
        client, url = as_officer(window_officer), reverse("admin:relief_reliefapplication_add")
        assert resident.name in words(client, "admin:relief_reliefapplication_add", q=resident.name)
        client.post(url, {"person": resident.pk, "category": "margin", "reason": "重病", "materials": PAPERS})
        case = ReliefApplication.objects.get()
        assert "申请理由" in words(client, "admin:relief_reliefapplication_change", case.pk)

    def test_go_to_the_authority_and_back(self, applied_for, client, window_officer, supervisor):
        client.force_login(window_officer)
        deed(client, "relief_reliefapplication_send", applied_for.pk, version=1, note="")
        client.force_login(supervisor)
        deed(
            client, "relief_reliefapplication_recognise", applied_for.pk, version=2, category="margin",
            day="2025-11-03", document_no="巴民救〔2025〕12号",
        )
        case = ReliefApplication.objects.get()
        assert (case.status, case.identity.category) == ("recognised", "margin")


class TestRecomputes:
    def test_are_reported_by_county_and_cause_down_to_the_steps(self, recomputed, as_officer, city_manager):
        client = as_officer(city_manager)
        text = words(client, "admin:relief_recompute_change", recomputed.pk)
        assert "完成" in text
        assert "全部结算与存档一致，没有差异" in text

    def test_are_started_and_stopped_by_their_buttons(self, found, as_officer, city_manager):
        client = as_officer(city_manager)
        deed(client, "relief_recompute_start", year=2025, region_code="511900", person="")
        run = Recompute.objects.get()
        assert (run.state, run.with_register) == ("running", False)
        assert "0%" in words(client, "admin:relief_recompute_progress", run.pk)
        deed(client, "relief_recompute_stop", run.pk)
        run.refresh_from_db()
        assert run.state == "stopped"

    def test_are_not_a_clerks(self, recomputed, as_officer, window_officer):
        page = as_officer(window_officer).get(reverse("admin:relief_recompute_change", args=[recomputed.pk]))
        assert page.status_code in (302, 403)

    def test_show_a_difference_with_the_steps_of_both_sides(
        self, take, stay, person, window_officer, as_officer, city_manager, at
    ):
        who = person("李四光")
        take(who, stay("2025-03-01", "2025-03-10", total="60000"), to="approved")
        enrollment.grant_identity(
            person_id=who.pk, category="margin", starts_on=date(2024, 1, 1), by=window_officer, at=at
        )
        run = recompute.start_recompute(year=2025, by=city_manager, at=at, with_register=True)
        jobs.run(Job.objects.get(kind=running.JOB).pk)
        client = as_officer(city_manager)
        assert "参保人信息变化" in words(client, "admin:relief_recompute_change", run.pk)
        row = run.chunks.get().found.get()
        text = words(client, "admin:relief_recompute_difference", row.pk)
        assert "存档" in text
        assert "重算" in text
        assert "医疗救助" in text
        deed(client, "relief_recompute_open_cases", run.pk)
        assert Reconsideration.objects.get().kind == "recomputed"


class TestTheYear:
    def test_shows_what_was_spent_and_what_hinders_closing(self, found, as_officer, city_manager):
        text = words(as_officer(city_manager), "admin:claims_yearclosing_changelist", year="2025")
        assert "120,000.00" in text
        assert "年度尚未结束" in text

    def test_is_closed_and_reopened_by_its_buttons(self, city_manager, as_officer, at):
        client = as_officer(city_manager)
        recompute.start_recompute(year=2024, by=city_manager, at=at)
        jobs.run(Job.objects.get(kind=running.JOB).pk)
        deed(client, "claims_yearclosing_close", year=2024)
        assert YearClosing.objects.get().closed_by == city_manager
        assert "已关账" in words(client, "admin:claims_yearclosing_changelist", year="2024")

    def test_of_a_person_shows_ledger_and_bills(self, found, resident, as_officer, reviewer):
        text = words(as_officer(reviewer), "admin:relief_person_year", resident.pk, 2025)
        assert "年度限额" in text
        assert "110,000.00" in text

    def test_of_a_person_elsewhere_is_not_there(self, found, resident, as_officer, neighbour):
        page = as_officer(neighbour).get(reverse("admin:relief_person_year", args=[resident.pk, 2025]))
        assert page.status_code == 404


class TestTheNumberOfQueries:
    def cost(self, client, url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    def test_of_lists_and_pages_does_not_depend_on_rows(
        self, found, take, stay, person, as_officer, supervisor, window_officer, city_manager, recomputed, at
    ):
        client = as_officer(supervisor)
        pages = [
            reverse("admin:relief_reconsideration_changelist"), reverse("admin:claims_yearclosing_changelist"),
            reverse("admin:relief_reliefapplication_changelist"), reverse("admin:relief_recompute_changelist"),
        ]
        one = [self.cost(client, page) for page in pages]
        for number in range(3):
            who = person(f"张三{number}")
            take(who, stay("2025-03-01", "2025-03-10", total="60000"), to="approved")
            identity = enrollment.grant_identity(
                person_id=who.pk, category="margin", starts_on=date(2025, 9, 1), by=window_officer, at=at
            )
            relief.open_lookbacks(identity_id=identity.pk, by=window_officer, at=at)
            relief.apply(person_id=who.pk, category="margin", reason="重病", by=window_officer, at=at)
        assert [self.cost(client, page) for page in pages] == one
        assert max(one) <= 25
