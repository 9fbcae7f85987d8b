"""The case page as a desk: criteria with values beside the papers, each step as a dialog, notices, documents."""
from io import BytesIO

import pytest
from django.urls import reverse

from casework import services as casework
from casework.models import AuditEntry, Document, Notice
from chronic import services as chronic
from chronic.models import Certification, Entitlement
from tests.chronic import examples
from tests.chronic.conftest import DOCTOR, DOCUMENTS, HYPERTENSION, JUNIOR, TUBERCULOSIS, claimed
from tests.ui.reading import read

pytestmark = pytest.mark.django_db


def url(case, name="change", *more):
    return reverse(f"admin:chronic_certification_{name}", args=[case.pk, *more])


def failing(code):
    return claimed(code, examples.failing(chronic.catalogue_of("511902").find(code)))


@pytest.fixture
def scan(clerk, at):
    def make(case) -> Document:
        return casework.attach_document(
            case_no=case.case_no, kind="medical_records", file=BytesIO(b"%PDF-1.7 scan"), by=clerk, at=at,
            region_code=case.region_code, name="病历.pdf",
        )

    return make


class TestTheDesk:
    def test_shows_the_criteria_with_each_value_and_state(self, as_officer, confirmer, entered):
        text = read(as_officer(confirmer).get(url(entered()))).text

        assert "≥ 160mmHg" in text
        assert "符合" in text
        assert "第四章第4问" in text
        assert "李主任（主任医师）" in text

    def test_masks_number_and_phone(self, as_officer, confirmer, entered, patient):
        html = as_officer(confirmer).get(url(entered())).content.decode()

        assert patient.id_no not in html
        assert patient.masked_id in html

    def test_offers_the_bureau_its_own_steps_and_no_other(self, as_officer, confirmer, entered):
        page = as_officer(confirmer).get(url(entered()))

        assert [deed.name for deed in page.context["deeds"]] == ["confirm", "take", "send_back", "refuse"]

    def test_offers_the_hospital_its_own_steps(self, as_officer, clerk, applied):
        page = as_officer(clerk).get(url(applied()))

        assert [deed.name for deed in page.context["deeds"]] == ["sign", "withdraw"]

    def test_greys_the_seal_for_who_recorded_the_conclusion(self, as_officer, clerk, applied, at):
        """BZ-CHR-10.2."""
        case = applied()
        chronic.sign(certification_id=case.pk, doctors={case.items.get().pk: DOCTOR}, by=clerk, at=at)
        page = as_officer(clerk).get(url(case))

        assert next((deed.name, deed.allowed) for deed in page.context["deeds"]) == ("seal", False)
        assert "不得为同一人" in read(page).text

    def test_of_another_county_is_gone(self, as_officer, neighbour, entered):
        answer = as_officer(neighbour).get(url(entered()))

        assert answer.status_code == 302
        assert answer.url == "/"


class TestTheDoctorsConclusion:
    def test_offers_only_doctors_of_sufficient_title(self, as_officer, clerk, applied):
        """BZ-CHR-10.1."""
        html = as_officer(clerk).get(url(applied(), "sign")).content.decode()

        assert f'value="{DOCTOR}"' in html
        assert JUNIOR not in html

    def test_names_what_the_criteria_conclude(self, as_officer, clerk, applied):
        text = read(as_officer(clerk).get(url(applied(), "sign"))).text

        assert "符合标准" in text
        assert "盖章不得为同一人" in text

    def test_is_recorded_with_the_doctor(self, as_officer, clerk, applied):
        case = applied()
        item = case.items.get()
        as_officer(clerk).post(url(case, "sign"), {f"doctor_{item.pk}": DOCTOR, "version": case.version})

        item.refresh_from_db()
        assert (item.state, item.doctor.code) == ("met", DOCTOR)

    def test_keeps_the_dialog_open_while_facts_are_wanting(self, as_officer, clerk, applied):
        case = applied(claimed(HYPERTENSION, {}))
        item = case.items.get()
        answer = as_officer(clerk).post(url(case, "sign"), {f"doctor_{item.pk}": DOCTOR, "version": case.version})

        assert answer.status_code == 409
        assert "尚不能判定" in read(answer).text
        case.refresh_from_db()
        assert case.status == "submitted"


class TestTheConfirmation:
    def test_names_from_which_day_the_benefit_runs(self, as_officer, confirmer, entered):
        """BZ-CHR-12.1."""
        text = read(as_officer(confirmer).get(url(entered(), "confirm"))).text

        assert "自 2025-11-03 起享受待遇" in text

    def test_grants_what_has_no_reason_and_refuses_the_rest(self, as_officer, confirmer, entered):
        case = entered(HYPERTENSION, TUBERCULOSIS)
        refused = case.items.get(unit=TUBERCULOSIS)
        as_officer(confirmer).post(
            url(case, "confirm"), {f"refuse_{refused.pk}": "痰检报告日期不符", "version": case.version}
        )

        assert Entitlement.objects.get().unit == HYPERTENSION
        refused.refresh_from_db()
        assert refused.refusal_reason == "痰检报告日期不符"
        text = read(as_officer(confirmer).get(url(case))).text
        assert "不予认定：痰检报告日期不符" in text
        assert "2025-11-03 至 长期" in text

    def test_of_a_case_that_changed_meanwhile_is_refused(self, as_officer, confirmer, entered):
        case = entered()
        answer = as_officer(confirmer).post(url(case, "confirm"), {"version": case.version - 1})

        assert answer.status_code == 409
        assert not Entitlement.objects.exists()

    def test_sent_back_says_why_on_the_hospital_s_page(self, as_officer, confirmer, clerk, entered):
        case = entered()
        as_officer(confirmer).post(url(case, "send_back"), {"note": "病历不清", "version": case.version})

        text = read(as_officer(clerk).get(url(case))).text
        assert "病历不清" in text
        assert "被退回" in text

    def test_shows_the_same_reasons_as_the_notice(self, as_officer, clerk, entered):
        """BZ-CHR-11.1."""
        case = entered(failing(HYPERTENSION))
        reason = case.items.get().refusal_reason

        assert reason in read(as_officer(clerk).get(url(case))).text


class TestTheNotice:
    @pytest.fixture
    def refused(self, entered):
        return entered(failing(HYPERTENSION))

    def test_carries_reasons_papers_and_objection(self, as_officer, confirmer, refused):
        """BZ-CHR-11.2."""
        notice = Notice.objects.get(case_no=refused.case_no)
        text = read(as_officer(confirmer).get(url(refused, "notice", notice.pk, "html"))).text

        assert "不符合：" in text
        assert "申请材料退还申请人" in text
        assert "申请复核" in text
        assert notice.number in text

    def test_is_on_record_each_time(self, as_officer, confirmer, refused):
        notice = Notice.objects.get(case_no=refused.case_no)
        as_officer(confirmer).get(url(refused, "notice", notice.pk, "html"))

        assert AuditEntry.objects.filter(case_no=refused.case_no, action="print").count() == 1

    def test_is_filed_as_pdf(self, as_officer, confirmer, refused):
        notice = Notice.objects.get(case_no=refused.case_no)
        answer = as_officer(confirmer).get(url(refused, "notice", notice.pk, "pdf"))

        assert answer.content.startswith(b"%PDF-")

    def test_of_another_case_is_not_under_this_one(self, as_officer, confirmer, refused, window_officer, at):
        other = casework.issue_notice(
            case_no="LX511902202511000001", kind="certification_refused", title="告知书", by=window_officer, at=at,
            region_code="511902", body={"name": "某人"},
        )

        assert as_officer(confirmer).get(url(refused, "notice", other.pk, "html")).status_code == 404


class TestTheDocuments:
    def test_open_beside_the_criteria_and_are_on_record(self, as_officer, confirmer, entered, scan):
        case = entered()
        document = scan(case)
        client = as_officer(confirmer)
        assert url(case, "document", document.pk) in client.get(url(case)).content.decode()

        answer = client.get(url(case, "document", document.pk))

        assert b"".join(answer.streaming_content).startswith(b"%PDF-")
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
        assert AuditEntry.objects.filter(case_no=case.case_no, action="read_document").count() == 1

    def test_of_another_case_are_not_under_this_one(self, as_officer, confirmer, applied, entered, scan, at):
        case = entered()
        foreign = casework.attach_document(
            case_no="LX511902202511000001", kind="2", file=BytesIO(b"%PDF-1.7"), by=confirmer, at=at,
            region_code="511902", name="票据.pdf",
        )

        assert as_officer(confirmer).get(url(case, "document", foreign.pk)).status_code == 404

    def test_are_taken_in_with_the_paper(self, as_officer, clerk, applied):
        case = applied()
        file = BytesIO(b"%PDF-1.7 scan")
        file.name = "病历.pdf"
        as_officer(clerk).post(url(case, "receive"), {"kind": DOCUMENTS[3], "file": file})

        assert Document.objects.get(case_no=case.case_no).kind == DOCUMENTS[3]

    def test_of_other_kinds_of_file_are_refused(self, as_officer, clerk, applied):
        case = applied()
        file = BytesIO(b"MZ executable")
        file.name = "病历.pdf"
        answer = as_officer(clerk).post(url(case, "receive"), {"kind": DOCUMENTS[3], "file": file})

        assert answer.status_code == 409
        assert not Document.objects.filter(case_no=case.case_no).exists()


class TestTheWorklist:
    LIST = "admin:chronic_certification_changelist"

    def test_has_a_tab_per_step_with_its_number(self, as_officer, confirmer, entered):
        case = entered()
        page = as_officer(confirmer).get(reverse(self.LIST), {"tab": "entered"})

        assert case.case_no in read(page).text
        counts = {tab["key"]: tab["count"] for tab in page.context["tabs"]}
        assert counts == {"mine": 1, "submitted": 0, "signed": 0, "sealed": 0, "entered": 1, "confirmed": None,
                          "refused": None, "withdrawn": None, "": None}
        assert case.case_no not in read(as_officer(confirmer).get(reverse(self.LIST), {"tab": "signed"})).text

    @pytest.mark.parametrize("word", ["单小明", "dxm", "sxm", "1234", "case_no", "id_no"])
    def test_finds_a_case_by_what_officers_type(self, word, as_officer, confirmer, entered, patient):
        case = entered()
        if word in ("dxm", "sxm"):
            word = patient.pinyin_initials
        given = {"case_no": case.case_no, "id_no": patient.id_no}.get(word, word)

        assert case.case_no in read(as_officer(confirmer).get(reverse(self.LIST), {"q": given})).text

    def test_masks_names_and_numbers(self, as_officer, confirmer, entered, patient):
        entered()
        html = as_officer(confirmer).get(reverse(self.LIST)).content.decode()

        assert patient.id_no not in html
        assert patient.name not in html

    @pytest.mark.parametrize(("query", "found"), [
        ({"category": "chronic"}, True), ({"category": "special"}, False), ({"county": "511902"}, True),
        ({"late": "overdue"}, False), ({"late": "entered_late"}, False),
    ])
    def test_filters(self, query, found, as_officer, confirmer, entered):
        case = entered(HYPERTENSION)

        assert (case.case_no in read(as_officer(confirmer).get(reverse(self.LIST), query)).text) is found

    def test_is_empty_for_another_county(self, as_officer, neighbour, entered):
        case = entered()
        for query in ({}, {"q": case.case_no}, {"q": case.person.id_no}, {"tab": "entered"}):
            page = as_officer(neighbour).get(reverse(self.LIST), query)
            assert case.person.masked_id not in read(page).text

    def test_shows_on_the_start_page_what_waits(self, as_officer, confirmer, entered):
        case = entered()

        assert case.case_no in read(as_officer(confirmer).get("/")).text

    def test_speaks_no_english(self, as_officer, confirmer, entered):
        entered()

        assert read(as_officer(confirmer).get(reverse(self.LIST))).english() == []
        assert Certification.objects.count() == 1
