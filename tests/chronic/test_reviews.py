"""Reviews: who is told when, whose benefit rests, and what a review brings (rulebook §8.4, BZ-AMB-29)."""

import random
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from casework.errors import Refused
from casework.models import WorkDay
from chronic import services as chronic
from chronic.models import Certification, Entitlement, EntitlementPeriod, ReviewDue, ReviewNotice
from chronic.services import Applicant, Filed, Grant, granting, reviewing
from tests.chronic import examples
from tests.chronic.conftest import DOCTOR, DOCUMENTS, HYPERTENSION, TUBERCULOSIS, claimed, insured_person, only_item
from tests.conftest import BUREAU

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def moment(day):
    return datetime(day.year, day.month, day.day, 10, 0, tzinfo=BUREAU)


def run(day):
    return chronic.run_reviews(day=day, at=moment(day))


def told():
    return list(ReviewNotice.objects.order_by("planned_on").values_list("kind", "ahead", "planned_on"))


class TestTheCalendar:
    def test_invites_sixty_and_thirty_days_ahead_on_the_working_day_before(self, granted):
        """Sixty days before 3 November 2026 is Friday 4 September; thirty days is Sunday 4 October."""
        granted(TUBERCULOSIS)

        run(date(2026, 10, 31))

        assert told() == [("invitation", 60, date(2026, 9, 4)), ("invitation", 30, date(2026, 10, 2))]

    def test_a_holiday_moves_it_further_ahead(self, granted):
        granted(TUBERCULOSIS)
        for number in range(1, 9):
            WorkDay.objects.create(day=date(2026, 10, number), is_workday=False, name="国庆节")

        run(date(2026, 10, 31))

        assert told()[1] == ("invitation", 30, date(2026, 9, 30))

    @pytest.mark.parametrize(("day", "count"), [(date(2026, 9, 3), 0), (date(2026, 9, 4), 1)])
    def test_says_nothing_a_day_too_early(self, granted, day, count):
        granted(TUBERCULOSIS)
        assert run(day) == count

    def test_numbers_what_it_says_and_names_the_day_the_benefit_rests(self, granted):
        granted(TUBERCULOSIS)
        run(date(2026, 9, 4))
        notice = ReviewNotice.objects.get()
        assert notice.number.startswith("511902〔2026〕")
        assert (notice.body["due_on"], notice.body["suspends_on"]) == ("2026-11-03", "2026-11-04")
        assert "19900101" not in str(notice.body)

    def test_the_benefit_rests_the_day_after_the_due_day_without_anyones_doing(self, granted, patient, city_manager):
        made = granted(TUBERCULOSIS)
        on, after = date(2026, 11, 3), date(2026, 11, 4)

        assert [reviewing.state_on(made, day) for day in (on, after)] == ["active", "suspended"]
        assert [len(chronic.entitlements_on(patient.pk, day)) for day in (on, after)] == [1, 0]
        assert [chronic.suspended(city_manager, on=day).count() for day in (on, after)] == [0, 1]

        run(after)
        assert told()[-1] == ("suspension", 0, after)

    def test_said_again_it_is_said_once(self, granted):
        granted(TUBERCULOSIS)
        assert [run(date(2026, 12, 1)), run(date(2026, 12, 1)), run(date(2027, 1, 1))] == [3, 0, 0]

    def test_a_unit_without_review_is_never_due(self, granted):
        granted(HYPERTENSION)
        assert run(date(2040, 1, 1)) == 0
        assert not ReviewDue.objects.exists()

    @pytest.mark.parametrize(("ahead", "counted", "day"), [
        (30, "calendar", date(2026, 10, 2)), (30, "working", date(2026, 9, 22)), (1, "working", date(2026, 11, 2)),
    ])
    def test_counts_as_the_pack_says(self, db, ahead, counted, day):
        assert reviewing.notice_day(date(2026, 11, 3), ahead, counted) == day

    @pytest.mark.parametrize(("days", "found"), [(59, 0), (60, 1)])
    def test_lists_who_is_due(self, granted, clerk, days, found):
        granted(TUBERCULOSIS)
        assert chronic.reviews_due(clerk, on=date(2026, 9, 4), days=days).count() == found

    def test_another_hospital_is_shown_nobody(self, granted):
        from tests.people import make_officer

        granted(TUBERCULOSIS)
        stranger = make_officer("认定医院", "H007", "511900", "H51190200002")
        assert not chronic.reviews_due(stranger, on=date(2026, 9, 4), days=90).exists()


@pytest.fixture
def review(patient, hospital, clerk, sealer):
    """A review at the hospital, concluded and entered on a day."""

    def make(day, facts=None, unit=TUBERCULOSIS):
        case = chronic.apply_review(
            person_id=patient.pk, institution_id=hospital.pk, claimed=[claimed(unit, facts)],
            applicant=Applicant(documents=DOCUMENTS), by=clerk, at=moment(day),
        )
        chronic.sign(certification_id=case.pk, doctors={only_item(case).pk: DOCTOR}, by=clerk, at=moment(day))
        chronic.seal(certification_id=case.pk, by=sealer, at=moment(day))
        return chronic.enter(certification_id=case.pk, by=clerk, at=moment(day))

    return make


def failing():
    return examples.failing(chronic.catalogue_of("511902").find(TUBERCULOSIS))


def days():
    return list(EntitlementPeriod.objects.filter(voided=False).values_list("starts_on", "ends_on"))


class TestAReview:
    def confirm(self, case, by, day):
        return chronic.confirm(certification_id=case.pk, by=by, at=moment(day))

    def test_in_time_the_benefit_goes_on_without_a_break(self, granted, review, confirmer):
        made = granted(TUBERCULOSIS)
        self.confirm(review(date(2026, 10, 20)), confirmer, date(2026, 10, 22))

        assert days() == [(date(2025, 11, 3), date(2026, 11, 4)), (date(2026, 11, 4), date(2027, 10, 21))]
        made.refresh_from_db()
        assert made.review_due_on == date(2027, 10, 20)
        assert list(ReviewDue.objects.values_list("due_on", "outcome")) == [
            (date(2026, 11, 3), "renewed"), (date(2027, 10, 20), ""),
        ]

    def test_too_late_it_is_taken_up_from_the_day_of_the_conclusion(self, granted, review, confirmer):
        granted(TUBERCULOSIS)
        self.confirm(review(date(2026, 12, 1)), confirmer, date(2026, 12, 9))
        assert days() == [(date(2025, 11, 3), date(2026, 11, 4)), (date(2026, 12, 1), date(2027, 12, 2))]

    def test_not_met_waits_for_the_bureau_and_ends_the_day_after_its_word(self, granted, review, confirmer):
        made = granted(TUBERCULOSIS)
        case = review(date(2026, 10, 20), failing())
        assert (case.status, Entitlement.objects.get().ended_on) == ("entered", None)

        self.confirm(case, confirmer, date(2026, 10, 22))

        made.refresh_from_db()
        assert (made.ended_on, made.rule) == (date(2026, 10, 23), "BZ-CHR-4.2")
        assert days() == [(date(2025, 11, 3), date(2026, 10, 23))]
        assert only_item(case).state == "refused"

    def test_refused_by_the_bureau_it_changes_nothing(self, granted, review, confirmer):
        granted(TUBERCULOSIS)
        case = review(date(2026, 10, 20), failing())
        chronic.refuse(certification_id=case.pk, reason="资料不全", by=confirmer, at=moment(date(2026, 10, 22)))
        assert days() == [(date(2025, 11, 3), date(2026, 11, 4))]
        assert Entitlement.objects.get().ended_on is None

    def test_twice_at_a_time_is_refused(self, granted, review):
        granted(TUBERCULOSIS)
        review(date(2026, 10, 20))
        with pytest.raises(Refused) as refusal:
            review(date(2026, 10, 21))
        assert refusal.value.code == "REVIEW_OPEN"
        assert Certification.objects.filter(kind="review").count() == 1

    @pytest.mark.parametrize(("held", "asked", "code"), [
        (HYPERTENSION, HYPERTENSION, "NO_REVIEW"), (HYPERTENSION, TUBERCULOSIS, "NOT_ENTITLED"),
    ])
    def test_of_what_is_not_reviewed_is_refused(self, granted, review, held, asked, code):
        granted(held)
        with pytest.raises(Refused) as refusal:
            review(date(2026, 10, 20), unit=asked)
        assert refusal.value.code == code
        assert not Certification.objects.filter(kind="review").exists()

    def test_on_the_day_of_the_certification_itself_is_refused(self, granted, review, confirmer):
        granted(TUBERCULOSIS)
        case = review(date(2025, 11, 3))
        with pytest.raises(Refused) as refusal:
            self.confirm(case, confirmer, date(2025, 11, 4))
        assert refusal.value.code == "REVIEW_NOTHING"
        assert len(days()) == 1

    def test_filed_by_a_system_not_met_waits_for_the_bureau(self, granted, patient, hospital, system):
        granted(TUBERCULOSIS)
        filed = Filed(
            submission_no="R-1", person_id=patient.pk, institution_id=hospital.pk, kind="review",
            claimed=[claimed(TUBERCULOSIS, failing())], doctors={TUBERCULOSIS: DOCTOR},
            applicant=Applicant(documents=DOCUMENTS),
        )
        case = chronic.file_diagnosis(filed, by=system, at=moment(date(2026, 10, 20)))
        assert (case.kind, case.status, only_item(case).state) == ("review", "entered", "not_met")


FIRST, LAST = date(2025, 11, 1), date(2027, 10, 31)
UNITS = ["M00100", "M00202", "M00406", "M07300", "M00104"]
ACTS = {
    date(2026, 9, 17): [(0, "M00100", "renew")], date(2026, 11, 4): [(1, "M00202", "renew")],
    date(2026, 12, 12): [(1, "M00406", "end")], date(2027, 1, 31): [(2, "M00100", "renew")],
    date(2027, 3, 1): [(0, "M00406", "renew"), (2, "M00202", "end")], date(2027, 8, 15): [(0, "M00100", "renew")],
}


class TestTwoYears:
    """Run every day, at each month's end, or killed and started again: the same end state."""

    def played(self, people, runs):
        """The end state after two years of acts and of the job on the days that `runs` names."""
        with transaction.atomic():
            self.begin(people)
            day = FIRST
            while day <= LAST:
                if runs(day) or day == LAST:
                    self.job(day)
                for who, unit, act in ACTS.get(day, []):
                    self.act(people[who], unit, act, day)
                day += DAY
            state = self.state()
            transaction.set_rollback(True)
        return state

    def begin(self, people):
        known = chronic.catalogue_of("511902")
        for nth, person in enumerate(people):
            for number, unit in enumerate(UNITS):
                day = date(2025, 9, 1) + timedelta(days=17 * nth + 11 * number)
                granting.grant(person, known.find(unit), Grant(starts_on=day, certified_on=day), at=moment(FIRST))

    def act(self, person, unit, act, day):
        made = Entitlement.objects.select_for_update().get(person=person, unit=unit, ended_on=None)
        if act == "renew":
            granting.renew(made, day, "", at=moment(day))
        else:
            granting.end(made, day, "复审不合格", by=None, at=moment(day))

    def job(self, day):
        run(day)

    def state(self):
        return {
            "notices": sorted(ReviewNotice.objects.values_list(
                "due__entitlement__person_id", "due__entitlement__unit", "due__due_on", "kind", "ahead", "planned_on"
            )),
            "dues": sorted(ReviewDue.objects.values_list(
                "entitlement__person_id", "entitlement__unit", "due_on", "opened_on", "outcome"
            )),
            "periods": sorted(EntitlementPeriod.objects.values_list("person_id", "unit", "starts_on", "voided")),
        }

    @pytest.fixture
    def people(self, window_officer, at):
        numbers = ["511902199001010010", "511903198506150029", "511921197503080035"]
        return [insured_person(window_officer, at, number, "单小明") for number in numbers]

    def test_are_the_same_by_the_day_by_the_month_and_killed_at_random(self, people, monkeypatch):
        monkeypatch.setattr(reviewing, "CHUNK", 4)
        daily = self.played(people, lambda day: True)
        monthly = self.played(people, lambda day: (day + DAY).day == 1)
        chance = random.Random(20251101)
        monkeypatch.setattr(self, "job", lambda day: killed(day, chance), raising=False)
        restarted = self.played(people, lambda day: chance.random() < 0.3)

        assert len(daily["notices"]) > 40
        assert monthly == daily
        assert restarted == daily


class Killed(Exception):
    pass


def killed(day, chance):
    """The job dies at a random chunk, or not, and is started again up to three times."""
    for _ in range(3):
        def checkpoint(*_):
            if chance.random() < 0.5:
                raise Killed

        try:
            chronic.run_reviews(day=day, at=moment(day), checkpoint=checkpoint)
            return
        except Killed:
            continue
    if day == LAST:
        run(day)
