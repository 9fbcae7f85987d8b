"""What an institution owes after a spot check (CQ-10.2), as officers see and decide it."""

import pytest
from django.urls import reverse

from claims.models import Adjustment
from tests.claims.checked import *  # noqa: F403  (fixtures)
from tests.claims.conftest import LEVEL3
from tests.ui.reading import read

pytestmark = pytest.mark.django_db


def url(page: str, *args) -> str:
    return reverse(f"admin:claims_adjustment_{page}", args=args)


@pytest.fixture
def owed(take, resident, certified, bill, cancelled) -> Adjustment:
    held = certified(resident)
    take(resident, bill("2025-05-10"), to="approved")
    cancelled(held)
    return Adjustment.objects.get()


class TestWhatAnInstitutionOwes:
    def test_is_listed_with_its_institution_and_source(self, as_officer, reviewer, owed, hospitals):
        page = read(as_officer(reviewer).get(url("changelist")))

        assert hospitals[LEVEL3].name in page.text
        assert owed.source_no in page.text
        assert page.english() == []

    def test_is_found_by_its_source(self, as_officer, reviewer, owed):
        assert owed.case_no in read(as_officer(reviewer).get(url("changelist"), {"q": owed.source_no})).text

    def test_shows_the_bills_it_is_made_of(self, as_officer, reviewer, owed, hospitals):
        page = as_officer(reviewer).get(url("change", owed.pk))
        text = read(page).text

        for words in (hospitals[LEVEL3].name, owed.source_no, "2025-05-10", "450.00", "0.00", "追回明细"):
            assert words in text
        assert f"/chronic/spotcheck/{page.context['row'].spot_check}/" in page.content.decode()
        assert read(page).english() == []

    def test_masks_the_name_from_who_may_not_see_it(self, as_officer, reviewer, owed, resident, monkeypatch):
        assert resident.name in read(as_officer(reviewer).get(url("change", owed.pk))).text
        may = type(reviewer).may
        blind = lambda self, name: name != "enrollment.see_names" and may(self, name)  # noqa: E731
        monkeypatch.setattr(type(reviewer), "may", blind)

        text = read(as_officer(reviewer).get(url("change", owed.pk))).text
        assert resident.name not in text
        assert resident.masked_name in text

    def test_is_not_another_countys(self, as_officer, neighbour, owed):
        assert owed.case_no not in read(as_officer(neighbour).get(url("changelist"))).text

    def test_asks_for_the_institution_not_the_insured(self, as_officer, reviewer, approver, owed, hospitals):
        as_officer(reviewer).post(url("review", owed.pk), {"version": owed.version})
        page = read(as_officer(approver).get(url("approve", owed.pk)))
        assert f"通知{hospitals[LEVEL3].name}退回" in page.text

    def test_is_reckoned_again_once_dropped(self, as_officer, approver, owed):
        client = as_officer(approver)
        assert "重新核算" not in read(client.get(url("change", owed.pk))).text
        client.post(url("drop", owed.pk), {"version": owed.version, "note": "结算有变"})
        assert "重新核算" in read(client.get(url("change", owed.pk))).text

        owed.refresh_from_db()
        client.post(url("reckon_again", owed.pk), {"version": owed.version})

        assert [row.status for row in Adjustment.objects.order_by("pk")] == ["dropped", "proposed"]
        assert url("reckon_again", owed.pk) not in client.get(url("change", owed.pk)).content.decode()
