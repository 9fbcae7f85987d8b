"""What the pages of maternity show, put together from rows: no decision is taken here."""
from dataclasses import dataclass

from casework.models import AuditEntry, Document, Notice, Task
from maternity.models import MaternityCase
from maternity.workflow import CaseStatus

S = CaseStatus
STAGES = [
    ("登记", ("register",), ()),
    ("补正", ("receive_supplement", "ask_supplement"), (S.SUPPLEMENT,)),
    ("录入", ("enter",), (S.REGISTERED,)),
    ("核算", ("compute",), (S.ENTERED,)),
    ("初审", ("review",), (S.COMPUTED,)),
    ("复核", ("approve",), (S.REVIEWED,)),
    ("拨付", ("batch",), (S.APPROVED, S.PAYING, S.PAYMENT_FAILED)),
    ("办结", ("close",), (S.CLOSED,)),
]
STOPS = {S.WITHDRAWN: "withdraw", S.REFUSED: "refuse", S.REVERSED: "reverse"}
READS = {"read_document", "reveal", "print", "take_task", "release_task"}


@dataclass
class Stage:
    label: str
    state: str = "todo"
    mark: str = ""
    who: str = ""
    when: object = None


def stages(case: MaternityCase, entries: list[AuditEntry]) -> list[Stage]:
    """The stepper: what is done (with whose name), where the case stands, what is to come."""
    current = next((number for number, (_, _, statuses) in enumerate(STAGES) if case.status in statuses), None)
    last = {entry.action: entry for entry in entries}
    shown = []
    for number, (label, actions, _) in enumerate(STAGES):
        if label == "补正" and case.status != S.SUPPLEMENT and not any(action in last for action in actions):
            continue
        entry = next((last[action] for action in actions if action in last), None)
        stage = Stage(label)
        if case.status == S.CLOSED or (current is not None and number < current):
            stage.state, stage.mark = "done", "✓"
        elif number == current:
            stage.state = "now"
        if stage.state == "done" and entry:
            stage.who, stage.when = entry.officer_name, entry.at
        shown.append(stage)
    if case.status in STOPS:
        shown = _stopped(case, last)
    for number, stage in enumerate(shown, 1):
        stage.mark = stage.mark or str(number)
    return shown


def _stopped(case: MaternityCase, last: dict[str, AuditEntry]) -> list[Stage]:
    entry, first = last.get(STOPS[case.status]), last.get("register")
    who, when = (entry.officer_name, entry.at) if entry else ("", None)
    began = Stage("登记", "done", "✓", *((first.officer_name, first.at) if first else ("", None)))
    return [began, Stage(case.get_status_display(), "stop", "×", who, when)]


@dataclass
class Event:
    label: str
    who: str
    at: object
    note: str
    move: str
    tone: str


def timeline(entries: list[AuditEntry], statuses: dict[str, str]) -> list[Event]:
    """The case's acts, latest first; looking something up is kept in the trail but not shown here."""
    shown = []
    for entry in reversed(entries):
        if entry.action in READS:
            continue
        moved = entry.status_after and entry.status_after != entry.status_before
        back = entry.action.startswith("return_") or entry.action in {"refuse", "withdraw", "fail", "reverse"}
        detail = entry.detail or {}
        shown.append(Event(
            "：".join([entry.label, *(str(detail[key]) for key in ("name", "number", "leave_days") if key in detail)]),
            entry.officer_name, entry.at, entry.note,
            f"→ {statuses.get(entry.status_after, entry.status_after)}" if moved else "",
            "back" if back else "move" if moved else "plain",
        ))
    return shown


def case_rows(case: MaternityCase) -> dict:
    """Rows kept by case number: the trail, documents, notices, the open task. One query each."""
    return {
        "entries": list(AuditEntry.objects.filter(case_no=case.case_no).order_by("pk")),
        "documents": list(Document.objects.filter(case_no=case.case_no, voided=False)),
        "notices": list(Notice.objects.filter(case_no=case.case_no).order_by("pk")),
        "task": Task.objects.filter(case_no=case.case_no, closed_at=None).select_related("assignee").first(),
    }


FACTS = {
    "monthly_base": "计发月基数", "wages_drawn": "产假期间工资", "eligible_cost": "政策范围内费用",
    "resident_paid": "居民医保已支付", "leave_days": "津贴天数（主管录入）", "leave_basis": "天数依据",
}


def facts_of(case: MaternityCase) -> list[dict]:
    """What was entered, in words."""
    shown = []
    for name, label in FACTS.items():
        value = case.facts.get(name)
        if value is None:
            continue
        if name == "wages_drawn":
            value = "已经领取" if value else "没有领取"
        elif name in ("monthly_base", "eligible_cost", "resident_paid"):
            value = f"{value} 元"
        shown.append({"label": label, "value": value})
    return shown
