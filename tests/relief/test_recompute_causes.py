"""Why a recompute differs: a fault, other facts, another pack; and what of it may be applied, by two officers."""

from datetime import date
from decimal import Decimal

import pytest

import policy
from casework import jobs
from casework.errors import Refused
from casework.models import Job
from claims.models import Adjustment, Settlement
from claims.services import rules
from enrollment import services as enrollment
from relief import services as relief
from relief.models import Recompute, RecomputeDifference, Reconsideration
from relief.services import recompute
from relief.services.recompute import running
from tests.claims.conftest import *  # noqa: F403
from tests.claims.conftest import violations
from tests.claims.test_reversal import _edited

pytestmark = pytest.mark.django_db


def start(by, at, **more) -> Recompute:
    run = recompute.start_recompute(year=2025, by=by, at=at, with_register=True, **more)
    for job in Job.objects.filter(kind=running.JOB, state="pending").order_by("pk"):
        jobs.run(job.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def year(take, person, stay):
    """Two residents with two decided claims each."""
    found = [person("张三丰"), person("李四光")]
    for one in found:
        take(one, stay("2025-03-02", "2025-03-08", total="45000"), to="approved")
        take(one, stay("2025-05-02", "2025-05-09", total="60000"), to="approved")
    return found


@pytest.fixture
def fault(monkeypatch, take, person, stay):
    """A settlement that a faulty program stored: one yuan too much from the basic insurance."""
    real = rules.compute

    def faulty(request, pack):
        result = real(request, pack)
        bill = result["bills"][0]
        for name, change in (("basic", 1), ("fund_total", 1), ("personal", -1)):
            bill[name] = f"{Decimal(bill[name]) + change:.2f}"
        account = result["accumulators"]["2025"]
        account["A_RB"] = f"{Decimal(account['A_RB']) + 1:.2f}"
        return result

    who = person("王五一")
    monkeypatch.setattr(rules, "compute", faulty)
    take(who, stay("2025-03-02", "2025-03-08", total="45000"), to="approved")
    monkeypatch.setattr(rules, "compute", real)
    return who


class TestAnUntouchedYear:
    def test_has_no_difference_with_the_register_and_the_pack_of_today(self, year, city_manager, at):
        assert (start(city_manager, at).differences, Recompute.objects.get().with_register) == (0, True)


class TestOtherFacts:
    @pytest.fixture
    def held(self, year, window_officer, at):
        """An identity held since 2024 that was entered after the bills were settled."""
        return enrollment.grant_identity(
            person_id=year[1].pk, category="minimum_allowance", starts_on=date(2024, 1, 1), by=window_officer, at=at
        )

    def test_are_told_apart_from_faults(self, year, held, city_manager, at):
        run = start(city_manager, at)

        rows = RecomputeDifference.objects.order_by("pk")
        assert [(row.cause, row.person) for row in rows] == [("fact", year[1])] * 2
        assert run.differences == 2
        before, after = recompute.steps_before_and_after(difference_id=rows[0].pk, by=city_manager)
        assert (before["relief"], Decimal(after["relief"]) > 0) == ("0.00", True)

    def test_that_are_the_same_in_money_are_no_difference(self, year, window_officer, city_manager, at):
        enrollment.grant_identity(
            person_id=year[1].pk, category="monitored", starts_on=date(2025, 11, 1), by=window_officer, at=at
        )
        assert start(city_manager, at).differences == 0

    def test_are_applied_by_two_officers(self, year, held, city_manager, reviewer, approver, at):
        run = start(city_manager, at)
        [case] = relief.open_corrections(recompute_id=run.pk, by=city_manager, at=at)
        relief.propose(case_id=case.pk, by=reviewer, at=at)
        relief.apply_reconsideration(case_id=case.pk, by=approver, at=at)

        assert Adjustment.objects.count() == 2
        assert violations() == []
        assert start(city_manager, at).differences == 0

    def test_are_not_applied_by_whoever_opened_the_case(self, year, held, city_manager, reviewer, at):
        run = start(city_manager, at)
        [case] = relief.open_corrections(recompute_id=run.pk, by=city_manager, at=at)
        relief.propose(case_id=case.pk, by=reviewer, at=at)
        with pytest.raises(Refused, match="同一人"):
            relief.apply_reconsideration(case_id=case.pk, by=city_manager, at=at)
        assert not Adjustment.objects.exists()

    def test_open_one_case_though_asked_twice(self, year, held, city_manager, at):
        run = start(city_manager, at)
        relief.open_corrections(recompute_id=run.pk, by=city_manager, at=at)
        assert relief.open_corrections(recompute_id=run.pk, by=city_manager, at=at) == []
        assert Reconsideration.objects.count() == 1

    def test_of_another_county_are_not_opened(self, year, held, city_manager, neighbour, at):
        run = start(city_manager, at)
        with pytest.raises(Refused):
            relief.open_corrections(recompute_id=run.pk, by=neighbour, at=at)
        assert not Reconsideration.objects.exists()


class TestAFault:
    def test_is_found_and_settled_again(self, fault, city_manager, reviewer, approver, at):
        run = start(city_manager, at)
        assert {row.cause for row in RecomputeDifference.objects.all()} == {"fault"}
        [case] = relief.open_corrections(recompute_id=run.pk, by=city_manager, at=at)

        relief.propose(case_id=case.pk, by=reviewer, at=at)
        [adjustment] = relief.apply_reconsideration(case_id=case.pk, by=approver, at=at)

        assert (adjustment.kind, adjustment.amount) == ("recovery", Decimal("1.00"))
        assert Settlement.objects.live().get(person=fault).supersedes is not None
        assert start(city_manager, at).differences == 0


class TestAnotherPack:
    def test_is_shown_and_alters_nothing(self, year, city_manager, monkeypatch, at):
        """A figure corrected after the decisions: reliability invariant 14."""
        changed = _edited(policy.pack_for("bazhong").text(), "value: 14448元", "value: 20000元")
        monkeypatch.setattr(rules, "pack_of", lambda region: changed)

        run = start(city_manager, at)

        causes = set(RecomputeDifference.objects.values_list("cause", flat=True))
        assert causes == {"pack"}
        row = RecomputeDifference.objects.first()
        before, after = recompute.steps_before_and_after(difference_id=row.pk, by=city_manager)
        assert Decimal(after["catastrophic"]) < Decimal(before["catastrophic"])
        assert relief.open_corrections(recompute_id=run.pk, by=city_manager, at=at) == []


class TestStopping:
    def test_leaves_the_chunks_that_wait(self, year, city_manager, at):
        run = recompute.start_recompute(year=2025, by=city_manager, at=at, chunk=1)
        waiting = list(Job.objects.filter(kind=running.JOB).order_by("pk"))
        jobs.run(waiting[0].pk)

        recompute.stop_recompute(run_id=run.pk, by=city_manager, at=at)
        jobs.run(waiting[1].pk)

        run.refresh_from_db()
        assert (run.state, run.chunks.filter(done_at__isnull=False).count()) == ("stopped", 1)
        recompute.start_recompute(year=2025, by=city_manager, at=at)

    def test_is_not_for_a_run_that_has_ended_or_for_everyone(self, year, city_manager, window_officer, at):
        run = start(city_manager, at)
        for officer in (city_manager, window_officer):
            with pytest.raises(Refused):
                recompute.stop_recompute(run_id=run.pk, by=officer, at=at)
        assert Recompute.objects.get().state == "done"
