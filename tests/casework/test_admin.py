"""The screens of casework itself: each role's pages, the deeds on them, and nothing of another county."""
from datetime import date
from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse

from casework import jobs
from casework.models import AuditEntry, Document, Job, Officer, TimeLimit, WorkDay
from casework.services import attach_document, issue_notice

pytestmark = pytest.mark.django_db

LISTS = [
    "casework_officer", "casework_workday", "casework_timelimit", "casework_packrelease", "casework_auditentry",
    "casework_document", "casework_notice", "casework_job", "casework_outboxmessage", "auth_group",
]
# Who sees which list; the superuser's eye is as wide, his hand is not.
SEEN = {
    "主管": {"casework_workday", "casework_timelimit", "casework_packrelease", "casework_auditentry",
            "casework_document", "casework_notice"},
    "审计": {"casework_auditentry", "casework_document", "casework_notice", "casework_packrelease", "casework_job",
            "casework_outboxmessage", "casework_officer", "auth_group"},
    "系统管理": {"casework_officer", "auth_group", "casework_job", "casework_outboxmessage"},
    "窗口经办": {"casework_document", "casework_notice"},
}


@pytest.fixture
def as_role(officer, client):
    """Logs in an officer of the city with one role."""

    def login(role: str, **extra) -> Officer:
        person = officer(f"{role}某", region_code=extra.pop("region_code", "511900"), **extra)
        person.groups.add(Group.objects.get(name=role))
        client.force_login(person)
        return person

    return login


@pytest.fixture
def records(registered, clerk, at):
    """One document and one notice of the county 511902, and the entries they left."""
    attach_document(
        case_no=registered.case_no, kind="2", file=BytesIO(b"%PDF-1.7 x"), by=clerk, at=at, region_code="511902",
        name="发票.pdf",
    )
    issue_notice(
        case_no=registered.case_no, kind="supplement", title="一次性告知书", body={"missing": ["费用清单"]}, by=clerk,
        at=at, region_code="511902",
    )
    jobs.enqueue("count", "1")


class TestLists:
    @pytest.mark.parametrize("role", list(SEEN))
    def test_are_open_to_whom_they_concern(self, role, as_role, client, records):
        as_role(role)
        open_lists = {
            name for name in LISTS if client.get(reverse(f"admin:{name}_changelist")).status_code == 200
        }
        assert open_lists == SEEN[role]

    @pytest.mark.parametrize("name", ["casework_auditentry", "casework_document", "casework_notice"])
    def test_show_nothing_of_another_county(self, name, as_role, client, records, registered):
        as_role("审计", region_code="511921")
        page = client.get(reverse(f"admin:{name}_changelist"))
        assert registered.case_no not in page.content.decode()

        as_role("审计", region_code="511902")
        page = client.get(reverse(f"admin:{name}_changelist"))
        assert registered.case_no in page.content.decode()

    @pytest.mark.parametrize("model", [AuditEntry, Document])
    def test_open_no_record_of_another_county_by_its_address(self, model, as_role, client, records):
        as_role("审计", region_code="511921")
        connection.check_constraints()
        row = model.objects.filter(region_code="511902")[0]
        url = reverse(f"admin:casework_{model._meta.model_name}_change", args=[row.pk])
        assert client.get(url).status_code in {302, 404}

        as_role("审计", region_code="511902")
        assert client.get(url).status_code == 200

    def test_find_the_entries_of_a_case(self, as_role, client, records, registered):
        as_role("审计")
        page = client.get(reverse("admin:casework_auditentry_changelist"), {"q": registered.case_no})
        assert page.context["cl"].result_count == 3

    def test_cost_the_same_for_one_row_and_for_many(self, as_role, client, records, registered, clerk, at,
                                                    django_assert_max_num_queries):
        from casework import audit

        for _ in range(30):
            audit.record(action="look", label="查看", by=clerk, at=at, case_no=registered.case_no)
        as_role("审计")
        with django_assert_max_num_queries(25):
            client.get(reverse("admin:casework_auditentry_changelist"))


class TestRecordPages:
    @pytest.mark.parametrize("model", [AuditEntry, Document])
    def test_offer_neither_change_nor_delete(self, model, as_role, client, records):
        as_role("审计", is_superuser=True)
        row = model.objects.filter(region_code="511902")[0]
        names = f"admin:casework_{model._meta.model_name}"
        assert client.get(reverse(f"{names}_delete", args=[row.pk])).status_code == 403
        assert client.get(reverse(f"{names}_add")).status_code == 403
        assert client.post(reverse(f"{names}_change", args=[row.pk]), {"note": "改"}).status_code == 403


class TestTheCalendarPage:
    def test_sets_a_day_through_the_service(self, as_role, client):
        boss = as_role("主管")
        client.post(reverse("admin:casework_workday_add"), {"day": "2027-02-08", "is_workday": "", "name": "春节"})
        row = WorkDay.objects.get()
        assert (row.day, row.is_workday, row.edited_by) == (date(2027, 2, 8), False, boss)
        assert AuditEntry.objects.get().action == "set_workday"

    @pytest.mark.parametrize(("days", "kept"), [("20", [20]), ("0", []), ("251", []), ("", [])])
    def test_sets_a_limit_that_is_one(self, days, kept, as_role, client):
        as_role("主管")
        client.post(reverse("admin:casework_timelimit_add"), {
            "matter": "LX", "step": "", "region_code": "511900", "valid_from": "2026-01-01", "working_days": days,
            "article": "巴医保发〔2026〕1号",
        })
        limits = TimeLimit.objects.filter(region_code="511900")
        assert list(limits.values_list("working_days", flat=True)) == kept

    def test_is_closed_to_a_superuser_without_the_role(self, officer, client):
        client.force_login(officer("系统己", is_superuser=True, region_code="511900"))
        page = client.post(reverse("admin:casework_workday_add"), {"day": "2027-02-08", "name": "春节"})
        assert "请由主管办理" in page.content.decode()
        assert not WorkDay.objects.exists()


class TestTheOfficersPage:
    def fields(self, **extra):
        role = Group.objects.get(name="初审")
        return {
            "username": "zhang", "name": "张三", "staff_no": "BZ9001", "region_code": "511902", "groups": [role.pk],
        } | extra

    def test_opens_an_account(self, as_role, client):
        as_role("系统管理")
        client.post(reverse("admin:casework_officer_add"), self.fields())
        made = Officer.objects.get(staff_no="BZ9001")
        assert [group.name for group in made.groups.all()] == ["初审"]
        assert AuditEntry.objects.get().action == "appoint"

    def test_refuses_a_second_account_of_a_person(self, as_role, client, clerk):
        as_role("系统管理")
        page = client.post(reverse("admin:casework_officer_add"), self.fields(staff_no=clerk.staff_no))
        assert "一人只能有一个账户" in page.content.decode()

    def test_changes_roles_of_another_and_never_ones_own(self, as_role, client, clerk):
        administrator = as_role("系统管理")
        change = {"region_code": "511902", "groups": [Group.objects.get(name="复核").pk], "is_active": "on"}
        client.post(reverse("admin:casework_officer_change", args=[clerk.pk]), change)
        assert [group.name for group in clerk.groups.all()] == ["复核"]

        page = client.post(reverse("admin:casework_officer_change", args=[administrator.pk]), change)
        assert "不得改动本人" in page.content.decode()
        assert [group.name for group in administrator.groups.all()] == ["系统管理"]

    def test_resets_a_password_through_a_dialog(self, as_role, client, clerk):
        as_role("系统管理")
        url = reverse("admin:casework_officer_set_password", args=[clerk.pk])
        client.post(url, {"password": "新的口令-2026-巴中", "again": "新的口令-2026-巴中"})
        clerk.refresh_from_db()
        assert clerk.check_password("新的口令-2026-巴中")
        assert AuditEntry.objects.get().action == "set_password"

    @pytest.mark.parametrize("passwords", [("12345678", "12345678"), ("新的口令-2026-巴中", "别的口令-2026-巴中")])
    def test_refuses_a_weak_or_mistyped_password(self, passwords, as_role, client, clerk):
        as_role("系统管理")
        url = reverse("admin:casework_officer_set_password", args=[clerk.pk])
        client.post(url, dict(zip(("password", "again"), passwords, strict=True)))
        clerk.refresh_from_db()
        assert clerk.check_password("入职时设置")
        assert not AuditEntry.objects.exists()


class TestTheJobsPage:
    def test_runs_a_dead_job_again_and_records_who_asked(self, as_role, client, records):
        administrator = as_role("系统管理")
        job = Job.objects.get()
        Job.objects.update(state=Job.State.DEAD)
        client.post(reverse("admin:casework_job_retry", args=[job.pk]))
        assert Job.objects.get().state == Job.State.PENDING
        assert AuditEntry.objects.filter(action="retry_job", officer=administrator).exists()

    def test_lets_nobody_else(self, as_role, client, records):
        as_role("审计")
        Job.objects.update(state=Job.State.DEAD)
        answer = client.post(reverse("admin:casework_job_retry", args=[Job.objects.get().pk]))
        assert answer.status_code == 403
        assert Job.objects.get().state == Job.State.DEAD


class TestVoidingADocument:
    def test_needs_the_right_and_a_reason(self, as_role, client, records):
        document = Document.objects.get()
        url = reverse("admin:casework_document_void", args=[document.pk])
        as_role("窗口经办", region_code="511902")
        assert client.post(url, {"note": "传错了件"}).status_code == 403

        as_role("主管")
        client.post(url, {"note": ""})
        assert not Document.objects.get().voided
        client.post(url, {"note": "传错了件"})
        assert Document.objects.get().voided
