"""Reviews, objections, spot checks, endings and recognition on screen: begun on a page, decided by another officer."""
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from chronic import services as chronic
from chronic.models import Certification, Ending, Entitlement, Objection, Recognition, ReviewNotice, SpotCheck
from tests.chronic import examples
from tests.chronic.conftest import (
    DOCTOR,
    DOCUMENTS,
    HYPERTENSION,
    TUBERCULOSIS,
    claimed,
)
from tests.people import make_officer
from tests.ui.reading import read
from tests.ui.test_queries import cost

pytestmark = pytest.mark.django_db

PROSTATE = "M07900"


def url(row, name="change", *more):
    return reverse(f"admin:chronic_{row._meta.model_name}_{name}", args=[row.pk, *more])


def on(day: str):
    return time_machine.travel(datetime.fromisoformat(day).replace(hour=9, tzinfo=ZoneInfo("Asia/Shanghai")))


@pytest.fixture
def checker(db):
    return make_officer("初审", "C001")


@pytest.fixture
def refused(entered):
    """A disease that the hospital found not met."""
    facts = examples.failing(chronic.catalogue_of("511902").find(HYPERTENSION))
    return entered(claimed(HYPERTENSION, facts))


class TestAReview:
    def facts(self, code=TUBERCULOSIS):
        unit = chronic.catalogue_of("511902").find(code)
        return {f"{code}:{fact}": "yes" if value is True else value for fact, value in examples.meeting(unit).items()}

    def form(self, person, **more):
        unit = chronic.catalogue_of("511902").find(TUBERCULOSIS)
        return {
            "person": person.pk, "kind": "review", "channel": "person", "unit": TUBERCULOSIS, "document": DOCUMENTS,
            f"{TUBERCULOSIS}:diagnosed": "2025-10-20",
            f"{TUBERCULOSIS}:material": [one.type for one in unit.materials], **self.facts(), **more,
        }

    def test_begins_on_the_page_of_the_entitlement(self, as_officer, window_officer, granted):
        found = granted(TUBERCULOSIS)
        client = as_officer(window_officer)
        deed = next(one for one in client.get(url(found)).context["deeds"] if one.name == "review")
        page = client.get(deed.url)

        assert [row["part"].unit.code for row in page.context["parts"]] == [TUBERCULOSIS]
        assert [unit.code for unit in page.context["units"]] == [TUBERCULOSIS]

    def test_begins_at_the_institution_that_certified(
        self, as_officer, window_officer, other_hospital, hospital, granted,
    ):
        found = granted(TUBERCULOSIS)
        client = as_officer(window_officer)
        deed = next(one for one in client.get(url(found)).context["deeds"] if one.name == "review")
        page = client.get(deed.url)

        assert (page.context["house"], len(page.context["houses"])) == (hospital, 2)
        assert [row["part"].unit.code for row in page.context["parts"]] == [TUBERCULOSIS]

    def test_is_not_offered_where_nothing_is_reviewed(self, as_officer, window_officer, granted):
        page = as_officer(window_officer).get(url(granted(HYPERTENSION)))

        assert "review" not in {one.name for one in page.context["deeds"]}

    def test_goes_the_way_of_an_application_and_prolongs(
        self, as_officer, window_officer, clerk, sealer, confirmer, granted,
    ):
        """BZ-CHR-4.2."""
        found = granted(TUBERCULOSIS)
        with on("2026-10-12"):
            as_officer(window_officer).post(reverse("admin:chronic_certification_add"), self.form(
                found.person, _apply="1"
            ))
            case = Certification.objects.get(kind="review")
            self._conclude(as_officer, clerk, sealer, case)
            assert "复审合格" in read(as_officer(confirmer).get(url(case, "confirm"))).text
            as_officer(confirmer).post(url(case, "confirm"), {"version": case.version})

        found.refresh_from_db()
        assert found.review_due_on == date(2027, 10, 12)

    def _conclude(self, as_officer, clerk, sealer, case):
        item = case.items.get()
        for officer, deed, more in ((clerk, "sign", {f"doctor_{item.pk}": DOCTOR}), (sealer, "seal", {}),
                                    (clerk, "enter", {})):
            case.refresh_from_db()
            as_officer(officer).post(url(case, deed), {"version": case.version, **more})
        case.refresh_from_db()
        assert case.status == "entered"

    def test_is_marked_in_the_list(self, as_officer, window_officer, granted):
        found = granted(TUBERCULOSIS)
        client = as_officer(window_officer)
        client.post(reverse("admin:chronic_certification_add"), self.form(found.person, _apply="1"))
        page = client.get(reverse("admin:chronic_certification_changelist"), {"kind__exact": "review"})

        assert "复审" in read(page).text
        assert Certification.objects.get(kind="review").case_no in read(page).text


class TestANoticeOfReview:
    """BZ-AMB-29."""

    @pytest.fixture
    def notice(self, granted, at):
        granted(TUBERCULOSIS)
        chronic.run_reviews(day=date(2026, 9, 10), at=at)
        return ReviewNotice.objects.get(kind="invitation", ahead=60)

    def test_is_a_paper_with_the_due_day(self, as_officer, confirmer, notice):
        text = read(as_officer(confirmer).get(url(notice, "paper", "html"))).text

        assert "2026年11月3日" in text
        assert notice.number in text

    def test_is_listed_under_a_mask(self, as_officer, confirmer, notice):
        html = as_officer(confirmer).get(reverse("admin:chronic_reviewnotice_changelist")).content.decode()

        assert notice.number in html
        assert notice.due.entitlement.person.name not in html

    def test_of_another_county_is_gone(self, as_officer, neighbour, notice):
        client = as_officer(neighbour)

        assert client.get(url(notice, "paper", "html")).status_code == 404
        assert notice.number not in client.get(reverse("admin:chronic_reviewnotice_changelist")).content.decode()


class TestAnObjection:
    def begin(self, client, case):
        client.post(url(case, "object_to"), {
            "item": case.items.get().pk, "received_on": "2025-11-03", "reason": "检查报告已补齐",
        })
        return Objection.objects.get()

    def test_begins_on_the_page_of_the_refused_case(self, as_officer, window_officer, refused):
        client = as_officer(window_officer)
        assert "object_to" in {deed.name for deed in client.get(url(refused)).context["deeds"]}
        assert "经办机构复核" in read(client.get(url(refused, "object_to"))).text

        found = self.begin(client, refused)

        assert (found.status, found.reason) == ("submitted", "检查报告已补齐")

    def test_is_decided_by_another_look_and_another_officer(
        self, as_officer, window_officer, confirmer, supervisor, refused,
    ):
        """BZ-CHR-11.2."""
        found = self.begin(as_officer(window_officer), refused)
        client = as_officer(confirmer)
        client.post(url(found, "arrange"), {"version": found.version, "institution": ""})
        found.refresh_from_db()
        assert "checked" in client.get(url(found, "conclude")).content.decode(), "begins with the first facts"
        client.post(url(found, "conclude"), {f"{HYPERTENSION}:M03911.2": "yes", "version": found.version})
        found.refresh_from_db()
        assert (found.status, found.met) == ("concluded", True)

        client = as_officer(supervisor)
        assert "给予待遇" in read(client.get(url(found, "decide"))).text
        client.post(url(found, "decide"), {"version": found.version})

        assert Entitlement.objects.get().unit == HYPERTENSION
        text = read(client.get(url(found))).text
        assert "改变原结论" in text
        assert "门诊慢特病认定复核结果告知书" in text

    def test_prints_its_result(self, as_officer, window_officer, confirmer, supervisor, refused, at):
        found = self.begin(as_officer(window_officer), refused)
        chronic.arrange(objection_id=found.pk, by=confirmer, at=at)
        facts = examples.failing(chronic.catalogue_of("511902").find(HYPERTENSION))
        chronic.conclude_objection(
            objection_id=found.pk, found=chronic.Reexamined(facts=facts), by=confirmer, at=at
        )
        chronic.decide_objection(objection_id=found.pk, by=supervisor, at=at)
        client = as_officer(supervisor)
        paper = client.get(url(found)).context["papers"][0]

        assert "维持原结论" in read(client.get(paper["url"])).text

    def test_of_another_county_is_gone(self, as_officer, window_officer, neighbour, refused):
        found = self.begin(as_officer(window_officer), refused)
        client = as_officer(neighbour)

        assert client.get(url(found)).status_code == 302
        for name in ("arrange", "decide", "conclude", "withdraw"):
            assert client.get(url(found, name)).status_code in {403, 404}, name
        page = client.get(reverse("admin:chronic_objection_changelist"))
        assert found.case_no not in page.content.decode()


class TestASpotCheck:
    def test_finds_and_decides_by_two(self, as_officer, checker, supervisor, granted):
        """CQ-10.1."""
        found = granted()
        as_officer(checker).post(url(found, "open_check"))
        check = SpotCheck.objects.get()
        as_officer(checker).post(url(check, "record_fault"), {"note": "病历与报告不一致", "version": check.version})
        check.refresh_from_db()
        client = as_officer(supervisor)
        assert "认定机构承担" in read(client.get(url(check, "cancel"))).text
        client.post(url(check, "cancel"), {"version": check.version, "recovers": "on"})

        found.refresh_from_db()
        assert found.ended_on == date(2025, 11, 3)
        page = client.get(url(check))
        assert "向认定机构追回" in read(page).text
        assert "病历与报告不一致" in read(client.get(page.context["papers"][0]["url"])).text

    def test_is_counted_on_the_page_of_the_institution(self, as_officer, checker, hospital, granted):
        as_officer(checker).post(url(granted(), "open_check"))
        page = as_officer(checker).get(reverse("admin:chronic_qualification_institution", args=[hospital.pk]))

        assert page.context["checks"] == {"total": 1, "cancelled": 0}

    def test_is_not_decided_by_who_found_it(self, as_officer, checker, granted, at):
        found = granted()
        checker.groups.add(*_group("主管"))
        check = chronic.open_check(entitlement_id=found.pk, by=checker, at=at)
        chronic.record_fault(spot_check_id=check.pk, finding="病历与报告不一致", by=checker, at=at)
        page = as_officer(checker).get(url(check))

        assert {deed.name: deed.allowed for deed in page.context["deeds"]} == {"cancel": False, "dismiss": False}
        assert "不得为同一人" in read(page).text

    def test_stands_in_the_queue_of_who_decides(self, as_officer, checker, supervisor, granted, at):
        check = chronic.open_check(entitlement_id=granted().pk, by=checker, at=at)
        chronic.record_fault(spot_check_id=check.pk, finding="病历与报告不一致", by=checker, at=at)

        assert check.case_no in read(as_officer(supervisor).get("/")).text


class TestAnEnding:
    def test_by_the_person_s_own_will_holds_at_once(self, as_officer, window_officer, granted):
        """CQ-11.2."""
        found = granted()
        client = as_officer(window_officer)
        assert "自今天起" in read(client.get(url(found, "end_voluntarily"))).text
        client.post(url(found, "end_voluntarily"), {"reason": "本人申请"})

        found.refresh_from_db()
        assert found.ended_on == date(2025, 11, 3)

    def test_by_a_stop_condition_is_confirmed_by_another(self, as_officer, window_officer, supervisor, granted):
        """BZ-CHR-4.3."""
        found = granted(PROSTATE)
        as_officer(window_officer).post(url(found, "report_stop"), {
            "happened_on": "2025-11-03", "reason": "前列腺手术记录",
        })
        case = Ending.objects.get()
        client = as_officer(supervisor)
        assert "自 2025-11-04 起终止" in read(client.get(url(case, "confirm_stop"))).text
        client.post(url(case, "confirm_stop"), {"version": case.version})

        found.refresh_from_db()
        assert found.ended_on == date(2025, 11, 4)

    def test_is_reported_by_the_hospital_too(self, as_officer, clerk, granted):
        found = granted(PROSTATE)
        as_officer(clerk).post(url(found, "report_stop"), {"happened_on": "2025-11-03", "reason": "手术记录"})

        assert Ending.objects.get().status == "reported"
        found.refresh_from_db()
        assert found.ended_on is None


class TestARecognition:
    ADD = "admin:chronic_recognition_add"

    def sent(self, person, **more):
        return {
            "person": person.pk, "kind": "province", "unit": f"{HYPERTENSION} 高血压", "certified_on": "2025-06-01",
            "former_place": "成都市", "former_no": "CD-1", "_apply": "1", **more,
        }

    def test_is_registered_by_one_and_confirmed_by_another(
        self, as_officer, window_officer, confirmer, hospital, patient,
    ):
        """BZ-CHR-16.2."""
        as_officer(window_officer).post(reverse(self.ADD), self.sent(patient))
        case = Recognition.objects.get()
        as_officer(confirmer).post(url(case, "recognise"), {"version": case.version})

        made = Entitlement.objects.get()
        assert (made.origin, made.certified_on) == ("recognition", date(2025, 6, 1))

    def test_from_elsewhere_asks_for_the_local_criteria(self, as_officer, window_officer, hospital, patient):
        """BZ-CHR-16.1."""
        sent = self.sent(patient, kind="country")
        del sent["_apply"]
        page = as_officer(window_officer).post(reverse(self.ADD), sent)

        assert page.context["row"]["part"].unit.code == HYPERTENSION
        assert not Recognition.objects.exists()

    def test_without_the_former_number_says_so(self, as_officer, window_officer, hospital, patient):
        page = as_officer(window_officer).post(reverse(self.ADD), self.sent(patient, former_no=""))

        assert "请填写原认定地和原认定凭证号" in read(page).text
        assert not Recognition.objects.exists()


class TestTheNumberOfQueries:
    @pytest.mark.parametrize("screen", ["spotcheck", "ending"])
    def test_of_a_list_does_not_depend_on_its_rows(self, screen, as_officer, checker, entered, confirmer, at,
                                                   window_officer):
        case = entered(HYPERTENSION, TUBERCULOSIS, PROSTATE)
        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)
        rows = list(Entitlement.objects.order_by("pk"))
        client = as_officer(checker)
        costs = []
        for row in rows:
            chronic.open_check(entitlement_id=row.pk, by=checker, at=at)
            chronic.end_voluntarily(entitlement_id=row.pk, reason="", by=window_officer, at=at)
            costs.append(cost(client, reverse(f"admin:chronic_{screen}_changelist")))

        assert costs[0] == costs[1] == costs[2] <= 15


def _group(name: str):
    from django.contrib.auth.models import Group

    return Group.objects.filter(name=name)
