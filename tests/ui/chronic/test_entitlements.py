"""Entitlements on screen: the list as a review calendar, the page with its days, its end, the person's tab."""
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from chronic import services as chronic
from chronic.models import Entitlement
from tests.chronic.conftest import HYPERTENSION, TUBERCULOSIS, claimed
from tests.ui.reading import read

pytestmark = pytest.mark.django_db

LIST = "admin:chronic_entitlement_changelist"


def url(row, name="change"):
    return reverse(f"admin:chronic_entitlement_{name}", args=[row.pk])


def on(day: str):
    return time_machine.travel(datetime.fromisoformat(day).replace(hour=9, tzinfo=ZoneInfo("Asia/Shanghai")))


class TestTheReviewCalendar:
    """BZ-AMB-29: the certificate of 3 November 2025 is to be reviewed by 3 November 2026."""

    @pytest.mark.parametrize(("day", "tabs"), [
        ("2026-09-03", set()),
        ("2026-09-04", {"due60"}),
        ("2026-10-03", {"due60"}),
        ("2026-10-04", {"due60", "due30"}),
        ("2026-11-03", {"due60", "due30"}),
        ("2026-11-04", {"overdue"}),
    ])
    def test_has_a_tab_for_sixty_and_for_thirty_days(self, day, tabs, as_officer, confirmer, granted):
        found = granted(TUBERCULOSIS)
        with on(day):
            client = as_officer(confirmer)
            shown = {
                tab for tab in ("due60", "due30", "overdue")
                if found.person.masked_id in read(client.get(reverse(LIST), {"tab": tab})).text
            }
            page = client.get(reverse(LIST))

        assert shown == tabs
        assert {tab["key"] for tab in page.context["tabs"] if tab["count"]} == tabs

    def test_says_what_is_suspended_for_want_of_a_review(self, as_officer, confirmer, granted):
        granted(TUBERCULOSIS)
        with on("2026-11-04"):
            text = read(as_officer(confirmer).get(reverse(LIST))).text

        assert "逾期未复审，暂停" in text
        assert "逾期 1 天" in text

    def test_leaves_out_what_is_never_reviewed(self, as_officer, confirmer, granted):
        found = granted(HYPERTENSION)
        with on("2030-01-01"):
            text = read(as_officer(confirmer).get(reverse(LIST), {"tab": "overdue"})).text

        assert found.person.masked_id not in text


class TestTheList:
    def test_masks_names_and_numbers(self, as_officer, confirmer, granted):
        found = granted()
        html = as_officer(confirmer).get(reverse(LIST)).content.decode()

        assert found.person.id_no not in html
        assert found.person.name not in html

    def test_is_empty_for_another_county(self, as_officer, neighbour, granted):
        found = granted()
        for query in ({}, {"q": found.person.id_no}, {"q": "高血压"}, {"tab": "all"}):
            text = read(as_officer(neighbour).get(reverse(LIST), query)).text
            assert found.person.masked_id not in text

    @pytest.mark.parametrize("query", [{"q": "高血压"}, {"category": "chronic"}, {"county": "511902"}, {"tab": "all"}])
    def test_finds_by_disease_category_and_county(self, query, as_officer, confirmer, granted):
        found = granted()

        assert found.person.masked_id in read(as_officer(confirmer).get(reverse(LIST), query)).text


class TestTheEnd:
    def test_names_its_consequence(self, as_officer, supervisor, granted):
        text = read(as_officer(supervisor).get(url(granted(), "cut"))).text

        assert "自所填日期起不再享受" in text
        assert "不能撤销" in text

    def test_ends_the_benefit_from_a_day_on(self, as_officer, supervisor, granted):
        found = granted()
        as_officer(supervisor).post(url(found, "cut"), {"from_day": "2025-12-01", "reason": "抽查不符合标准"})

        found.refresh_from_db()
        assert (found.ended_on, found.end_reason) == (date(2025, 12, 1), "抽查不符合标准")
        text = read(as_officer(supervisor).get(url(found))).text
        assert "2025-11-03" in text
        assert "2025-11-30" in text
        assert "抽查不符合标准" in text

    def test_is_not_offered_to_who_may_not(self, as_officer, confirmer, granted):
        found = granted()
        client = as_officer(confirmer)

        assert "cut" not in {deed.name for deed in client.get(url(found)).context["deeds"]}
        assert client.post(url(found, "cut"), {"from_day": "2025-12-01", "reason": "试"}).status_code == 403
        assert Entitlement.objects.get().ended_on is None

    def test_of_another_county_s_is_gone(self, as_officer, neighbour, granted):
        found = granted()
        client = as_officer(neighbour)

        assert client.get(url(found)).status_code == 302
        assert client.post(url(found, "cut"), {"from_day": "2025-12-01", "reason": "试"}).status_code in {403, 404}
        assert Entitlement.objects.get().ended_on is None


class TestThePersonsPage:
    def test_has_a_tab_with_entitlements_and_applications(self, as_officer, confirmer, granted, patient):
        found = granted()
        page = as_officer(confirmer).get(reverse("admin:enrollment_person_change", args=[patient.pk]))
        html, text = page.content.decode(), read(page).text

        assert 'id="chronic"' in html
        assert found.unit_name in text
        assert found.item.certification.case_no in text

    def test_draws_a_lane_for_each_entitlement(self, as_officer, confirmer, entered, patient, at):
        case = entered(claimed(HYPERTENSION), claimed(TUBERCULOSIS))
        chronic.confirm(certification_id=case.pk, by=confirmer, at=at)
        html = as_officer(confirmer).get(reverse("admin:enrollment_person_change", args=[patient.pk])).content.decode()

        assert html.count('class="ch-granted"') == 2

    def test_has_no_such_tab_for_who_may_not_see_entitlements(self, as_officer, granted, confirmer, patient):
        granted()
        confirmer.groups.get().permissions.remove(*confirmer.groups.get().permissions.filter(
            codename="view_entitlement"
        ))
        html = as_officer(confirmer).get(reverse("admin:enrollment_person_change", args=[patient.pk])).content.decode()

        assert 'id="chronic"' not in html
