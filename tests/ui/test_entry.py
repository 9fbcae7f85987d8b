"""Registration, entry and trial: told at once what is missing, errors next to their fields, nothing typed is lost."""
import pytest
from django.urls import reverse

from casework.models import AuditEntry
from claims.models import Accumulator, BillLine, Claim, LedgerEntry, Settlement, Visit
from tests.claims.conftest import LEVEL3, TOWNSHIP
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

ADD, CHECK, TRIAL = "admin:claims_claim_add", "admin:claims_claim_check", "admin:claims_claim_trial"


def heading(number: int = 0, **given) -> dict:
    """What the browser sends of one stay."""
    row = {
        "benefit": "inpatient", "institution": f"{TOWNSHIP} 巴州区大和乡卫生院", "admitted_on": "2025-03-01",
        "discharged_on": "2025-03-08",
        "diagnosis": "肺炎", "invoice_no": f"00{number}", "referred": "on", **given,
    }
    return {f"stay-{number}-{name}": value for name, value in row.items()}


def formset(prefix: str, total: int) -> dict:
    return {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": 0}


@pytest.fixture
def registration(resident, hospitals):
    def make(**given) -> dict:
        return {
            "person": resident.pk, "reason": "03", "applied_on": "2025-11-03", **formset("stay", 1), **heading(),
            "received": ["1", "2"], **given,
        }

    return make


@pytest.fixture
def registered(take, resident, stay):
    return take(resident, stay("2025-03-01", "2025-03-08", hospital=TOWNSHIP), to="registered")


def entry(claim: Claim, *lines: dict, **given) -> dict:
    head = heading(total="4500", **{name.removeprefix("stay_"): value for name, value in given.items()})
    rows = {
        f"stay-0-lines-{number}-{name}": value for number, line in enumerate(lines) for name, value in line.items()
    }
    return {
        "version": claim.version, **formset("stay", 1), **formset("stay-0-lines", len(lines)), **head, **rows,
        "_save": "1",
    }


class TestRegistration:
    def test_makes_a_claim_with_the_papers_that_came(self, as_officer, window_officer, registration):
        answer = as_officer(window_officer).post(reverse(ADD), registration())

        claim = Claim.objects.get()
        assert answer.url == reverse("admin:claims_claim_change", args=[claim.pk])
        assert set(claim.materials.values_list("kind", flat=True)) == {"1", "2"}
        assert claim.visits.get().institution.code == TOWNSHIP

    def test_says_while_being_filled_in_what_is_missing_and_who_is_covered(
        self, as_officer, window_officer, registration,
    ):
        answer = as_officer(window_officer).post(reverse(CHECK), registration())
        text = read(answer).text

        assert "城乡居民医保" in text
        assert text.count("已收") == 2
        assert "还缺" in text
        assert not Claim.objects.exists()

    def test_says_when_the_person_is_not_covered(self, as_officer, window_officer, registration):
        given = registration(**heading(admitted_on="2023-03-01", discharged_on="2023-03-08"))
        text = read(as_officer(window_officer).post(reverse(CHECK), given)).text

        assert "未参保" in text
        assert "不能结算" in text

    def test_keeps_what_was_typed_and_puts_the_error_next_to_its_field(self, as_officer, window_officer, registration):
        given = registration(phone="13800001111", **heading(admitted_on="2025年3月1日", diagnosis="急性阑尾炎"))
        page = as_officer(window_officer).post(reverse(ADD), given)
        html = page.content.decode()

        assert page.status_code == 200
        assert page.context["stays"].forms[0].errors.keys() == {"admitted_on"}
        assert 'value="急性阑尾炎"' in html
        assert 'value="13800001111"' in html
        assert not Claim.objects.exists()

    def test_shows_the_service_s_refusal_and_writes_nothing(self, as_officer, window_officer, registration, registered):
        invoice = registered.visits.get().invoice_no
        before = AuditEntry.objects.count()
        again = heading(admitted_on="2025-05-01", discharged_on="2025-05-02", invoice_no=invoice)
        page = as_officer(window_officer).post(reverse(ADD), registration(**again))

        assert "已登记报销" in read(page).text
        assert (Claim.objects.count(), AuditEntry.objects.count()) == (1, before)

    def test_takes_back_the_claim_when_a_paper_is_refused(self, as_officer, window_officer, registration):
        page = as_officer(window_officer).post(reverse(ADD), registration(received=["1", "777"]))

        assert "不在本件的材料清单内" in read(page).text
        assert not Claim.objects.exists()

    def test_suggests_hospitals_by_name_and_code(self, as_officer, window_officer, hospitals):
        client = as_officer(window_officer)
        for word in ("大和乡", TOWNSHIP[:11]):
            names = client.get(reverse("admin:claims_claim_institutions"), {"q": word}).json()["names"]
            assert f"{TOWNSHIP} 巴州区大和乡卫生院" in names

    def test_is_not_for_a_reviewer(self, as_officer, reviewer, registration):
        assert as_officer(reviewer).get(reverse(ADD)).status_code == 403
        assert as_officer(reviewer).post(reverse(ADD), registration()).status_code == 403
        assert not Claim.objects.exists()


class TestEntry:
    def test_takes_lines_and_goes_on_to_settlement(self, as_officer, window_officer, registered):
        answer = as_officer(window_officer).post(
            reverse("admin:claims_claim_entry", args=[registered.pk]),
            entry(registered, {"line_class": "A", "name": "西药费", "amount": "4200"},
                  {"line_class": "C", "name": "特需床位费", "amount": "300"}, {"line_class": "A", "amount": ""}),
        )

        assert answer.status_code == 302
        assert Claim.objects.get().status == "entered"
        assert list(BillLine.objects.values_list("name", flat=True)) == ["西药费", "特需床位费"]

    def test_takes_sums_where_there_are_no_lines(self, as_officer, window_officer, registered):
        as_officer(window_officer).post(
            reverse("admin:claims_claim_entry", args=[registered.pk]), entry(registered, stay_own_expense="300"),
        )

        visit = Visit.objects.get(voided=False)
        assert (visit.mode, str(visit.total), str(visit.own_expense)) == ("sums", "4500.00", "300.00")

    @pytest.mark.parametrize(
        ("line", "field"),
        [({"line_class": "A", "amount": "1,234.50"}, "amount"),
         ({"line_class": "A", "amount": "\uff11\uff12"}, "amount"),
         ({"line_class": "A", "amount": "12.345"}, "amount"), ({"line_class": "A", "amount": "-1"}, "amount"),
         ({"line_class": "A", "amount": "1e5"}, "amount"), ({"line_class": "B", "amount": "9", "rate": "10%"}, "rate"),
         ({"line_class": "A", "amount": "9", "deducted": "10", "deduction_reason": "x"}, "deducted"),
         ({"line_class": "A", "amount": "9", "deducted": "1"}, "deduction_reason")],
    )
    def test_marks_the_field_that_is_wrong_and_keeps_the_rest(
        self, line, field, as_officer, window_officer, registered,
    ):
        page = as_officer(window_officer).post(
            reverse("admin:claims_claim_entry", args=[registered.pk]), entry(registered, {"name": "西药费", **line}),
        )

        assert page.status_code == 200
        assert page.context["entries"][0]["lines"].errors[0].keys() == {field}
        assert 'value="西药费"' in page.content.decode()
        assert Claim.objects.get().status == "registered"

    def test_leaves_the_sum_to_the_service_and_keeps_every_line(self, as_officer, window_officer, registered):
        page = as_officer(window_officer).post(
            reverse("admin:claims_claim_entry", args=[registered.pk]),
            entry(registered, {"line_class": "A", "name": "西药费", "amount": "4499.99"}),
        )

        assert "相差0.01元" in read(page).text
        assert 'value="4499.99"' in page.content.decode()
        assert not BillLine.objects.exists()

    def test_adds_a_stay_without_judging_or_losing_anything(self, as_officer, window_officer, registered):
        given = entry(registered, {"line_class": "A", "name": "西药费", "amount": "未填"})
        given.pop("_save")
        page = as_officer(window_officer).post(
            reverse("admin:claims_claim_entry", args=[registered.pk]), {**given, "_add_stay": "1"}
        )

        assert len(page.context["entries"]) == 2
        assert 'value="西药费"' in page.content.decode()
        assert 'value="未填"' in page.content.decode()
        assert Claim.objects.get().status == "registered"

    def test_of_a_stale_page_is_refused(self, as_officer, window_officer, registered):
        url = reverse("admin:claims_claim_entry", args=[registered.pk])
        client, given = as_officer(window_officer), entry(registered, {"line_class": "A", "amount": "4500"})
        client.post(url, given)
        page = client.post(url, given)

        assert "案件已有变动" in read(page).text
        assert Visit.objects.filter(voided=False).count() == 1

    def test_shows_again_what_was_entered(self, as_officer, window_officer, registered):
        url = reverse("admin:claims_claim_entry", args=[registered.pk])
        client = as_officer(window_officer)
        client.post(url, entry(registered, {"line_class": "B", "name": "检查费", "amount": "4500", "rate": "0.1"}))
        html = client.get(url).content.decode()

        for value in ("4500.00", "检查费", "0.1", "2025-03-01"):
            assert f'value="{value}"' in html

    def test_is_not_open_once_settled(self, as_officer, window_officer, take, resident, stay):
        claim = take(resident, stay("2025-03-01", "2025-03-08", total="4500"))
        answer = as_officer(window_officer).get(reverse("admin:claims_claim_entry", args=[claim.pk]), follow=True)

        assert "不能录入明细" in read(answer).text


class TestATrial:
    def ask(self, client, person, **given):
        sent = {
            "person": person.pk, **formset("stay", 1), **formset("stay-0-lines", 0),
            **heading(institution=LEVEL3, total="100000", **given.pop("stay", {})), **given,
        }
        return client.post(reverse(TRIAL), sent)

    def test_answers_with_the_steps_and_stores_nothing(self, as_officer, window_officer, resident, hospitals):
        client = as_officer(window_officer)
        page = read(self.ask(client, resident)).text

        assert "试算结果（未存档）" in page
        assert "59,580.00" in page
        assert "第三章第11问" in page
        stored = (Claim, Visit, Settlement, LedgerEntry, Accumulator)
        assert [model.objects.count() for model in stored] == [0] * len(stored)

    def test_supposes_an_identity_that_the_person_has_not(self, as_officer, window_officer, resident, hospitals):
        text = read(self.ask(as_officer(window_officer), resident, identity="minimum_allowance")).text

        for amount in ("59,580.00", "21,577.40", "13,189.82"):
            assert amount in text
        assert not resident.identities.exists()

    def test_says_what_is_wrong_with_its_facts(self, as_officer, window_officer, resident, hospitals):
        page = self.ask(as_officer(window_officer), resident, stay={"discharged_on": "2025-02-01"})

        assert "出院日期早于入院日期" in read(page).text
        assert "试算结果" not in read(page).text

    def test_is_for_those_who_may_try(self, as_officer, auditor):
        assert as_officer(auditor).get(reverse(TRIAL)).status_code == 403
