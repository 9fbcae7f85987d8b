"""Two hands at once, on connections of their own: one of them wins, and what it did stands once."""

import threading
from datetime import date

import pytest
from django.db import OperationalError, connection

from casework.errors import Refused
from chronic import services as chronic
from chronic.models import Certification, Entitlement, EntitlementPeriod, SettlementChoice, SpotCheck
from tests.chronic.conftest import HYPERTENSION, NSCLC, TUBERCULOSIS
from tests.people import make_officer

pytestmark = pytest.mark.django_db(transaction=True)


def race(*acts):
    """Run the acts at once; their outcomes: "done" or the code of the refusal."""
    barrier, seen = threading.Barrier(len(acts)), []

    def run(act):
        try:
            barrier.wait(20)
            act()
            seen.append("done")
        except Refused as refusal:
            seen.append(refusal.code)
        except OperationalError:
            seen.append("deadlock")
        finally:
            connection.close()

    racers = [threading.Thread(target=run, args=[act]) for act in acts]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    return sorted(seen)


class TestAtOnce:
    def test_two_confirmations_grant_once(self, entered, confirmer, at):
        case, other = entered(), make_officer("复核", "F002")

        seen = race(*(
            lambda by=by: chronic.confirm(certification_id=case.pk, by=by, at=at) for by in (confirmer, other)
        ))

        assert seen == ["done", "step_not_open"]
        assert Entitlement.objects.count() == EntitlementPeriod.objects.count() == 1
        assert Certification.objects.get().status == "confirmed"

    def test_a_confirmation_and_a_refusal_give_one_of_both(self, entered, confirmer, at):
        case, other = entered(), make_officer("复核", "F002")

        seen = race(
            lambda: chronic.confirm(certification_id=case.pk, by=confirmer, at=at),
            lambda: chronic.refuse(certification_id=case.pk, reason="资料不实", by=other, at=at),
        )

        assert seen == ["done", "step_not_open"]
        assert Entitlement.objects.count() == (Certification.objects.get().status == "confirmed")

    def test_two_cuts_cut_once(self, held, patient, supervisor, at):
        made, other = held(patient, HYPERTENSION), make_officer("主管", "Z002")

        seen = race(*(
            lambda by=by: chronic.cut(
                entitlement_id=made.pk, from_day=date(2025, 9, 1), reason="抽查", by=by, at=at
            ) for by in (supervisor, other)
        ))

        assert seen == ["ENDED_ALREADY", "done"]

    def test_two_spot_checks_of_one_file_are_one(self, held, patient, checker, at):
        made, other = held(patient, HYPERTENSION), make_officer("初审", "C002")
        seen = race(*(
            lambda by=by: chronic.open_check(entitlement_id=made.pk, by=by, at=at) for by in (checker, other)
        ))
        assert seen == ["CHECK_OPEN", "done"]
        assert SpotCheck.objects.count() == 1

    def test_two_choices_leave_one_in_force(self, held, cq_patient, cq_window, at):
        held(cq_patient, NSCLC)
        seen = race(*(
            lambda mode=mode: chronic.choose_settlement(
                person_id=cq_patient.pk, unit=NSCLC, year=2025, mode=mode, by=cq_window, at=at
            ) for mode in ("single_disease", "ordinary")
        ))
        assert "done" in seen
        assert SettlementChoice.objects.filter(replaced_on=None).count() == 1

    def test_two_review_jobs_say_everything_once(self, held, patient, at):
        from chronic.models import ReviewNotice

        held(patient, TUBERCULOSIS)
        seen = race(*(lambda: chronic.run_reviews(day=date(2026, 12, 1), at=at) for _ in range(2)))
        assert "done" in seen
        assert ReviewNotice.objects.count() == 3
