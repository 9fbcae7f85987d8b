"""What a returned list does beyond the register (BZ-REL-9.2): premiums are subsidised, settled bills are looked at."""

from decimal import Decimal

import pytest

from enrollment import services as enrollment
from relief.models import Reconsideration
from relief.services.subsidies import subsidies, subsidised_residents
from tests.relief.city import *  # noqa: F403
from tests.relief.city import deliver
from tests.relief.exchange import *  # noqa: F403
from tests.relief.exchange import NOVEMBER, OCTOBER
from tests.relief.test_exchange_returns import bring, line, release  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


@pytest.fixture
def billed(person, take, stay):
    """A resident with a decided bill of September and no identity."""
    found = person("张三")
    take(found, stay("2025-09-01", "2025-09-10", total="60000.00", own_expense="0.00", first_self_pay="0.00"),
         to="approved", moment=OCTOBER)
    return found


def subsidised(year: int, by) -> list[tuple[str, str]]:
    return [(row.person.name, row.status) for row in subsidies(list(subsidised_residents(year, by)))]


class TestAGrant:
    def test_opens_the_year_of_a_person_whose_bills_were_settled_before(self, billed, bring, release):  # noqa: F811
        """BZ-REL-5.5: the bills of the year are settled again, after an officer has looked at them."""
        release(bring(line(billed, starts_on="2025-08-01")))
        deliver("enrollment.")

        found = Reconsideration.objects.get()
        assert (found.person, found.year, found.status) == (billed, 2025, "found")

    def test_of_a_day_after_the_bills_and_without_effect_on_them_opens_nothing(self, person, bring, release):  # noqa: F811
        release(bring(line(person("李四"))))
        deliver("enrollment.")
        assert not Reconsideration.objects.exists()

    def test_has_the_premium_subsidised(self, person, bring, release, city_window):  # noqa: F811
        one = person("李四")
        assert subsidised(2026, city_window) == []
        release(bring(line(one)))
        assert subsidised(2026, city_window) == [("李四", "unpaid")]

        paid = enrollment.pay_resident_year(
            person_id=one.pk, year=2026, paid_on=NOVEMBER.date(), source="counter", source_no="P1", by=city_window,
            at=NOVEMBER,
        )
        assert paid is not None
        assert subsidies(list(subsidised_residents(2026, city_window)))[0].subsidy > Decimal(0)


class TestAnEnd:
    def test_takes_the_person_off_the_next_years_subsidies(self, person, bring, release, city_window):  # noqa: F811
        one = person("李四", identity="minimum_allowance")
        release(bring(line(one, "终止", "低保对象", "", "2025-11-30")))
        assert subsidised(2026, city_window) == []
        assert subsidised(2025, city_window) == [("李四", "unpaid")]

    def test_before_bills_that_relief_paid_opens_their_year(self, person, take, stay, bring, release):  # noqa: F811
        """BZ-REL-5.10: what was paid by an identity that had ended is for an officer to look at."""
        one = person("李四", identity="minimum_allowance")
        take(one, stay("2025-09-01", "2025-09-10", total="60000.00", own_expense="0.00", first_self_pay="0.00"),
             to="approved", moment=OCTOBER)
        release(bring(line(one, "终止", "低保对象", "", "2025-08-31")))
        deliver("enrollment.")
        assert Reconsideration.objects.get().person == one
