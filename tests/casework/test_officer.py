"""Officers: their territory, their rights, and who may change them."""
import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from casework import roles
from casework.errors import Refused
from casework.models import AuditEntry, Officer, Task, area_prefix, get_visible
from casework.services import appoint, change_officer
from casework.workflow import WORKFLOWS
from policy import regions
from tests.casework.examples import ExampleCase

pytestmark = pytest.mark.django_db


class TestTerritory:
    @pytest.mark.parametrize(
        ("own", "other", "seen"),
        [
            ("511902", "511902", True),
            ("511902", "511902001", True),
            ("511902", "511921", False),
            ("511902", "511900", False),
            ("511900", "511902", True),
            ("511900", "511999", True),
            ("511900", "511800", False),
            ("510000", "511902", True),
            ("", "511902", False),
            ("511902", "", False),
        ],
    )
    def test_contains_itself_and_what_lies_below(self, own, other, seen, officer):
        person = officer("某人", region_code=own)
        Task.objects.create(
            case_no="ZZ1", matter="ZZ", step="settle", region_code=other, title="待结算", opened_at="2025-11-03T09:00Z"
        )
        assert person.sees(other) is seen
        assert Task.objects.visible_to(person).exists() is seen

    @pytest.mark.parametrize("area", ["511902", "511900", "510000", "500000", "500100", "110000", "000000", "", "5119"])
    @pytest.mark.parametrize("code", ["511902", "511999", "510100", "500101", "110101", "511902001", ""])
    def test_is_the_same_in_the_database_as_in_policy(self, area, code):
        prefix = area_prefix(area)
        within = bool(prefix and code and code.startswith(prefix))
        assert within == (len(area) == 6 and regions.contains(area, code))

    def test_is_empty_for_an_officer_who_has_left(self, registered, clerk):
        clerk.is_active = False
        assert not clerk.sees("511902")
        assert not ExampleCase.objects.visible_to(clerk).exists()

    def test_is_empty_for_nobody(self, registered):
        assert not ExampleCase.objects.visible_to(None).exists()

    def test_has_no_exception_for_superusers(self, registered, officer):
        administrator = officer("系统己", is_superuser=True, region_code="511921")
        assert not ExampleCase.objects.visible_to(administrator).exists()

    def test_answers_elsewhere_and_nowhere_alike(self, registered, stranger, clerk):
        assert get_visible(ExampleCase, clerk, case_no=registered.case_no) == registered
        words = set()
        for case_no in (registered.case_no, "ZZ511902202511999999"):
            with pytest.raises(Refused) as refusal:
                get_visible(ExampleCase, stranger, case_no=case_no)
            words.add((refusal.value.code, refusal.value.message))
        assert len(words) == 1


class TestRights:
    def test_come_from_roles_and_the_person(self, officer):
        person = officer("某人", "example.review")
        person.groups.add(Group.objects.get(name="主管"))
        person = Officer.objects.get(pk=person.pk)
        assert person.may("example.review")
        assert person.may("casework.change_workday")
        assert not person.may("example.settle")

    def test_of_a_superuser_are_only_those_given(self, officer):
        administrator = officer("系统己", is_superuser=True)
        assert administrator.has_perm("example.settle")
        assert not administrator.may("example.settle")

    def test_of_a_leaver_are_none(self, clerk):
        clerk.is_active = False
        assert not clerk.may("example.settle")

    def test_cost_one_query_however_often_asked(self, clerk, django_assert_num_queries):
        fresh = Officer.objects.get(pk=clerk.pk)
        with django_assert_num_queries(1):
            assert fresh.may("example.settle")
            assert not fresh.may_any(["example.review", "example.pay"])


class TestAccounts:
    def test_are_one_to_a_person(self, clerk):
        with pytest.raises(IntegrityError), transaction.atomic():
            Officer.objects.create_user("second", password=None, name="窗口甲", staff_no=clerk.staff_no)

    def test_log_in_by_user_name(self, clerk):
        assert authenticate(username="officer1", password="入职时设置") == clerk
        assert authenticate(username="officer1", password="错") is None

    def test_of_leavers_do_not_log_in(self, clerk):
        Officer.objects.update(is_active=False)
        assert authenticate(username="officer1", password="入职时设置") is None


class TestAppointing:
    @pytest.fixture
    def administrator(self, officer):
        return officer("系统己", "casework.add_officer", "casework.change_officer", region_code="511900")

    def new(self, **extra):
        values = {"username": "zhang", "name": "张三", "staff_no": "BZ9001", "region_code": "511902", "roles": ["初审"]}
        return appoint(**(values | extra))

    def test_opens_an_account_with_its_roles_and_records_it(self, administrator, at):
        made = self.new(by=administrator, at=at)
        assert [group.name for group in made.groups.all()] == ["初审"]
        assert (made.is_staff, made.is_superuser, made.has_usable_password()) == (True, False, False)
        assert AuditEntry.objects.get().subject == f"officer:{made.pk}"

    def test_refuses_a_second_account_of_a_person(self, administrator, at):
        self.new(by=administrator, at=at)
        with pytest.raises(Refused, match="一人只能有一个账户"):
            self.new(by=administrator, at=at, username="zhang2")
        assert Officer.objects.filter(name="张三").count() == 1

    @pytest.mark.parametrize(
        ("change", "code"),
        [({"roles": ["皇帝"]}, "role_unknown"), ({"username": "officer1"}, "username_taken"),
         ({"region_code": "510100"}, "no_permission")],
    )
    def test_refuses(self, change, code, administrator, at):
        with pytest.raises(Refused) as refusal:
            self.new(by=administrator, at=at, **change)
        assert refusal.value.code == code
        assert not Officer.objects.filter(staff_no="BZ9001").exists()

    def test_refuses_an_officer_without_the_right(self, clerk, at):
        with pytest.raises(Refused, match="系统管理员"):
            self.new(by=clerk, at=at)
        assert not AuditEntry.objects.exists()

    def test_changes_roles_and_territory_of_another(self, administrator, clerk, at):
        change_officer(officer_id=clerk.pk, by=administrator, at=at, roles=["复核"], region_code="511921")
        kept = Officer.objects.get(pk=clerk.pk)
        assert kept.region_code == "511921"
        assert [group.name for group in kept.groups.all()] == ["复核"]
        assert AuditEntry.objects.get().detail == {"region_code": ["511902", "511921"], "roles": [[], ["复核"]]}

    def test_does_not_let_anyone_change_his_own_rights(self, administrator, at):
        with pytest.raises(Refused, match="不得改动本人"):
            change_officer(officer_id=administrator.pk, by=administrator, at=at, roles=["复核"])
        assert not administrator.groups.exists()
        assert not AuditEntry.objects.exists()


class TestRoles:
    def test_stand_after_migration(self):
        assert set(roles.ROLES) <= set(Group.objects.values_list("name", flat=True))

    def test_name_no_permission_that_does_not_exist(self):
        assert roles.sync() == []

    def test_lose_what_no_app_declares(self, clerk):
        group = Group.objects.get(name="审计")
        group.permissions.add(*clerk.user_permissions.all())
        roles.sync()
        assert not group.permissions.filter(codename="settle").exists()

    def test_leave_groups_of_other_names_alone(self, clerk):
        group = Group.objects.create(name="本局自设")
        group.permissions.add(*clerk.user_permissions.all())
        roles.sync()
        assert group.permissions.count() == 3

    def test_give_the_administrator_no_business_step(self):
        steps = {step.permission for workflow in WORKFLOWS.values() for step in workflow.steps.values()}
        assert roles.declared()["系统管理"] & steps == set()
