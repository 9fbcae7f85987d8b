"""A page costs the same number of queries, whatever it shows."""
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from claims import services as claims
from claims.services import Line
from tests.claims.conftest import LEVEL3

pytestmark = pytest.mark.django_db


def cost(client, url: str, **query) -> int:
    client.get(url, query)  # the first page of a session also writes the session
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url, query).status_code == 200
    return len(queries)


def lines(number: int) -> list[Line]:
    return [Line(line_class="A", name=f"项目{count}", amount="100") for count in range(number)]


class TestTheNumberOfQueries:
    @pytest.mark.parametrize(
        "screen", ["admin:index", "admin:claims_claim_changelist", "admin:claims_payment_changelist",
                 "admin:claims_paymentbatch_changelist"],
    )
    def test_of_a_list_does_not_depend_on_its_rows(self, screen, as_officer, cashier, take, person, stay):
        client = as_officer(cashier)
        take(person("张三0"), stay("2025-03-01", "2025-03-08", total="900"), to="approved")
        one = cost(client, reverse(screen))
        for number in range(1, 5):
            take(person(f"张三{number}"), stay("2025-03-01", "2025-03-08", total="900"), to="approved")

        assert cost(client, reverse(screen)) == one <= 20

    def test_of_a_case_does_not_depend_on_stays_lines_or_acts(
        self, as_officer, reviewer, window_officer, take, person, stay, at,
    ):
        client = as_officer(reviewer)
        small = take(person("张三0"), stay("2025-03-01", "2025-03-08", total="100", lines=lines(1)))
        large = take(
            person("张三1"),
            *(stay(f"2025-0{month}-01", f"2025-0{month}-08", total="2000", hospital=LEVEL3, lines=lines(20))
              for month in (3, 4, 5)),
        )
        for kind in ("1", "2", "3"):
            claims.receive_material(claim_id=large.pk, kind=kind, by=window_officer, at=at)
        costs = [cost(client, reverse("admin:claims_claim_change", args=[claim.pk])) for claim in (small, large)]

        assert costs[0] == costs[1] <= 45

    def test_of_the_entry_page_does_not_depend_on_its_lines(self, as_officer, window_officer, take, person, stay):
        client = as_officer(window_officer)
        small = take(person("张三0"), stay("2025-03-01", "2025-03-08", total="100", lines=lines(1)), to="entered")
        large = take(person("张三1"), stay("2025-03-01", "2025-03-08", total="3000", lines=lines(30)), to="entered")
        costs = [cost(client, reverse("admin:claims_claim_entry", args=[claim.pk])) for claim in (small, large)]

        assert costs[0] == costs[1] <= 20

    def test_of_the_statement_does_not_depend_on_its_stays(self, as_officer, reviewer, take, person, stay):
        client = as_officer(reviewer)
        small = take(person("张三0"), stay("2025-03-01", "2025-03-08", total="100"))
        large = take(person("张三1"), *(stay(f"2025-0{m}-01", f"2025-0{m}-08", total="2000") for m in (3, 4, 5, 6)))
        pages = [reverse("admin:claims_claim_statement", args=[claim.pk, "html"]) for claim in (small, large)]
        costs = [cost(client, page) for page in pages]

        assert costs[0] == costs[1] <= 35
