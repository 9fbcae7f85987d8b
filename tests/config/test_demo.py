"""The synthetic city: the same everywhere, of numbers that belong to nobody, and obeying the rules."""
from datetime import date
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import call_command

from casework.models import AuditEntry, Officer
from claims.models import Claim
from claims.workflow import ClaimStatus
from config.demo import city, officers
from config.demo import exchange as exchange_demo
from config.demo.numbers import account, citizen_number, credit_code, phone
from config.demo.people import LAST_DAY, citizens
from enrollment.models import HardshipIdentity, Institution, Person
from policy import idnumber
from relief.models import Push, PushDelivery, PushReply, ReturnList
from relief.services import exchange
from relief.services.exchange import broken_exchange
from tests.relief.exchange import stand_in  # noqa: F401  (fixture)

FIGURES = Path(__file__).resolve().parents[2] / "config/demo/data/figures-of-2026.yaml"


class TestNumbers:
    def test_have_good_check_digits(self):
        number = citizen_number("511902", date(1990, 1, 1), 901)

        assert idnumber.check(number) == number
        assert idnumber.check_credit_code(credit_code("511902", 7))
        assert idnumber.luhn_ok(account(7))

    def test_lie_in_ranges_that_nobody_is_given(self):
        people = list(citizens(300))

        assert all(int(person.id_no[14:17]) >= 900 for person in people)
        assert phone(7) == "15400000007"
        assert account(7).startswith("620000")


class TestCitizens:
    def test_are_the_same_for_the_same_seed(self):
        assert list(citizens(200)) == list(citizens(200))
        assert list(citizens(200)) != list(citizens(200, seed=1))

    def test_do_not_change_when_the_city_grows(self):
        assert list(citizens(100)) == list(citizens(300))[:100]

    def test_have_different_numbers(self):
        assert len({person.id_no for person in citizens(2000)}) == 2000

    def test_are_never_insured_twice_on_a_day_nor_before_birth(self):
        for person in citizens(2000):
            assert all(period.starts_on >= person.born for period in person.periods)
            assert all(before.ends_on <= after.starts_on for before, after in pairwise(person.periods))

    def test_have_no_history_after_the_last_day(self):
        for person in citizens(2000):
            days = [fact.starts_on for facts in (person.periods, person.tags, person.hardships, person.filings)
                    for fact in facts]
            assert max([*days, person.died_on or person.born]) <= LAST_DAY


@pytest.mark.django_db
class TestTheCity:
    def test_has_an_officer_for_every_desk_of_every_office(self):
        city.build(0)

        for key, (region_code, _) in officers.OFFICES.items():
            desks = Officer.objects.filter(username__startswith=f"{key}.", region_code=region_code)
            held = set(desks.values_list("groups__name", flat=True))
            assert {"窗口经办", "初审", "复核", "拨付", "主管"} <= held
        assert Officer.objects.filter(groups__name="审计", region_code="511900").exists()

    def test_has_the_certifying_hospitals_and_pharmacies_of_the_rulebook(self):
        city.build(0)

        certifying = ["巴中市中心医院", "巴中市二医院", "四川友好医院", "通江县新区医院", "平昌县第二人民医院"]
        assert Institution.objects.filter(name__in=certifying).count() == len(certifying)
        assert Institution.objects.filter(kind=Institution.Kind.PHARMACY).count() == 8
        assert Institution.objects.get(name="巴州区清江镇中心卫生院").benefit_level == "township"

    def test_is_completed_where_it_was_interrupted(self):
        city.build(10)

        assert city.build(25).persons_added == 15
        assert city.build(25).persons_added == 0
        assert Person.objects.count() == 25

    def test_shows_no_full_number_in_the_audit_trail(self):
        city.build(25)

        written = " ".join(str(entry.detail) + entry.note for entry in AuditEntry.objects.all())
        people = Person.objects.all()
        assert not [person.pk for person in people if person.id_no in written]
        assert not [person.pk for person in people if person.bank_account and person.bank_account in written]


def acts():
    """What was done on the city's data. A hospital's key is shown once, so that each start makes another one."""
    return AuditEntry.objects.exclude(subject__startswith="institution:", case_no="")


@pytest.mark.django_db
class TestTheDemo:
    def test_fills_every_queue_tells_the_main_job_and_repeats_safely(self, settings, stand_in):  # noqa: F811
        settings.POLICY_OVERLAYS = {"bazhong": [str(FIGURES)]}
        authorities = stand_in("--recognise")
        first, second = StringIO(), StringIO()

        call_command("demo", persons=350, stdout=first)
        counted = Claim.objects.count(), acts().count()
        call_command("demo", persons=350, stdout=second)

        # A claim in the bank's hands and a failed payment are there as well; only one waiting state passes too quickly.
        assert set(Claim.objects.values_list("status", flat=True)) == set(ClaimStatus.values) - {"prechecked"}
        assert "基金支付3690.00，自付510.00，自费300.00" in first.getvalue()
        assert "被拒绝" in first.getvalue()
        assert (Claim.objects.count(), acts().count()) == counted
        assert "0 persons added" in second.getvalue()
        assert "基金支付3690.00" in second.getvalue()
        look_at_the_exchange(authorities.pull("/got"))

    def test_builds_the_last_list_where_nobody_takes_it(self, settings):
        settings.POLICY_OVERLAYS = {"bazhong": [str(FIGURES)]}
        exchange_demo.open_all(city.build(120))

        assert list(Push.objects.values_list("state", flat=True)) == ["built"]


def look_at_the_exchange(got: dict) -> None:
    """Two lists went over the wire and were answered row by row; one that came back has something to decide."""
    assert list(Push.objects.order_by("month").values_list("state", flat=True)) == ["approved", "approved", "built"]
    assert {one["taken"] for one in got.values()} == {2}
    assert set(PushDelivery.objects.values_list("state", "rows_pending")) == {("answered", 0)}
    assert PushReply.objects.filter(accepted=False, settled_by=None).count() == 2
    held = ReturnList.objects.get(state="held")
    assert "TRAILER_MISMATCH" in [why["code"] for why in held.held]
    assert set(held.lines.values_list("state", "code")) >= {
        ("matching", "NAME_MISMATCH"), ("matching", "PERSON_NOT_FOUND"), ("ready", ""),
    }
    unknown = held.lines.get(code="PERSON_NOT_FOUND")
    assert len(exchange.candidates([unknown], Officer.objects.get(username="city.lead"))[unknown.pk]) == 1
    assert HardshipIdentity.objects.filter(document_no__startswith="民函").exists()
    assert broken_exchange() == []
