"""The counter form: a form out of the criteria, judged while it is typed, written once it is sent."""
import pytest
from django.urls import reverse

from casework.models import AuditEntry
from chronic.models import Certification, CertificationItem
from tests.chronic.conftest import DOCUMENTS, HYPERTENSION, TUBERCULOSIS, house, insured_person
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

ADD = "admin:chronic_certification_add"
AMBULANT = f"{HYPERTENSION}:M03911.2"
SYSTOLIC = f"{HYPERTENSION}:M03911.1a"
PAPERS = ["cert_designated", "exam_report", "lab_report"]


def form(person, *units, **more):
    return {
        "person": person.pk, "channel": "person", "unit": list(units), "document": DOCUMENTS,
        **{f"{unit}:diagnosed": "2025-10-20" for unit in units}, **more,
    }


def chip(html: str, place: str) -> str:
    """The word that stands in the place of a node."""
    return html.split(f'id="{place}"')[1].split(">")[1].split("<")[0]


class TestTheForm:
    def test_lists_only_institutions_that_may_certify_for_the_person(
        self, as_officer, window_officer, hospital, city_manager, patient, at,
    ):
        """BZ-CHR-8.1."""
        house("H51190200007", "未公布医院", city_manager, at)
        text = read(as_officer(window_officer).get(reverse(ADD), {"person": patient.pk})).text

        assert "巴中市中心医院" in text
        assert "未公布医院" not in text

    def test_asks_each_fact_of_the_criteria_with_unit_and_threshold(
        self, as_officer, window_officer, hospital, patient,
    ):
        """BZ-CHR-4.1."""
        page = as_officer(window_officer).post(reverse(ADD), form(patient, HYPERTENSION))
        html, text = page.content.decode(), read(page).text

        assert html.count(f'name="{SYSTOLIC}"') == 3, "three measurements on different days"
        assert "≥ 160mmHg" in text
        assert html.count(f'name="{AMBULANT}"') == 3, "yes, no, not examined"
        assert "定点医疗机构出具的出院或门诊病情证明书" in text

    def test_asks_a_fact_once_that_the_tree_names_twice(self, as_officer, window_officer, hospital, patient):
        html = as_officer(window_officer).post(reverse(ADD), form(patient, "M03600")).content.decode()

        assert html.count('name="M03600:M03600.3"') == 1

    def test_takes_in_another_disease_and_keeps_what_was_typed(self, as_officer, window_officer, hospital, patient):
        sent = form(patient, HYPERTENSION, **{AMBULANT: "yes", "add": "结核病", "_add": "1"})
        page = as_officer(window_officer).post(reverse(ADD), sent)

        codes = [row["part"].unit.code for row in page.context["parts"]]
        assert codes == [HYPERTENSION, TUBERCULOSIS]
        assert page.context["parts"][0]["part"].typed.facts == {"M03911.2": True}
        assert not Certification.objects.exists()

    def test_takes_a_disease_out_again(self, as_officer, window_officer, hospital, patient):
        sent = form(patient, HYPERTENSION, TUBERCULOSIS, _remove=HYPERTENSION)
        page = as_officer(window_officer).post(reverse(ADD), sent)

        assert [row["part"].unit.code for row in page.context["parts"]] == [TUBERCULOSIS]

    def test_offers_no_disease_that_the_scheme_does_not_have(
        self, as_officer, window_officer, hospital, at,
    ):
        """BZ-CHR-3.6."""
        employee = insured_person(window_officer, at, "511903198506150029", "职工甲", "employee")
        page = as_officer(window_officer).get(reverse(ADD), {"person": employee.pk})

        assert "M02220" not in {unit.code for unit in page.context["units"]}

    def test_names_the_person_by_a_mask(self, as_officer, window_officer, hospital, patient):
        html = as_officer(window_officer).get(reverse(ADD), {"person": patient.pk}).content.decode()

        assert patient.id_no not in html
        assert "13800001234" not in html


class TestWhileItIsTyped:
    CHECK = "admin:chronic_certification_check"

    def check(self, client, *args, **more):
        answer = client.post(reverse(self.CHECK), form(*args, **more))
        assert answer.status_code == 200
        return answer.content.decode()

    def test_what_is_blank_is_open_and_said_to_be_wanting(self, as_officer, window_officer, hospital, patient):
        html = self.check(as_officer(window_officer), patient, HYPERTENSION)

        assert chip(html, f"s-{HYPERTENSION}") == "尚不能判定"
        assert "尚缺：动态血压监测符合2级及以上高血压" in html

    def test_what_meets_the_criteria_is_met_at_every_node(self, as_officer, window_officer, hospital, patient):
        html = self.check(as_officer(window_officer), patient, HYPERTENSION, **{AMBULANT: "yes"})

        assert chip(html, f"s-{HYPERTENSION}") == "符合标准"
        assert chip(html, f"n-{HYPERTENSION}") == "符合"
        assert chip(html, f"n-{HYPERTENSION}-1") == "符合"
        assert chip(html, f"n-{HYPERTENSION}-0") == "待补充"

    @pytest.mark.parametrize(("value", "word"), [("159.9", "待补充"), ("160", "符合")])
    def test_a_measurement_counts_from_its_threshold_on(
        self, as_officer, window_officer, hospital, patient, value, word,
    ):
        sent = {SYSTOLIC: [value] * 3, f"{SYSTOLIC}:on": ["2025-10-01", "2025-10-02", "2025-10-03"]}
        html = self.check(as_officer(window_officer), patient, HYPERTENSION, **sent)

        assert chip(html, f"n-{HYPERTENSION}-0") == word

    def test_says_which_papers_are_wanting(self, as_officer, window_officer, hospital, patient):
        more = {f"{HYPERTENSION}:material": PAPERS[:1], AMBULANT: "yes"}
        html = self.check(as_officer(window_officer), patient, HYPERTENSION, **more)

        assert chip(html, f"m-{HYPERTENSION}-cert_designated") == "已收"
        assert chip(html, f"m-{HYPERTENSION}-exam_report") == "还缺"
        assert "职称" not in html, "no doctor has concluded yet"

    def test_a_text_for_a_number_is_said_beside_it_and_not_sent(self, as_officer, window_officer, hospital, patient):
        sent = form(patient, HYPERTENSION, **{SYSTOLIC: ["很高", "", ""], "_apply": "1"})
        page = as_officer(window_officer).post(reverse(ADD), sent)

        assert "请填写数字" in read(page).text
        assert not Certification.objects.exists()

    def test_writes_nothing(self, as_officer, window_officer, hospital, patient):
        before = AuditEntry.objects.count()
        self.check(as_officer(window_officer), patient, HYPERTENSION, **{AMBULANT: "yes"})

        assert not CertificationItem.objects.exists()
        assert AuditEntry.objects.count() == before


class TestSending:
    def send(self, client, *args, **more):
        return client.post(reverse(ADD), form(*args, _apply="1", **more))

    def test_makes_one_case_of_several_diseases(self, as_officer, window_officer, hospital, patient):
        more = {AMBULANT: "yes", f"{HYPERTENSION}:material": PAPERS}
        answer = self.send(as_officer(window_officer), patient, HYPERTENSION, TUBERCULOSIS, **more)

        case = Certification.objects.get()
        assert answer.url == reverse("admin:chronic_certification_change", args=[case.pk])
        assert (case.channel, case.institution, case.documents) == ("person", hospital, sorted(DOCUMENTS))
        assert list(case.items.values_list("unit", "verdict__met")) == [(HYPERTENSION, True), (TUBERCULOSIS, None)]
        assert case.items.get(unit=HYPERTENSION).facts == {"M03911.2": True}

    def test_by_a_proxy_needs_name_and_number(self, as_officer, window_officer, hospital, patient):
        """BZ-CHR-9.1."""
        client = as_officer(window_officer)
        page = self.send(client, patient, HYPERTENSION, channel="proxy")
        assert "代办的须填写" in read(page).text
        assert not Certification.objects.exists()

        self.send(client, patient, HYPERTENSION, channel="proxy", agent_name="单大明",
                  agent_id_no="511902196501010011")
        assert Certification.objects.get().agent_name == "单大明"

    def test_without_the_day_of_the_diagnosis_is_sent_back(self, as_officer, window_officer, hospital, patient):
        page = self.send(as_officer(window_officer), patient, HYPERTENSION, **{f"{HYPERTENSION}:diagnosed": ""})

        assert "请填写确诊日期" in read(page).text
        assert not Certification.objects.exists()

    def test_what_the_service_refuses_stands_above_the_form(self, as_officer, window_officer, hospital, patient):
        sent = {f"{HYPERTENSION}:diagnosed": "2025-11-04", AMBULANT: "yes"}
        page = self.send(as_officer(window_officer), patient, HYPERTENSION, **sent)

        assert "晚于今日" in read(page).text
        assert page.context["parts"][0]["part"].typed.facts == {"M03911.2": True}
        assert not Certification.objects.exists()

    def test_is_not_for_who_may_not_submit(self, as_officer, confirmer, hospital, patient):
        answer = self.send(as_officer(confirmer), patient, HYPERTENSION)

        assert answer.status_code == 403
        assert not Certification.objects.exists()

    def test_is_not_for_another_county_s_person(self, as_officer, neighbour, hospital, patient):
        neighbour.groups.clear()
        neighbour.groups.add(*_role("窗口经办"))
        answer = self.send(as_officer(neighbour), patient, HYPERTENSION)

        assert answer.status_code == 302
        assert answer.url == reverse(ADD)
        assert not Certification.objects.exists()


def _role(name: str):
    from django.contrib.auth.models import Group

    return Group.objects.filter(name=name)


class TestCorrecting:
    def url(self, case):
        return reverse("admin:chronic_certification_item", args=[case.pk, case.items.get().pk])

    def test_shows_what_is_known_and_takes_the_correction(self, as_officer, clerk, applied):
        case = applied()
        client = as_officer(clerk)
        assert "checked" in client.get(self.url(case)).content.decode()

        client.post(self.url(case), {AMBULANT: "yes", f"{HYPERTENSION}:diagnosed": "2025-09-01",
                                     f"{HYPERTENSION}:material": PAPERS, "version": case.version})

        item = case.items.get()
        assert (item.facts, f"{item.diagnosed_on}") == ({"M03911.2": True}, "2025-09-01")

    def test_of_a_case_that_changed_meanwhile_is_refused(self, as_officer, clerk, applied):
        case = applied()
        before = case.items.get().facts
        page = as_officer(clerk).post(self.url(case), {
            AMBULANT: "no", f"{HYPERTENSION}:diagnosed": "2025-09-01", "version": case.version - 1,
        })

        assert "已被改动" in read(page).text
        assert case.items.get().facts == before

    def test_is_closed_once_the_doctor_concluded(self, as_officer, clerk, entered):
        case = entered()
        page = as_officer(clerk).post(self.url(case), {
            AMBULANT: "no", f"{HYPERTENSION}:diagnosed": "2025-09-01", "version": case.version,
        })

        assert "不能办理“更正申请”" in read(page).text
        assert case.items.get().state == "met"
