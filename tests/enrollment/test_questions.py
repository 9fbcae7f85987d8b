from datetime import date

import pytest

from casework.errors import Refused
from enrollment import services as enrollment
from enrollment.models import Institution, Person

pytestmark = pytest.mark.django_db


class TestCoverage:
    def test_names_the_scheme_on_the_first_and_the_last_day(self, resident):
        for day in (date(2025, 1, 1), date(2025, 12, 31)):
            answer = enrollment.coverage_on(resident, day)
            assert (answer.covered, answer.scheme) == (True, "resident")

    @pytest.mark.parametrize(("day", "reason"), [
        (date(2024, 12, 31), "城乡居民医保自2025-01-01起参保"), (date(2026, 1, 1), "城乡居民医保已于2025-12-31终止"),
    ])
    def test_says_why_not_the_day_before_and_the_day_after(self, day, reason, resident):
        answer = enrollment.coverage_on(resident, day)

        assert not answer.covered
        assert reason in answer.reason
        assert answer.rule == "BZ-GEN-1.1"

    def test_says_when_a_person_was_never_insured(self, man):
        assert "未参加基本医疗保险" in enrollment.coverage_on(man, date(2025, 6, 1)).reason


class TestThePersonOfTheEngine:
    def test_is_the_contracts_object_with_inclusive_ends(self, resident, window_officer, at):
        enrollment.grant_identity(
            person_id=resident.pk, category="minimum_allowance", starts_on=date(2025, 3, 1), by=window_officer, at=at,
        )

        assert enrollment.policy_person(resident, [date(2025, 5, 1)]) == {
            "birth_date": "1990-01-01",
            "scheme": [{"scheme": "resident", "from": "2025-01-01", "to": "2025-12-31"}],
            "tags": [{"tag": "minimum_allowance", "from": "2025-03-01", "to": None}],
            "certificates": [],
        }

    def test_carries_the_tags_of_the_persons_type_once(self, man, window_officer, at):
        for first, last in ((date(2024, 1, 1), date(2025, 1, 1)), (date(2025, 1, 1), None)):
            enrollment.open_insurance(
                person_id=man.pk, scheme="employee", person_type="1201", starts_on=first, ends_on=last,
                by=window_officer, at=at,
            )
        enrollment.tag_person(person_id=man.pk, tag="retired", starts_on=date(2024, 6, 1), by=window_officer, at=at)
        enrollment.tag_person(
            person_id=man.pk, tag="large_amount", starts_on=date(2025, 1, 1), by=window_officer, at=at,
        )

        assert enrollment.policy_person(man, [])["tags"] == [
            {"tag": "large_amount", "from": "2025-01-01", "to": None},
            {"tag": "retired", "from": "2024-01-01", "to": None},
        ]

    def test_leaves_out_what_ended_before_or_begins_after_the_days_asked(self, resident, window_officer, at):
        asked = enrollment.policy_person(resident, [date(2026, 1, 1), date(2026, 3, 1)])

        assert (asked["scheme"], asked["tags"]) == ([], [])

    def test_leaves_out_what_was_voided(self, resident, window_officer, at):
        enrollment.void_insurance(
            period_id=resident.insurance_periods.get().pk, reason="登记有误", by=window_officer, at=at,
        )

        assert enrollment.policy_person(resident, [])["scheme"] == []

    def test_costs_one_query_and_for_many_persons_eight_in_all(
        self, resident, window_officer, at, django_assert_num_queries,
    ):
        woman = enrollment.register_person(
            id_no="511902198506150022", name="李秀英", region_code="511902", by=window_officer, at=at,
        )
        with django_assert_num_queries(1):
            enrollment.policy_person(resident, [date(2025, 5, 1)])
        with django_assert_num_queries(8):
            persons = list(enrollment.with_history(Person.objects.filter(pk__in=[resident.pk, woman.pk])))
            for person in persons:
                enrollment.policy_person(person, [date(2025, 5, 1)])
                enrollment.coverage_on(person, date(2025, 5, 1))
                enrollment.filing_on(person, date(2025, 5, 1), "510100")


class TestPlaces:
    @pytest.mark.parametrize(("region", "place"), [
        ("511921", "local"), ("511999", "local"), ("511921100", "local"), ("510104", "in_province"),
        ("513300", "in_province"), ("500103", "out_of_province"), ("110000", "out_of_province"),
    ])
    def test_are_told_from_the_institutions_division(self, region, place):
        assert enrollment.place_of(Institution(region_id=region)) == place

    def test_have_names(self):
        assert enrollment.region_name("511902") == "巴州区"
        assert enrollment.region_name("999999") == "999999"


class TestInstitutions:
    def enter(self, by, at, **changes):
        facts = {
            "code": "H51190200009", "name": "测试医院", "region_code": "511902", "hospital_level": "05",
            "starts_on": date(2020, 1, 1), **changes,
        }
        return enrollment.register_institution(by=by, at=at, **facts)

    @pytest.mark.parametrize(("changes", "key"), [
        ({"hospital_level": "01"}, "level3"), ({"hospital_level": "04"}, "level3"),
        ({"hospital_level": "05"}, "level2"), ({"hospital_level": "07"}, "level2"),
        ({"hospital_level": "08"}, "level1"), ({"hospital_level": "10"}, "level1"),
        ({"hospital_level": "11"}, "ungraded"),
        ({"hospital_level": "11", "primary_care": True}, "township"),
        ({"hospital_level": "08", "primary_care": True}, "township"),
        ({"hospital_level": "02", "deductible_level": "05"}, "level2"),
        ({"hospital_level": "", "kind": "2", "code": "P51190200009"}, "pharmacy"),
    ])
    def test_get_the_policys_key_from_the_deductible_level(self, changes, key, city_manager, at):
        assert self.enter(city_manager, at, **changes).benefit_level == key

    @pytest.mark.parametrize(("changes", "code"), [
        ({"code": "H5119020000"}, "INSTITUTION_CODE"),
        ({"code": "P51190200009"}, "INSTITUTION_CODE"),
        ({"hospital_level": ""}, "LEVEL_UNKNOWN"),
        ({"hospital_level": "12"}, "LEVEL_UNKNOWN"),
        ({"region_code": "511998"}, "REGION_UNKNOWN"),
        ({"credit_code": "12511900MB0000001J"}, "CREDIT_CODE_CHECKSUM"),
        ({"ends_on": date(2020, 1, 1)}, "PERIOD_REVERSED"),
        ({"name": " "}, "FIELD_MISSING"),
    ])
    def test_are_refused_when_a_fact_cannot_be(self, changes, code, city_manager, at):
        with pytest.raises(Refused) as refusal:
            self.enter(city_manager, at, **changes)

        assert refusal.value.code == code
        assert not Institution.objects.exists()

    def test_elsewhere_are_kept_by_the_city(self, city_manager, at):
        assert self.enter(city_manager, at, code="H51010400001", region_code="510104").pk

        city_manager.region_code = "511902"
        with pytest.raises(Refused, match="经办区划"):
            self.enter(city_manager, at, code="H51010400002", region_code="510104")
        assert Institution.objects.count() == 1

    def test_are_amended_with_their_key(self, hospital, city_manager, at):
        enrollment.amend_institution(code=hospital.code, deductible_level="05", by=city_manager, at=at)

        hospital.refresh_from_db()
        assert (hospital.benefit_level, hospital.hospital_level_id) == ("level2", "02")

    def test_end_with_their_agreement(self, hospital, city_manager, at):
        enrollment.close_institution(code=hospital.code, ends_on=date(2026, 1, 1), by=city_manager, at=at)

        hospital.refresh_from_db()
        assert hospital.active_on(date(2025, 12, 31))
        assert not hospital.active_on(date(2026, 1, 1))

    def test_are_not_for_the_window(self, window_officer, at):
        with pytest.raises(Refused, match="权限"):
            self.enter(window_officer, at)
        assert not Institution.objects.exists()
