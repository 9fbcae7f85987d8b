"""The start page (工作台): what waits for this officer, over all matters."""
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.db.models import Count, Q
from django.urls import NoReverseMatch, reverse

from casework.clock import bureau_day, now
from casework.services import worklist
from casework.workflow import WORKFLOWS
from chronic.models import Certification
from chronic.services import screens
from chronic.workflow import CertificationStatus as S
from config import matters
from enrollment.models import Region
from relief.admin.exchange_parts import alarm_rows

SHOWN = 20
SOON = timedelta(days=5)


def queue(request) -> Counter:
    """Numbers of the officer's queue, asked once a request: total, overdue, soon, returned, waiting, and by matter."""
    cached = getattr(request, "_queue", None)
    if cached is None:
        today = bureau_day(now())
        rows = worklist.my_queue(request.user).order_by().values("matter").annotate(
            total=Count("pk"),
            overdue=Count("pk", filter=Q(due_on__lt=today)),
            soon=Count("pk", filter=Q(due_on__gte=today, due_on__lte=today + SOON)),
            returned=Count("pk", filter=Q(returned=True)),
            waiting=Count("pk", filter=Q(due_on=None)),
        )
        cached = Counter()
        for row in rows:
            matter = row.pop("matter")
            cached[matter] = row["total"]
            cached.update(row)
        request._queue = cached
    return cached


@dataclass(frozen=True)
class Due:
    """A task's time limit in words and a tone."""

    text: str
    tone: str

    @classmethod
    def of(cls, due_on: date | None, today: date) -> "Due":
        if due_on is None:
            return cls("停止计时", "grey")
        days = (due_on - today).days
        if days < 0:
            return cls(f"已超期 {-days} 天", "red")
        if days == 0:
            return cls("今天到期", "amber")
        return cls(f"还有 {days} 天", "amber" if days <= SOON.days else "grey")


def _rows(tasks, today: date) -> list[dict]:
    cases = matters.cases_of(tasks)
    rows = []
    for task in tasks:
        case = cases.get(task.case_no)
        workflow = WORKFLOWS.get(task.matter)
        person = matters.person_of(case, task.matter)
        rows.append({
            "task": task,
            "url": case and reverse(f"admin:{case._meta.app_label}_{case._meta.model_name}_change", args=[case.pk]),
            "matter": workflow.label if workflow else task.matter,
            "person": person.masked_name if person else "",
            "since": case and case.registered_at,
            "due": Due.of(task.due_on, today),
        })
    return rows


def start_page(request, context: dict) -> dict:
    """Fill the start page. A fixed number of queries, whatever the number of cases."""
    officer = request.user
    today = bureau_day(now())
    only = request.GET.get("only", "")
    tasks = worklist.my_queue(officer)
    conditions = {
        "overdue": Q(due_on__lt=today),
        "soon": Q(due_on__gte=today, due_on__lte=today + SOON),
        "returned": Q(returned=True),
    }
    if only in conditions:
        tasks = tasks.filter(conditions[only])
    shown = list(tasks.order_by("-returned", "due_on", "pk")[:SHOWN])
    numbers = queue(request)
    region = Region.objects.filter(code=officer.region_code).first()
    context.update({
        "title": "工作台",
        "officer": officer,
        "today": today,
        "region": region.name if region else "未设置经办区划",
        "roles": [group.name for group in officer.groups.all()],
        "queue": numbers,
        "only": only if only in conditions else "",
        "rows": _rows(shown, today),
        "more": max(0, (numbers[only] if only in conditions else numbers["total"]) - len(shown)),
        "doors": _doors(officer),
        "exchange_alarms": alarm_rows(officer, today),
        "worklist_url": url_of("admin:claims_claim_changelist"),
        "steps": hospital_steps(officer) if officer.institution_code else None,
    })
    return context


def hospital_steps(officer) -> list[dict]:
    """What stands at each step of a hospital's own applications: its staff have no queue of tasks. One query."""
    rows = Certification.objects.visible_to(officer).filter(closed_at=None).order_by()
    counts = rows.values("status").annotate(number=Count("pk"), wanting=Count("pk", filter=screens.wanting_facts()))
    found = {row["status"]: row for row in counts}
    url = url_of("admin:chronic_certification_changelist")
    steps = [
        {"label": status.label, "number": found.get(status, {}).get("number", 0), "url": f"{url}?tab={status}"}
        for status in (S.SUBMITTED, S.SIGNED, S.SEALED, S.ENTERED)
    ]
    wanting = {"label": "其中待补事实", "number": found.get(S.SUBMITTED, {}).get("wanting", 0),
               "url": f"{url}?tab={S.SUBMITTED}&facts=open"}
    return [steps[0], wanting, *steps[1:]]


def _doors(officer) -> list[dict]:
    doors = [
        ("claims.register_claim", "新登记报销件", "admin:claims_claim_add"),
        ("claims.try_claim", "待遇试算", "admin:claims_claim_trial"),
        ("maternity.register_maternitycase", "生育登记", "admin:maternity_birthevent_add"),
        ("chronic.submit_certification", "慢特病认定申请", "admin:chronic_certification_add"),
        ("enrollment.handle_matter", "参保登记", "admin:enrollment_register"),
        ("relief.register_application", "登记依申请救助", "admin:relief_reliefapplication_add"),
        ("claims.pay_claim", "编制拨付批次", "admin:claims_paymentbatch_changelist"),
    ]
    return [{"title": title, "url": url_of(name)} for permission, title, name in doors if officer.may(permission)]


@cache
def url_of(name: str) -> str:
    """The address of an admin page; empty where there is none. Each page asks for some sixty, which never change."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
