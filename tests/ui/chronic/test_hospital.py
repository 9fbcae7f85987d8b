"""The scoped login of a small hospital: the same form and page, own cases only, nothing else."""
from io import BytesIO

import pytest
from django.contrib import admin
from django.urls import reverse

from casework import services as casework
from casework.models import AuditEntry, Notice
from chronic import services as chronic
from chronic.models import Certification, CertificationItem
from tests.chronic import examples
from tests.chronic.conftest import DOCUMENTS, HYPERTENSION, claimed
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

LIST, ADD = "admin:chronic_certification_changelist", "admin:chronic_certification_add"


@pytest.fixture
def foreign(entered, clerk, at) -> dict:
    """A refused case of the central hospital with its notice and a scan; what nobody else may see of it."""
    facts = examples.failing(chronic.catalogue_of("511902").find(HYPERTENSION))
    case = entered(claimed(HYPERTENSION, facts))
    document = casework.attach_document(
        case_no=case.case_no, kind="medical_records", file=BytesIO(b"%PDF-1.7"), by=clerk, at=at,
        region_code=case.region_code, name="病历.pdf",
    )
    notice = Notice.objects.get(case_no=case.case_no)
    return {
        "case": case, "document": document, "notice": notice, "item": case.items.get(),
        "secrets": [case.case_no, case.person.masked_id, case.person.name, notice.number],
    }


def clean(answer, foreign) -> bool:
    return all(secret not in answer.content.decode(errors="replace") for secret in foreign["secrets"])


class TestItsMenu:
    def test_holds_its_own_cases_and_nothing_else(self, as_officer, clerk):
        groups = as_officer(clerk).get("/").context["sidebar_navigation"]

        assert [item["title"] for group in groups for item in group["items"]] == [
            "工作台", "慢特病认定", "认定申请", "待遇与复审", "特药认定",
        ]

    def test_opens_no_other_list(self, as_officer, clerk):
        client = as_officer(clerk)
        opened = {
            model._meta.model_name for model in admin.site._registry
            if client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).status_code
            == 200
        }

        assert opened == {"certification", "entitlement", "drugcertification"}

    @pytest.mark.parametrize("page", ["chronic_qualification_catalogue", "chronic_entitlement_statistics"])
    def test_opens_no_page_of_the_bureau(self, as_officer, clerk, page):
        assert as_officer(clerk).get(reverse(f"admin:{page}")).status_code in {403, 404}

    def test_counts_its_own_steps_on_the_start_page(self, as_officer, clerk, stranger, applied):
        applied()

        assert [step["number"] for step in as_officer(clerk).get("/").context["steps"]] == [1, 0, 0, 0, 0]
        assert [step["number"] for step in as_officer(stranger).get("/").context["steps"]] == [0, 0, 0, 0, 0]


class TestAnotherHospitalsCase:
    def test_is_in_no_list_and_found_by_no_search(self, as_officer, stranger, foreign):
        client = as_officer(stranger)
        person = foreign["case"].person
        for word in ("", foreign["case"].case_no, foreign["case"].case_no[-6:], person.id_no, person.name, "1234",
                     person.pinyin_initials):
            page = read(client.get(reverse(LIST), {"q": word} if word else {}))
            shown = "\n".join(line for line in page.words if line != word)
            assert all(secret not in shown for secret in foreign["secrets"]), word

    @pytest.mark.parametrize(
        "deed",
        ["change", "sign", "seal", "enter", "confirm", "withdraw", "receive", "take", "supply", "supply_check"],
    )
    def test_is_gone_by_every_link(self, as_officer, stranger, foreign, deed):
        client = as_officer(stranger)
        address = reverse(f"admin:chronic_certification_{deed}", args=[foreign["case"].pk])
        before = AuditEntry.objects.count()
        for answer in (client.get(address), client.post(address, {"note": "试", "version": "4"})):
            assert answer.status_code in {302, 403, 404}
            assert clean(answer, foreign)
        assert AuditEntry.objects.count() == before

    def test_gives_out_no_paper(self, as_officer, stranger, foreign):
        case = foreign["case"]
        for name, row, *form in (("document", "document"), ("notice", "notice", "html"), ("item", "item"),
                                 ("item_check", "item")):
            address = reverse(f"admin:chronic_certification_{name}", args=[case.pk, foreign[row].pk, *form])
            for answer in (as_officer(stranger).get(address), as_officer(stranger).post(address)):
                assert answer.status_code in {403, 404, 405}, name
                assert clean(answer, foreign)

    def test_lends_no_paper_to_a_case_of_ones_own(self, as_officer, stranger, foreign, other_hospital, patient, at):
        own = chronic.apply(
            person_id=patient.pk, institution_id=other_hospital.pk, claimed=[claimed("M00100")], by=stranger, at=at,
        )
        client = as_officer(stranger)
        for name, row, *form in (("document", "document"), ("notice", "notice", "html"), ("item", "item")):
            address = reverse(f"admin:chronic_certification_{name}", args=[own.pk, foreign[row].pk, *form])
            assert client.get(address).status_code == 404
        assert client.get(reverse("casework:document", args=[foreign["document"].pk])).status_code == 404


class TestAnotherHospitalsEntitlement:
    def test_is_in_no_list_and_gone_by_every_link(self, as_officer, stranger, granted):
        found = granted()
        client = as_officer(stranger)
        for query in ({}, {"tab": "all"}, {"q": "高血压"}, {"q": found.person.id_no}, {"q": found.person.name}):
            text = read(client.get(reverse("admin:chronic_entitlement_changelist"), query)).text
            assert found.person.masked_id not in text
        for deed in ("change", "report_stop", "end_voluntarily", "open_check", "cut", "choose"):
            address = reverse(f"admin:chronic_entitlement_{deed}", args=[found.pk])
            assert client.get(address).status_code in {302, 403, 404}, deed
            assert client.post(address, {"reason": "试"}).status_code in {302, 403, 404}, deed


class TestItsOwnEntitlement:
    def test_is_found_by_the_full_number_alone(self, as_officer, clerk, granted):
        found = granted()
        client, url = as_officer(clerk), reverse("admin:chronic_entitlement_changelist")

        assert found.person.masked_id in read(client.get(url, {"q": found.person.id_no})).text
        for word in (found.person.name, found.person.id_no[:-1], found.person.pinyin_initials):
            assert found.person.masked_id not in read(client.get(url, {"q": word})).text
        assert "完整证件号码" in client.get(url).content.decode()
        assert "姓名或拼音首字母" not in client.get(url).content.decode()


class TestItsOwnCase:
    def test_gives_out_its_papers_and_records_it(self, as_officer, clerk, foreign):
        client = as_officer(clerk)
        case = foreign["case"]
        document = reverse("admin:chronic_certification_document", args=[case.pk, foreign["document"].pk])
        notice = reverse("admin:chronic_certification_notice", args=[case.pk, foreign["notice"].pk, "html"])

        assert client.get(document).status_code == client.get(notice).status_code == 200
        assert AuditEntry.objects.filter(case_no=case.case_no, action__in=["read_document", "print"]).count() == 2

    def test_names_the_person_by_a_mask(self, as_officer, clerk, foreign):
        html = as_officer(clerk).get(
            reverse("admin:chronic_certification_change", args=[foreign["case"].pk])
        ).content.decode()

        assert foreign["case"].person.name not in html
        assert foreign["case"].person.id_no not in html

    def test_sends_the_application_back_to_where_it_came_from(self, as_officer, clerk, confirmer, entered, at):
        case = entered()
        chronic.send_back(certification_id=case.pk, reason="病历不清", by=confirmer, at=at)

        assert case.case_no in read(as_officer(clerk).get(reverse(LIST), {"late": "returned"})).text


class TestItsForm:
    def find(self, client, number):
        return client.post(reverse(ADD), {"q": number})

    def test_finds_a_person_by_the_full_number_alone_and_records_it(self, as_officer, clerk, patient):
        client = as_officer(clerk)
        for word in (patient.name, patient.id_no[:-1], "1234", patient.pinyin_initials):
            assert "没有找到" in read(self.find(client, word)).text
        assert not AuditEntry.objects.filter(action="find_person").exists()

        page = self.find(client, patient.id_no)
        assert patient.masked_id in read(page).text
        assert patient.name not in page.content.decode()
        assert AuditEntry.objects.get(action="find_person").officer_name == clerk.name

    def test_names_the_person_so_that_numbers_can_not_be_tried_out(self, as_officer, clerk, stranger, patient):
        client = as_officer(clerk)
        token = self.find(client, patient.id_no).context["found"][0].token

        assert client.get(reverse(ADD), {"person": token}).context["person"] == patient
        assert client.get(reverse(ADD), {"person": patient.pk}).status_code == 302
        assert as_officer(stranger).get(reverse(ADD), {"person": token}).status_code == 302

    def test_applies_at_its_own_hospital_only(self, as_officer, clerk, hospital, other_hospital, patient):
        client = as_officer(clerk)
        token = self.find(client, patient.id_no).context["found"][0].token
        client.post(reverse(ADD), {
            "person": token, "institution": other_hospital.code, "channel": "hospital", "unit": [HYPERTENSION],
            f"{HYPERTENSION}:diagnosed": "2025-10-20", "document": DOCUMENTS, "_apply": "1",
        })

        assert Certification.objects.get().institution == hospital
        assert CertificationItem.objects.get().unit == HYPERTENSION
