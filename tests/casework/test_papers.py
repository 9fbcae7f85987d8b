"""Numbers, notices, kept rule packs, money, the bureau's day."""
import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from casework.clock import bureau_day
from casework.errors import Refused
from casework.fields import MoneyField
from casework.models import AuditEntry, Counter, Notice, PackRelease
from casework.services import issue_notice, keep_release, next_case_no

MARCH = date(2026, 3, 9)


@pytest.mark.django_db
class TestCaseNumbers:
    def test_count_by_matter_region_and_month(self):
        assert next_case_no("LX", "511902", MARCH) == "LX511902202603000001"
        assert next_case_no("LX", "511902", MARCH) == "LX511902202603000002"
        assert next_case_no("LX", "511921", MARCH) == "LX511921202603000001"
        assert next_case_no("LX", "511902", date(2026, 4, 1)) == "LX511902202604000001"

    def test_cost_one_query(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            next_case_no("LX", "511902", MARCH)


@pytest.mark.django_db(transaction=True)
class TestCaseNumbersAtTheSameMoment:
    def test_have_no_gap_and_no_double_though_some_roll_back(self, at_once):
        def take(fails: bool):
            with transaction.atomic():
                number = next_case_no("LX", "511902", MARCH)
                transaction.set_rollback(fails)
            return None if fails else number

        given = at_once(*[lambda fails=n % 2 == 0: take(fails) for n in range(6)])
        assert sorted(filter(None, given)) == [f"LX51190220260300000{n}" for n in (1, 2, 3)]
        assert Counter.objects.get().value == 3


@pytest.mark.django_db
class TestNotices:
    def issue(self, by, at, **extra):
        values = {
            "case_no": "ZZ1", "kind": "supplement", "title": "一次性告知书", "body": {"missing": ["费用清单"]},
            "region_code": "511902",
        }
        return issue_notice(by=by, at=at, **(values | extra))

    def test_are_numbered_by_office_and_year(self, clerk, reviewer, at):
        first, second = self.issue(clerk, at), self.issue(reviewer, at)
        third = self.issue(clerk, at.replace(year=2026))
        assert [made.number for made in (first, second, third)] == [
            "511902〔2025〕000001号", "511902〔2025〕000002号", "511902〔2026〕000001号",
        ]

    def test_stay_as_they_were_issued(self, clerk, at):
        made = self.issue(clerk, at)
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.filter(pk=made.pk).update(body={})
        assert Notice.objects.get().body == {"missing": ["费用清单"]}

    def test_are_recorded(self, clerk, at):
        made = self.issue(clerk, at)
        assert AuditEntry.objects.get().detail == {"number": made.number, "kind": "supplement"}

    def test_are_refused_outside_the_territory_and_when_empty(self, clerk, stranger, at):
        with pytest.raises(Refused, match="不在您的经办区划"):
            self.issue(stranger, at)
        with pytest.raises(Refused, match="没有内容"):
            self.issue(clerk, at, body={})
        assert not Notice.objects.exists()
        assert not Counter.objects.exists()


@pytest.mark.django_db
class TestKeptPacks:
    @pytest.fixture
    def pack(self):
        ref = SimpleNamespace(sha256="a" * 64, version="2025-01-01", path="policy/packs/bazhong")
        return SimpleNamespace(ref=ref, pool="bazhong", text=lambda: "[figures]\n")

    def test_are_kept_once_with_their_whole_text(self, pack):
        first, again = keep_release(pack), keep_release(pack)
        assert first == again
        assert PackRelease.objects.get().text == "[figures]\n"

    def test_cost_one_query_when_known(self, pack, django_assert_num_queries):
        keep_release(pack)
        with django_assert_num_queries(1):
            keep_release(pack)

    def test_do_not_change(self, pack):
        keep_release(pack)
        with pytest.raises(IntegrityError), transaction.atomic():
            PackRelease.objects.update(text="改过")


class TestMoney:
    @pytest.mark.parametrize("value", [1.0, 0.1, True])
    def test_is_never_a_float(self, value):
        with pytest.raises(ValidationError, match="浮点数"):
            MoneyField().to_python(value)

    @pytest.mark.parametrize("value", ["0.001", Decimal("12.345")])
    def test_has_no_fraction_of_a_fen(self, value):
        with pytest.raises(ValidationError, match="两位小数"):
            MoneyField().to_python(value)

    @pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999999", "abc", ""])
    def test_is_a_number(self, value):
        with pytest.raises(ValidationError):
            MoneyField().to_python(value)

    def test_keeps_blank_apart_from_zero(self):
        assert MoneyField(null=True).to_python(None) is None
        assert MoneyField().to_python("0.00") == Decimal("0.00")

    def test_says_only_what_differs_in_migrations(self):
        assert MoneyField("金额").deconstruct()[3] == {"verbose_name": "金额"}


class TestTheBureausDay:
    def test_begins_at_midnight_in_shanghai(self):
        assert bureau_day(datetime(2025, 12, 31, 15, 59, tzinfo=UTC)) == date(2025, 12, 31)
        assert bureau_day(datetime(2025, 12, 31, 16, 0, tzinfo=UTC)) == date(2026, 1, 1)

    def test_is_unknown_for_a_naive_time(self):
        with pytest.raises(ValueError, match="naive"):
            bureau_day(datetime(2025, 12, 31, 16, 0))


class TestARefusal:
    def test_has_a_code_and_words_and_survives_pickling(self):
        kept = pickle.loads(pickle.dumps(Refused("no_permission", "不能办理。")))
        assert (kept.code, kept.message, str(kept)) == ("no_permission", "不能办理。", "不能办理。")
