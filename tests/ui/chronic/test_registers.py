"""Who may certify: the registers, an institution with its figures, the catalogue, statistics, and the public list."""
from datetime import date, timedelta

import pytest
from django.urls import reverse

from chronic import services as chronic
from chronic.models import Doctor, Qualification
from tests.chronic import examples
from tests.chronic.conftest import HYPERTENSION, TUBERCULOSIS, claimed, house
from tests.people import make_officer
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

PUBLIC = "/public/certifying-institutions/"
QUALIFICATIONS = "admin:chronic_qualification_changelist"


class TestThePublicList:
    """BZ-CHR-8.1."""

    def test_needs_no_sign_in(self, client, hospital):
        page = client.get(PUBLIC)

        assert page.status_code == 200
        for word in ("巴州区", "门诊慢性病", "门诊特殊疾病", "巴中市中心医院", "2025-01-01"):
            assert word in read(page).text

    def test_names_no_institution_before_its_publication(self, client, hospital, city_manager, at):
        other = house("H51190200007", "待公布医院", city_manager, at)
        chronic.qualify(
            institution_id=other.pk, category="chronic", district="511902", starts_on=date(2025, 1, 1),
            published_on=at.date() + timedelta(days=1), by=city_manager, at=at,
        )

        assert "待公布医院" not in read(client.get(PUBLIC)).text

    def test_names_none_any_more_whose_qualification_ended(self, client, hospital, city_manager, at):
        for row in Qualification.objects.all():
            chronic.withdraw_qualification(
                qualification_id=row.pk, ends_on=at.date(), reason="抽查不合格", by=city_manager, at=at
            )

        assert "巴中市中心医院" not in read(client.get(PUBLIC)).text
        assert "抽查不合格" not in read(client.get(PUBLIC)).text

    def test_shows_nothing_of_persons_and_takes_no_post(self, client, granted):
        found = granted()

        assert found.person.masked_id not in client.get(PUBLIC).content.decode()
        assert client.post(PUBLIC).status_code == 405

    def test_speaks_no_english(self, client, hospital):
        assert read(client.get(PUBLIC)).english() == []


class TestTheRegisterOfQualifications:
    def test_is_kept_by_a_deed_that_names_its_consequence(self, as_officer, city_manager, hospital, at):
        client = as_officer(city_manager)
        address = reverse("admin:chronic_qualification_qualify")
        assert "公开名单" in read(client.get(address)).text

        client.post(address, {
            "institution": hospital.pk, "category": "chronic", "district": "511903", "scope": "all",
            "starts_on": "2025-11-01", "published_on": "2025-11-01",
        })

        made = Qualification.objects.get(district="511903")
        assert (made.institution, made.published_on) == (hospital, date(2025, 11, 1))

    def test_refuses_the_same_twice_and_keeps_the_dialog_open(self, as_officer, city_manager, hospital):
        answer = as_officer(city_manager).post(reverse("admin:chronic_qualification_qualify"), {
            "institution": hospital.pk, "category": "chronic", "district": "511902", "scope": "all",
            "starts_on": "2025-11-01",
        })

        assert answer.status_code == 409
        assert "已有同类认定资格" in read(answer).text
        assert Qualification.objects.count() == 2

    def test_ends_with_a_reason(self, as_officer, city_manager, hospital):
        row = Qualification.objects.get(category="chronic")
        as_officer(city_manager).post(
            reverse("admin:chronic_qualification_withdraw", args=[row.pk]),
            {"ends_on": "2025-12-01", "reason": "抽查不合格"},
        )

        row.refresh_from_db()
        assert (row.ends_on, row.end_reason) == (date(2025, 12, 1), "抽查不合格")

    def test_is_only_looked_at_by_the_window(self, as_officer, window_officer, hospital):
        client = as_officer(window_officer)

        assert "巴中市中心医院" in read(client.get(reverse(QUALIFICATIONS))).text
        assert client.get(reverse("admin:chronic_qualification_qualify")).status_code == 403

    def test_shows_an_officer_his_own_county_s(self, as_officer, neighbour, hospital):
        assert "巴中市中心医院" not in read(as_officer(neighbour).get(reverse(QUALIFICATIONS))).text


class TestTheRegisterOfDoctors:
    def test_takes_a_doctor_with_title_and_speciality(self, as_officer, city_manager, hospital):
        as_officer(city_manager).post(reverse("admin:chronic_doctor_enter"), {
            "code": "D511902000077", "name": "孙医师", "institution": hospital.pk, "title": "attending",
            "specialty": "心血管内科", "starts_on": "2025-11-01",
        })

        assert Doctor.objects.get(code="D511902000077").specialty == "心血管内科"

    def test_lists_doctors_with_their_title(self, as_officer, city_manager, hospital):
        text = read(as_officer(city_manager).get(reverse("admin:chronic_doctor_changelist"))).text

        assert "李主任" in text
        assert "主任医师" in text


class TestTheInstitution:
    def address(self, institution):
        return reverse("admin:chronic_qualification_institution", args=[institution.pk])

    def test_shows_what_its_applications_came_to(self, as_officer, supervisor, hospital, granted, applied):
        granted(HYPERTENSION)
        applied(claimed(TUBERCULOSIS))
        page = as_officer(supervisor).get(self.address(hospital))

        assert page.context["totals"] == {"granted": 1, "refused": 0, "waiting": 1}
        assert "李主任" in read(page).text
        assert page.content.decode().count('class="ch-granted"') == 2, "a bar and its legend"

    def test_counts_a_refusal(self, as_officer, supervisor, hospital, entered):
        entered(claimed(HYPERTENSION, examples.failing(chronic.catalogue_of("511902").find(HYPERTENSION))))
        page = as_officer(supervisor).get(self.address(hospital))

        assert page.context["totals"] == {"granted": 0, "refused": 1, "waiting": 0}

    def test_of_last_year_is_another_page(self, as_officer, supervisor, hospital, granted):
        granted(HYPERTENSION)
        page = as_officer(supervisor).get(self.address(hospital), {"year": "2024"})

        assert page.context["totals"] == {"granted": 0, "refused": 0, "waiting": 0}

    def test_is_gone_where_it_certifies_for_nobody(self, as_officer, neighbour, hospital):
        assert as_officer(neighbour).get(self.address(hospital)).status_code == 404


class TestTheCatalogue:
    """BZ-CHR-2.1."""

    def test_lists_diseases_with_limits_by_scheme_review_and_end(self, as_officer, window_officer, db):
        page = as_officer(window_officer).get(reverse("admin:chronic_qualification_catalogue"))
        text = read(page).text

        assert sum(len(one["units"]) for one in page.context["categories"]) == 87
        for word in ("高血压2级及以上", "职工 1000元；居民 600元", "12 个月", "前列腺手术后停止", "限居民"):
            assert word in text

    def test_shows_a_disease_with_criteria_papers_and_doctors(self, as_officer, window_officer, db):
        """BZ-CHR-4.1, BZ-CHR-10.1."""
        page = as_officer(window_officer).get(reverse("admin:chronic_qualification_unit", args=[HYPERTENSION]))

        for word in ("以下合计至少3次不同日", "≥ 160mmHg", "检查报告", "主治医师及以上", "BZ-CHR-12.1"):
            assert word in read(page).text

    def test_finds_a_disease_by_its_alias(self, as_officer, window_officer, db):
        page = as_officer(window_officer).get(reverse("admin:chronic_qualification_unit", args=["M03802"]))

        assert page.context["unit"].code == "M04500"

    def test_has_no_page_for_what_is_not_in_it(self, as_officer, window_officer, db):
        address = reverse("admin:chronic_qualification_unit", args=["M99999"])

        assert as_officer(window_officer).get(address).status_code == 404

    @pytest.mark.parametrize("unit", sorted(chronic.catalogue_of("511902").units))
    def test_draws_every_disease(self, unit, as_officer, window_officer, db):
        address = reverse("admin:chronic_qualification_unit", args=[unit])

        assert as_officer(window_officer).get(address).status_code == 200


class TestStatistics:
    STATISTICS = "admin:chronic_entitlement_statistics"

    def test_count_by_disease_and_by_county(self, as_officer, supervisor, granted, applied):
        granted(HYPERTENSION)
        applied(claimed(TUBERCULOSIS))
        page = as_officer(supervisor).get(reverse(self.STATISTICS))

        assert [(row["unit"], row["granted"], row["waiting"], row["live"]) for row in page.context["diseases"]] == [
            (HYPERTENSION, 1, 0, 1), (TUBERCULOSIS, 0, 1, 0),
        ]
        assert [(row["name"], row["granted"], row["waiting"], row["live"]) for row in page.context["counties"]] == [
            ("巴州区", 1, 1, 1)
        ]

    def test_draw_bars_beside_the_table(self, as_officer, supervisor, granted):
        granted(HYPERTENSION)
        html = as_officer(supervisor).get(reverse(self.STATISTICS)).content.decode()

        assert 'class="ch-granted"' in html
        assert "高血压2级及以上（高血压性心脏病）：已认定 1" in html

    def test_count_nothing_of_another_county(self, as_officer, neighbour, granted):
        granted(HYPERTENSION)
        page = as_officer(neighbour).get(reverse(self.STATISTICS))

        assert (page.context["diseases"], page.context["counties"]) == ([], [])

    def test_are_for_who_sees_entitlements(self, as_officer, granted, db):
        granted(HYPERTENSION)
        administrator = make_officer("系统管理", "X009")

        assert as_officer(administrator).get(reverse(self.STATISTICS)).status_code == 403
