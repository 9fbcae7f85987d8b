"""Drugs under special control on screen: five fixed items on one form, confirmed by another, own cases only."""
from datetime import date

import pytest
from django.urls import reverse

from chronic import services as chronic
from chronic.models import DrugCertification
from tests.chronic.conftest import DOCTOR, JUNIOR
from tests.chronic.test_drugs import CODE, drug, entrust, file, pharmacy  # noqa: F401  (fixtures)
from tests.ui.chronic.conftest import OTHER
from tests.ui.reading import read
from tests.ui.test_queries import cost

pytestmark = pytest.mark.django_db

ADD, LIST = "admin:chronic_drugcertification_add", "admin:chronic_drugcertification_changelist"


def url(case, name="change"):
    return reverse(f"admin:chronic_drugcertification_{name}", args=[case.pk])


@pytest.fixture
def sent(patient, drug):  # noqa: F811
    """The form as the window fills it in."""
    return {
        "person": patient.pk, "drug_code": CODE, "drug_name": "伊马替尼", "drug_class": "single_line",
        "disease": "慢性髓性白血病", "institution_id": drug.institution_id, "treating_id": drug.treating_id,
        "doctor": DOCTOR, "supplying_id": drug.supplying_id, "valid_from": "2025-11-03", "last_day": "2026-11-02",
        "real_name": "on", "_apply": "1",
    }


class TestTheForm:
    """BZ-DRG-3.1, BZ-DRG-3.2."""

    def test_files_the_five_fixed_items(self, as_officer, window_officer, sent, hospital):
        as_officer(window_officer).post(reverse(ADD), sent)

        case = DrugCertification.objects.get()
        assert (case.treating, case.doctor.code, case.valid_until) == (hospital, DOCTOR, date(2026, 11, 3))
        assert case.status == "filed"

    def test_lists_institutions_of_the_published_lists_alone(self, as_officer, window_officer, sent, other_hospital):
        client = as_officer(window_officer)
        text = read(client.get(reverse(ADD), {"person": sent["person"]})).text

        assert "双通道大药房" in text
        assert other_hospital.name not in text

    def test_brings_the_doctors_of_the_treating_institution(self, as_officer, window_officer, sent):
        given = {key: value for key, value in sent.items() if key not in ("_apply", "doctor")}
        page = as_officer(window_officer).post(reverse(ADD), given)

        assert [code for code, _ in page.context["form"].fields["doctor"].choices] == ["", DOCTOR, JUNIOR]
        assert page.context["form"].errors == {}
        assert not DrugCertification.objects.exists()

    def test_without_the_real_name_file_is_refused(self, as_officer, window_officer, sent):
        page = as_officer(window_officer).post(reverse(ADD), {key: sent[key] for key in sent if key != "real_name"})

        assert "须先实名建档" in read(page).text
        assert not DrugCertification.objects.exists()

    def test_names_each_blank_field(self, as_officer, window_officer, sent):
        page = as_officer(window_officer).post(reverse(ADD), {**sent, "disease": "", "supplying_id": ""})

        assert "请填写病种" in read(page).text
        assert "请选择供药机构" in read(page).text
        assert not DrugCertification.objects.exists()


class TestTheCase:
    def test_is_confirmed_by_another_who_reads_what_follows(self, as_officer, confirmer, file):  # noqa: F811
        case = file()
        client = as_officer(confirmer)
        assert "自 2025-11-03 至 2026-11-02 可以报销" in read(client.get(url(case, "confirm"))).text
        client.post(url(case, "confirm"), {"version": case.version})

        case.refresh_from_db()
        assert case.status == "confirmed"
        assert "2026-11-02" in read(client.get(url(case))).text

    def test_ends_early_with_a_reason(self, as_officer, confirmer, file, at):  # noqa: F811
        case = chronic.confirm_drug(drug_certification_id=file().pk, by=confirmer, at=at)
        as_officer(confirmer).post(url(case, "end"), {
            "from_day": "2026-01-01", "reason": "已停药", "version": case.version,
        })

        case.refresh_from_db()
        assert (case.status, case.valid_until) == ("ended", date(2026, 1, 1))

    def test_shows_a_mask_in_the_list(self, as_officer, confirmer, file, patient):  # noqa: F811
        file()
        html = as_officer(confirmer).get(reverse(LIST)).content.decode()

        assert patient.masked_id in html
        assert patient.name not in html

    def test_is_the_hospital_s_own_to_see(self, as_officer, clerk, stranger, file):  # noqa: F811
        case = file()

        assert case.case_no in read(as_officer(clerk).get(reverse(LIST))).text
        client = as_officer(stranger)
        assert case.case_no not in client.get(reverse(LIST), {"q": case.person.id_no}).content.decode()
        for name in ("change", "confirm", "withdraw", "end"):
            assert client.get(url(case, name)).status_code in {302, 403, 404}, name
        assert stranger.institution_code == OTHER

    def test_of_another_county_is_gone(self, as_officer, neighbour, file):  # noqa: F811
        case = file()

        assert as_officer(neighbour).get(url(case)).status_code == 302
        assert case.case_no not in as_officer(neighbour).get(reverse(LIST)).content.decode()

    def test_costs_a_list_of_fixed_queries(self, as_officer, confirmer, file):  # noqa: F811
        client = as_officer(confirmer)
        file()
        one = cost(client, reverse(LIST))
        file(drug_code="XL01EA02")

        assert cost(client, reverse(LIST)) == one <= 15
