"""The start page (工作台) and the side column: what waits for this officer, over all matters.

`config` is the top layer, so this is the place that may know every matter's case page.
"""
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.urls import NoReverseMatch, reverse

from casework.clock import bureau_day, now
from casework.services import worklist
from casework.workflow import WORKFLOWS
from claims.models import Adjustment, Claim, PaymentBatch
from enrollment.models import EnrollmentCase, Region
from relief.admin.exchange_parts import alarm_rows

CASES = {"LX": Claim, "BF": PaymentBatch, "TZ": Adjustment, "CB": EnrollmentCase}
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


def _cases(tasks) -> dict:
    """The case behind each task, one query a matter."""
    found = {}
    for matter in sorted({task.matter for task in tasks}):
        model = CASES.get(matter)
        if model is None:
            continue
        numbers = [task.case_no for task in tasks if task.matter == matter]
        rows = model.objects.filter(case_no__in=numbers)
        if matter in {"LX", "CB"}:
            rows = rows.select_related("person")
        found.update({row.case_no: row for row in rows})
    return found


def _rows(tasks, today: date) -> list[dict]:
    cases = _cases(tasks)
    rows = []
    for task in tasks:
        case = cases.get(task.case_no)
        workflow = WORKFLOWS.get(task.matter)
        person = getattr(case, "person", None)
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
        "worklist_url": _url("admin:claims_claim_changelist"),
    })
    return context


def _doors(officer) -> list[dict]:
    doors = [
        ("claims.register_claim", "新登记报销件", "admin:claims_claim_add"),
        ("claims.try_claim", "待遇试算", "admin:claims_claim_trial"),
        ("enrollment.handle_matter", "参保登记", "admin:enrollment_register"),
        ("claims.pay_claim", "编制拨付批次", "admin:claims_paymentbatch_changelist"),
    ]
    return [{"title": title, "url": _url(name)} for permission, title, name in doors if officer.may(permission)]


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


# (title, icon, admin page, permission, key of the badge)
SIDE = [
    ("", [
        ("工作台", "dashboard", "admin:index", None, "total"),
    ]),
    ("手工报销", [
        ("报销件", "receipt_long", "admin:claims_claim_changelist", "claims.view_claim", "LX"),
        ("新登记", "add_circle", "admin:claims_claim_add", "claims.register_claim", None),
        ("待遇试算", "calculate", "admin:claims_claim_trial", "claims.try_claim", None),
        ("拨付批次", "payments", "admin:claims_paymentbatch_changelist", "claims.view_paymentbatch", "BF"),
        ("拨付单", "account_balance", "admin:claims_payment_changelist", "claims.view_payment", None),
        ("补支付与追回", "currency_exchange", "admin:claims_adjustment_changelist", "claims.view_adjustment", "TZ"),
    ]),
    ("参保", [
        ("参保登记", "how_to_reg", "admin:enrollment_register", "enrollment.handle_matter", None),
        ("参保事项", "assignment", "admin:enrollment_enrollmentcase_changelist", "enrollment.view_enrollmentcase",
         "CB"),
        ("参保人", "groups", "admin:enrollment_person_changelist", "enrollment.view_person", None),
        ("家庭户", "family_restroom", "admin:enrollment_household_changelist", "enrollment.view_household", None),
        ("参保单位", "apartment", "admin:enrollment_employer_changelist", "enrollment.view_employer", None),
        ("缴费记录", "receipt", "admin:enrollment_contribution_changelist", "enrollment.view_contribution", None),
        ("困难身份", "volunteer_activism", "admin:enrollment_hardshipidentity_changelist",
         "enrollment.view_hardshipidentity", None),
        ("异地备案", "travel_explore", "admin:enrollment_carefiling_changelist", "enrollment.view_carefiling", None),
        ("批量导入", "upload_file", "admin:enrollment_bulkbatch_changelist", "enrollment.view_bulkbatch", None),
        ("批量导出", "download", "admin:enrollment_bulkexport_changelist", "enrollment.view_bulkexport", None),
        ("定点医药机构", "local_hospital", "admin:enrollment_institution_changelist",
         "enrollment.view_institution", None),
        ("行政区划", "map", "admin:enrollment_region_changelist", "enrollment.view_region", None),
    ]),
    ("名单交换", [
        ("交换日历", "sync_alt", "admin:relief_push_calendar", "relief.view_push", None),
        ("接近推送标准", "trending_up", "admin:relief_push_near", "relief.view_push", None),
        ("推送名单", "outgoing_mail", "admin:relief_push_changelist", "relief.view_push", None),
        ("报送例外", "report", "admin:relief_pushreply_changelist", "relief.view_pushreply", None),
        ("返回名单", "move_to_inbox", "admin:relief_returnlist_changelist", "relief.view_returnlist", None),
    ]),
    ("规则与日历", [
        ("报销材料要求", "checklist", "admin:claims_materialrequirement_changelist", "claims.view_claim", None),
        ("申报期限", "event_busy", "admin:claims_claimdeadline_changelist", "claims.view_claim", None),
        ("不予支付情形", "block", "admin:claims_refusalground_changelist", "claims.view_claim", None),
        ("参保服务事项", "list_alt", "admin:enrollment_serviceitem_changelist", "enrollment.view_serviceitem", None),
        ("交换部门", "handshake", "admin:relief_receiver_changelist", "relief.view_receiver", None),
        ("交换规定", "tune", "admin:relief_exchangerule_changelist", "relief.view_exchangerule", None),
        ("规则包", "rule", "admin:casework_packrelease_changelist", "casework.view_packrelease", None),
        ("工作日历", "calendar_month", "admin:casework_workday_changelist", "casework.view_workday", None),
        ("办理时限", "timer", "admin:casework_timelimit_changelist", "casework.view_timelimit", None),
    ]),
    ("监督与系统", [
        ("审计记录", "policy", "admin:casework_auditentry_changelist", "casework.view_auditentry", None),
        ("后台作业", "settings_suggest", "admin:casework_job_changelist", "casework.view_job", None),
        ("对外消息", "outbox", "admin:casework_outboxmessage_changelist", "casework.view_outboxmessage", None),
        ("经办人员", "badge", "admin:casework_officer_changelist", "casework.view_officer", None),
        ("岗位", "admin_panel_settings", "admin:auth_group_changelist", "auth.view_group", None),
    ]),
]


def sidebar(request) -> list[dict]:
    """The side column: pages that exist and that the officer may open; one of them is lit, the most exact."""
    officer = request.user
    groups = []
    for title, items in SIDE:
        shown = [
            (name, icon, url, badge)
            for name, icon, page, permission, badge in items
            if (permission is None or officer.has_perm(permission)) and (url := _url(page))
        ]
        if shown:
            groups.append((title, shown))
    lit = _lit(request.path, [url for _, items in groups for _, _, url, _ in items])
    return [
        {
            "title": title,
            "separator": bool(title),
            "items": [
                {
                    "title": name,
                    "icon": icon,
                    "link": url,
                    "active": url == lit,
                    "badge": _badge(request, badge),
                    "badge_variant": "primary",
                }
                for name, icon, url, badge in items
            ],
        }
        for title, items in groups
    ]


def _lit(path: str, urls: list[str]) -> str:
    """The longest address that the page's own begins with; the start page only for itself."""
    return max((url for url in urls if path == url or (url != "/" and path.startswith(url))), key=len, default="")


def _badge(request, key: str | None) -> str:
    """How many tasks wait; nothing for none."""
    return str(queue(request)[key] or "") if key else ""
