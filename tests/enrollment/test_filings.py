from datetime import date

import pytest
from django.db import IntegrityError, transaction

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import CareFiling
from tests.enrollment.conftest import make_officer

pytestmark = pytest.mark.django_db


class TestFilings:
    def file(self, person, by, at, **changes):
        terms = {"kind": "long_term_resident", "place_region_code": "510100", "starts_on": date(2025, 3, 1), **changes}
        return enrollment.file_care_elsewhere(person_id=person.pk, by=by, at=at, **terms)

    def test_serve_the_filed_place_and_what_lies_in_it(self, man, window_officer, at):
        self.file(man, window_officer, at, ends_on=date(2025, 9, 1))

        asked = {
            "at the place": enrollment.filing_on(man, date(2025, 3, 1), "510100"),
            "in a district": enrollment.filing_on(man, date(2025, 8, 31), "510104"),
            "the day before": enrollment.filing_on(man, date(2025, 2, 28), "510100"),
            "the day after": enrollment.filing_on(man, date(2025, 9, 1), "510100"),
            "a third place": enrollment.filing_on(man, date(2025, 3, 1), "500000"),
            "at home": enrollment.filing_on(man, date(2025, 3, 1), "511921"),
        }
        assert list(asked.values()) == ["long_term", "long_term", "none", "none", "none", "none"]

    @pytest.mark.parametrize(("kind", "word"), [
        ("retired_elsewhere", "long_term"), ("long_term_resident", "long_term"), ("posted_worker", "long_term"),
        ("referred", "referred"), ("other_temporary", "temporary"),
    ])
    def test_are_told_in_the_contracts_words(self, kind, word, man, window_officer, at):
        self.file(man, window_officer, at, kind=kind, place_region_code="500000")

        assert enrollment.filing_on(man, date(2025, 6, 1), "500103") == word

    def test_let_a_long_term_filed_person_be_referred_to_a_third_place(self, man, window_officer, at):
        self.file(man, window_officer, at)
        self.file(man, window_officer, at, kind="referred", place_region_code="500000")

        assert enrollment.filing_on(man, date(2025, 6, 1), "510104") == "long_term"
        assert enrollment.filing_on(man, date(2025, 6, 1), "500103") == "referred"

    @pytest.mark.parametrize(("changes", "code"), [
        ({"place_region_code": "511921"}, "FILING_LOCAL"),
        ({"place_region_code": "999999"}, "REGION_UNKNOWN"),
        ({"kind": "holiday"}, "FILING_KIND"),
        ({"ends_on": date(2025, 3, 1)}, "PERIOD_REVERSED"),
        ({"institution_code": "H51190200001"}, "FILING_INSTITUTION"),
    ])
    def test_refuse_what_cannot_be_filed(self, changes, code, man, hospital, window_officer, at):
        with pytest.raises(Refused) as refusal:
            self.file(man, window_officer, at, **changes)

        assert refusal.value.code == code
        assert not CareFiling.objects.exists()

    def test_are_one_long_term_at_a_time(self, man, window_officer, at):
        self.file(man, window_officer, at)

        with pytest.raises(Refused) as refusal:
            self.file(man, window_officer, at, kind="posted_worker", place_region_code="500000")
        with pytest.raises(IntegrityError, match="one_long_term"), transaction.atomic():
            CareFiling.objects.create(
                person=man, kind="posted_worker", place_region_code="500000", starts_on=date(2025, 6, 1),
            )

        assert refusal.value.code == "PERIOD_OVERLAP"
        assert CareFiling.objects.count() == 1

    def test_count_only_when_done(self, man, window_officer, at):
        filing = self.file(man, window_officer, at, channel="online", state="pending")
        assert enrollment.filing_on(man, date(2025, 6, 1), "510100") == "none"

        enrollment.decide_filing(filing_id=filing.pk, accept=True, by=window_officer, at=at)

        assert enrollment.filing_on(man, date(2025, 6, 1), "510100") == "long_term"
        with pytest.raises(Refused, match="已办结"):
            enrollment.decide_filing(filing_id=filing.pk, accept=False, note="不符", by=window_officer, at=at)

    def test_are_returned_with_a_reason_only(self, man, window_officer, at):
        filing = self.file(man, window_officer, at, state="pending")

        with pytest.raises(Refused, match="退回原因"):
            enrollment.decide_filing(filing_id=filing.pk, accept=False, by=window_officer, at=at)
        enrollment.decide_filing(filing_id=filing.pk, accept=False, note="材料不清", by=window_officer, at=at)

        assert enrollment.filing_on(man, date(2025, 6, 1), "510100") == "none"

    def test_from_online_wait_two_working_days_at_most(self, man, window_officer, at):
        """NA-27.2: decided within two working days."""
        filing = self.file(man, window_officer, at, channel="online")

        assert (filing.state, filing.due_on) == ("pending", date(2025, 11, 5))

    @pytest.mark.parametrize(("kind", "word"), [(None, "emergency"), ("long_term_resident", "long_term"),
                                                ("referred", "emergency")])
    def test_are_not_needed_in_an_emergency(self, kind, word, man, window_officer, at):
        """BZ-GEN-29.2: counts as filed."""
        if kind:
            self.file(man, window_officer, at, kind=kind)

        assert enrollment.filing_for(man, date(2025, 6, 1), "510100", emergency=True) == word

    def test_are_asked_as_ever_where_there_is_no_emergency(self, man):
        assert enrollment.filing_for(man, date(2025, 6, 1), "510100", emergency=False) == "none"


class TestChosenHospitals:
    @pytest.fixture
    def away(self, city_manager, at):
        """Three hospitals in Chengdu and a person insured in Chongqing, whose pool asks for one or two (CQ-25.1)."""
        for serial in range(1, 4):
            enrollment.register_institution(
                code=f"H5101000000{serial}", name=f"成都样例医院{serial}", region_code="510100", hospital_level="02",
                starts_on=date(2020, 1, 1), by=city_manager, at=at,
            )
        officer = make_officer("窗口经办", "500103", "W050")
        person = enrollment.register_person(
            id_no="511921197503080035", name="某人", region_code="500103", by=officer, at=at,
        )
        return person, officer

    @pytest.mark.parametrize(("chosen", "fine"), [(0, False), (1, True), (2, True), (3, False)])
    def test_are_as_many_as_the_pool_asks_for(self, chosen, fine, away, at):
        """CQ-25.1."""
        person, officer = away
        codes = [f"H5101000000{serial}" for serial in range(1, chosen + 1)]
        terms = {
            "person_id": person.pk, "kind": "long_term_resident", "place_region_code": "510100",
            "starts_on": date(2025, 7, 1), "institution_codes": codes, "by": officer, "at": at,
        }
        if fine:
            assert enrollment.file_care_elsewhere(**terms).chosen.count() == chosen
            return
        with pytest.raises(Refused) as refusal:
            enrollment.file_care_elsewhere(**terms)
        assert refusal.value.code == "FILING_INSTITUTIONS"
        assert not CareFiling.objects.exists()

    def test_may_be_none_where_the_pool_asks_for_none(self, man, window_officer, at):
        filing = enrollment.file_care_elsewhere(
            person_id=man.pk, kind="referred", place_region_code="500000", starts_on=date(2025, 7, 1),
            by=window_officer, at=at,
        )

        assert not filing.chosen.exists()
