"""Every page that a role is offered opens, in Chinese; what it is not offered stays shut."""
import pytest
from django.contrib import admin
from django.urls import reverse

from claims import services as claims
from tests.people import make_officer
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

ROLES = ["窗口经办", "初审", "复核", "拨付", "主管", "审计", "系统管理"]
STATES = ["registered", "entered", "settled", "reviewed", "approved"]
TECHNICAL = {"/casework/outboxmessage/", "/casework/job/", "/casework/packrelease/", "/chronic/apiclient/"}
"""Topics, jobs, digests and ways of signing: codes for those who look after the system, not words for the desk."""


@pytest.fixture
def cases(take, person, stay, pay):
    """One claim in each state of its way, one closed, one waiting for papers, one refused."""
    made = {}
    for number, state in enumerate([*STATES, "closed"]):
        given = stay(f"2025-03-0{number + 1}", f"2025-03-1{number + 1}", total="4500", own_expense="300")
        made[state] = take(person(f"张三{number}"), given, to="approved" if state == "closed" else state)
    made["closed"] = pay(made["closed"])
    return made


class TestEachRole:
    @pytest.mark.parametrize("role", ROLES)
    def test_opens_every_page_that_its_side_column_offers(self, role, client, cases):
        client.force_login(make_officer(role, "R001"))
        start = read(client.get("/"))
        offered = sorted({link for link in start.links if link.startswith("/") and "?" not in link})

        assert "/" in offered
        for link in offered:
            page = client.get(link)
            assert page.status_code == 200, link
            assert [word for word in read(page).english() if link not in TECHNICAL] == [], link

    @pytest.mark.parametrize("role", ROLES)
    def test_is_kept_out_of_the_lists_it_is_not_offered(self, role, client, db):
        officer = make_officer(role, "R001")
        client.force_login(officer)
        offered = read(client.get("/")).links
        names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]

        for name in names:
            url = reverse(f"admin:{name}_changelist")
            if url not in offered:
                assert client.get(url).status_code in {200, 403}, url
                if client.get(url).status_code == 200:
                    app, model = name.split("_", 1)
                    assert officer.has_perm(f"{app}.view_{model}"), url

    @pytest.mark.parametrize("role", ["窗口经办", "初审", "复核", "拨付", "主管", "审计"])
    def test_reads_a_case_in_every_state(self, role, client, cases):
        client.force_login(make_officer(role, "R001"))
        for state, claim in cases.items():
            page = client.get(reverse("admin:claims_claim_change", args=[claim.pk]))
            assert page.status_code == 200, state
            assert claim.case_no in read(page).text
            assert read(page).english() == [], state

    def test_without_the_permission_meets_a_page_in_chinese(self, client, auditor, administrator):
        client.force_login(administrator)
        answer = client.get(reverse("admin:claims_claim_changelist"))

        assert answer.status_code == 403
        assert "没有办理这一步的权限" in answer.content.decode()


class TestTheStartPage:
    def test_shows_the_queue_with_its_counts(self, as_officer, window_officer, reviewer, cases):
        text = read(as_officer(reviewer).get("/")).text

        assert cases["settled"].case_no in text
        assert cases["entered"].case_no not in text

    def test_narrows_to_what_was_returned(self, as_officer, window_officer, reviewer, cases, at):
        claims.send_back(claim_id=cases["settled"].pk, to="registered", reason="票据不清", by=reviewer, at=at)
        text = read(as_officer(window_officer).get("/", {"only": "returned"})).text

        assert cases["settled"].case_no in text
        assert "被退回" in text
        assert cases["registered"].case_no not in text

    def test_sends_a_stranger_to_the_sign_in_page(self, client, db):
        answer = client.get("/", follow=True)

        assert "经办人员登录" in read(answer).text
        assert read(answer).english() == []


class TestTheWorklist:
    def test_has_a_tab_per_step_with_its_number(self, as_officer, window_officer, cases):
        client = as_officer(window_officer)
        page = client.get(reverse("admin:claims_claim_changelist"), {"tab": "settled"})

        assert cases["settled"].case_no in read(page).text
        assert cases["entered"].case_no not in read(page).text
        counts = {tab["key"]: tab["count"] for tab in page.context["tabs"]}
        assert counts == {
            "mine": 2, "registered": 1, "supplement": 0, "entered": 1, "settled": 1, "reviewed": 1, "approved": 1,
            "paying": 0, "closed": None, "ended": None, "": None,
        }

    @pytest.mark.parametrize("word", ["张三2", "zs", "1234", "case_no", "id_no"])
    def test_finds_a_claim_by_what_officers_type(self, word, as_officer, window_officer, cases):
        claim = cases["settled"]
        given = {"case_no": claim.case_no, "id_no": claim.person.id_no}.get(word, word)
        page = as_officer(window_officer).get(reverse("admin:claims_claim_changelist"), {"q": given})

        assert claim.case_no in read(page).text

    def test_masks_names_and_numbers(self, as_officer, window_officer, cases):
        html = as_officer(window_officer).get(reverse("admin:claims_claim_changelist")).content.decode()

        for claim in cases.values():
            assert claim.person.id_no not in html
            assert claim.person.name not in html
            assert "13800001234" not in html

    @pytest.mark.parametrize(
        ("query", "found"),
        [({"benefit": "inpatient"}, True), ({"benefit": "chronic"}, False), ({"amount": "1"}, True),
         ({"amount": "4"}, False), ({"county": "511902"}, True), ({"late": "overdue"}, False)],
    )
    def test_filters_by_amount_county_and_limit(self, query, found, as_officer, window_officer, cases):
        page = as_officer(window_officer).get(reverse("admin:claims_claim_changelist"), query)

        assert (cases["settled"].case_no in read(page).text) is found

    def test_offers_no_county_outside_the_jurisdiction(self, as_officer, window_officer, cases):
        text = read(as_officer(window_officer).get(reverse("admin:claims_claim_changelist"))).text

        assert "巴州区" in text
        assert "恩阳区" not in text
