"""The two diseases: from the health department's list, without documents, until a chronic certificate replaces them."""

from datetime import date

import pytest
from django.db import transaction

from casework.workbooks import FileRefused, write
from chronic import services as chronic
from chronic.models import Entitlement, EntitlementPeriod, TwoDiseaseList
from chronic.services import Listed, granting
from tests.chronic.conftest import HYPERTENSION, insured_person, refused

pytestmark = pytest.mark.django_db
HYP, DM = "BZ-2D-HYP", "BZ-2D-DM"
OTHER = "511903198506150029"
DAY = date(2025, 11, 1)


def listed(id_no="511902199001010010", unit=HYP, name="单小明", **more):
    return Listed(id_no, name, unit, more.get("starts_on", DAY), more.get("ends_on"), more.get("row_no", 2))


@pytest.fixture
def take(supervisor, at):
    return lambda *rows, **more: chronic.take_two_disease_list(
        rows, listed_on=more.pop("listed_on", DAY), by=supervisor, at=at, **more
    )


def counts(made):
    return {name: getattr(made, name) for name in ("read", "new", "unchanged", "ended", "unmatched", "unlisted")}


def days():
    return list(EntitlementPeriod.objects.filter(voided=False).values_list("unit", "starts_on", "ends_on"))


class TestAList:
    def test_registers_without_documents(self, patient, take):
        """BZ-CHR-20.1."""
        made = take(listed(), listed(unit=DM))
        assert counts(made) == {"read": 2, "new": 2, "unchanged": 0, "ended": 0, "unmatched": 0, "unlisted": 0}
        assert days() == [(HYP, DAY, None), (DM, DAY, None)]
        assert {row["disease"] for row in chronic.policy_facts(patient, DAY)["certificates"]} == {HYP, DM}

    def test_taken_again_changes_nothing(self, patient, take):
        take(listed())
        assert counts(take(listed()))["unchanged"] == 1
        assert days() == [(HYP, DAY, None)]

    def test_ends_what_it_says_has_ended(self, patient, take):
        take(listed())
        assert counts(take(listed(ends_on=date(2025, 11, 2))))["ended"] == 1
        assert days() == [(HYP, DAY, date(2025, 11, 2))]

    def test_names_who_is_not_registered_with_a_masked_number(self, patient, take):
        made = take(listed(id_no=OTHER, row_no=7), listed(name="别人", row_no=8))
        assert counts(made)["unmatched"] == 2
        assert "19850615" not in str(made.report)
        assert [row[0] for row in made.report] == [7, 8]
        assert not Entitlement.objects.exists()

    def test_that_is_complete_ends_who_is_on_it_no_more(self, patient, window_officer, at, take):
        insured_person(window_officer, at, OTHER, "职工甲")
        take(listed(), listed(id_no=OTHER, name="职工甲"))
        made = take(listed(starts_on=date(2025, 11, 2)), listed_on=date(2025, 11, 3), complete=True)
        assert counts(made)["unlisted"] == 1
        assert sorted(days(), key=str) == sorted([(HYP, DAY, None), (HYP, DAY, date(2025, 11, 3))], key=str)
        assert Entitlement.objects.get(person__id_no=OTHER).ended_on == date(2025, 11, 3)

    def test_that_would_end_too_many_is_held_until_it_is_confirmed(self, patient, take, monkeypatch):
        monkeypatch.setattr(chronic.two_diseases, "DELTA_FROM", 1)
        take(listed())
        day = date(2025, 11, 3)
        refused("DELTA_LIMIT", lambda: take(listed(unit=DM), listed_on=day, complete=True))
        assert days() == [(HYP, DAY, None)]
        assert take(listed(unit=DM), listed_on=day, complete=True, confirmed=True).unlisted == 1

    def test_of_tomorrow_or_by_the_window_is_refused(self, patient, take, window_officer, at):
        refused("DATE_FUTURE", lambda: take(listed(), listed_on=date(2025, 11, 4)))
        refused("no_permission", lambda: chronic.take_two_disease_list(
            [listed()], listed_on=DAY, by=window_officer, at=at
        ))
        assert not TwoDiseaseList.objects.exists()


class TestTheUpgrade:
    """BZ-CHR-17.1."""

    def test_a_chronic_certificate_ends_the_lesser_benefit(self, patient, take, held, at):
        take(listed(), listed(unit=DM))
        held(patient, HYPERTENSION, date(2025, 10, 20))
        assert sorted(days(), key=str) == sorted(
            [(HYP, DAY, date(2025, 11, 3)), (DM, DAY, None), (HYPERTENSION, date(2025, 10, 20), None)], key=str
        )
        assert Entitlement.objects.get(unit=HYP).rule == "BZ-CHR-17.1"

    def test_who_has_it_is_not_registered_for_the_lesser_one(self, patient, take, held):
        held(patient, HYPERTENSION)
        made = take(listed(), listed(unit=DM))
        assert (made.unchanged, made.new) == (1, 1)

    def test_another_disease_leaves_it(self, patient, take, at):
        take(listed())
        unit = chronic.catalogue_of("511902").find("M00100")
        with transaction.atomic():
            granting.grant(patient, unit, granting.Grant(starts_on=DAY, certified_on=DAY), at=at)
        assert Entitlement.objects.get(unit=HYP).ended_on is None


HEADINGS = ("证件号码", "姓名", "病种", "开始日期", "终止日期")


def read(*rows):
    return chronic.read_two_disease_list(write("两病", HEADINGS, rows), region_code="511902", listed_on=DAY)


class TestTheFile:
    def test_is_read_by_names_codes_and_dates(self):
        rows = read(
            ("511902199001010010", "单小明", "高血压", "2025-10-01", ""), (OTHER, "职工甲", DM, "", "2025-10-31"),
        )
        assert rows == [
            Listed("511902199001010010", "单小明", HYP, date(2025, 10, 1), None, 2),
            Listed(OTHER, "职工甲", DM, DAY, date(2025, 10, 31), 3),
        ]

    def test_tells_all_that_is_wrong_at_once(self):
        with pytest.raises(FileRefused) as refusal:
            read(
                ("511902199001010011", "", "感冒", "2025-11-02", ""), (OTHER, "职工甲", "糖尿病", "", "2025/1/1"),
                (OTHER, "职工甲", "高血压", "", ""), (OTHER, "职工甲", "高血压", "", ""),
            )
        assert [(fault.row, fault.code) for fault in refusal.value.faults] == [
            (2, "ID_CHECKSUM"), (2, "FIELD_MISSING"), (2, "UNKNOWN_DISEASE"), (2, "DATE_FUTURE"),
            (3, "DATE_FORMAT"), (5, "DUP_CONFLICT"),
        ]
        assert "511902199001010011" not in str(refusal.value)
