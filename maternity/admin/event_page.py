"""The page of one event: all its benefits, the months of contribution, from when until when, and the newborn."""
from django.urls import reverse

from casework.admin_buttons import Button
from casework.clock import bureau_day, now
from casework.models import AuditEntry
from enrollment import services as enrollment
from enrollment.models import HouseholdMember, Person
from enrollment.services.registering import pay_by
from maternity import services
from maternity.admin.drawing import draw
from maternity.admin.worklist import TONES
from maternity.models import Benefit, BirthEvent
from maternity.workflow import REGISTER

WORKERS = {
    "employer": "单位职工", "treasury": "财政供养人员", "flexible": "灵活就业人员", "unemployed": "领取失业保险金人员",
    None: "城乡居民",
}
UNPRINTED = "政策未印明此种情形的津贴天数：可以申请，由主管在件上录入天数和依据后核算（BZ-AMB-28）。"
COMPLICATION = (
    "生育医疗费按手工报销登记，待遇类别选“生育医疗费”并关联本次事件，按限额支付并计入年度支付限额；"
    "超过限额的部分不再进入其他保障层次。妊娠或分娩并发症、合并症按普通住院另行登记结算（BZ-AMB-42）。"
)


def event_context(model_admin, event: BirthEvent, request) -> dict:
    """All that the page shows, in a fixed number of queries."""
    officer, today = request.user, bureau_day(now())
    event.mother = enrollment.with_history(Person.objects.filter(pk=event.mother_id)).get()
    if event.spouse_id:
        event.spouse = enrollment.with_history(Person.objects.filter(pk=event.spouse_id)).get()
    found = services.outlook(event, today)
    allowance = next(row for row in found.prospects if row.kind == Benefit.ALLOWANCE)
    return {
        "event": event,
        "event_words": services.event_words(event),
        **enrollment.person_words(event.mother, officer, on=today),
        "spouse_name": enrollment.shown_name(event.spouse, officer) if event.spouse else "",
        "region": enrollment.region_name(event.region_code),
        "worker": WORKERS[found.worker],
        "months": found.months,
        "needed": found.needed if found.worker in ("flexible", "unemployed") else 0,
        "drawing": draw(event, found.months, allowance.window, today) if found.scheme == "employee" else None,
        "benefits": [_benefit(row, event, today) for row in found.prospects],
        "deeds": _deeds(model_admin, event, found, officer),
        "complication": COMPLICATION,
        "claim_url": _claim_url(event, officer),
        "newborn": _newborn(event, today),
        "events": AuditEntry.objects.filter(subject=f"birth:{event.pk}").order_by("-pk")[:20],
        "cases": [
            {"row": row, "tone": TONES.get(row.status, "blue"), "name": enrollment.shown_name(row.claimant, officer)}
            for row in event.cases.select_related("claimant").order_by("-pk")[:20]
        ],
    }


def _benefit(row: services.Prospect, event: BirthEvent, today) -> dict:
    """One benefit in words: asked for, open, not yet, late, or why not."""
    item, window = row.item, row.window
    if item is not None:
        word, tone = item.case.get_status_display(), TONES.get(item.case.status, "blue")
    elif event.voided:
        word, tone = "事件已作废", "grey"
    elif row.hindrance:
        word, tone = "不能申领", "grey"
    elif row.kind == Benefit.ALLOWANCE and row.days is None:
        word, tone = "天数待录入", "amber"
    elif window.opens_on is None or today < window.opens_on:
        word, tone = "尚未到期", "amber"
    elif window.closes_on and today > window.closes_on:
        word, tone = "已逾期", "red"
    else:
        word, tone = "可以申领", "green"
    return {
        "label": row.label, "item": item, "word": word, "tone": tone, "window": window, "days": row.days,
        "hindrance": "" if item is not None else row.hindrance,
        "note": UNPRINTED if row.kind == Benefit.ALLOWANCE and row.days is None and not row.hindrance else "",
    }


def _deeds(model_admin, event: BirthEvent, found: services.Outlook, officer) -> list[Button]:
    if event.voided or not officer.may(REGISTER):
        return []
    free = {row.kind for row in found.prospects if row.item is None}
    shown = []
    if free - {Benefit.SPOUSE}:
        shown.append(_button(model_admin, event, "apply", style="cw-primary"))
    if event.spouse_id and Benefit.SPOUSE in free:
        shown.append(_button(model_admin, event, "apply", "为配偶申请差额", query="?for=spouse"))
    if not event.spouse_id and found.scheme == "resident":
        shown.append(_button(model_admin, event, "name_spouse"))
    shown.append(_button(model_admin, event, "void", style="cw-danger"))
    return shown


def _button(model_admin, event: BirthEvent, name: str, label: str = "", *, style: str = "", query: str = "") -> Button:
    url = reverse(f"admin:maternity_birthevent_{name}", args=[event.pk]) + query
    return Button(name, label or getattr(model_admin, name).short_description, url, style=style)


def _claim_url(event: BirthEvent, officer) -> str:
    """Where the delivery or termination cost is claimed; that matter belongs to the app above."""
    if event.voided or not officer.may("claims.register_claim"):
        return ""
    return f"{reverse('admin:claims_claim_add')}?person={event.mother_id}"


def _newborn(event: BirthEvent, today) -> dict | None:
    """The offer to register the newborn, with the last day on which paying covers it from birth (BZ-RES-7.1)."""
    if event.voided or (event.event == BirthEvent.Event.TERMINATION and not event.live_baby):
        return None
    last = pay_by(event.region_code, event.happened_on)
    member = HouseholdMember.objects.filter(person=event.mother_id, ends_on=None).select_related("household").first()
    query = f"kind=newborn&birth_date={event.happened_on}&region_code={event.region_code}"
    if member is not None:
        query += f"&household_no={member.household.number}"
    return {
        "pay_by": last, "left": (last - today).days, "babies": event.babies,
        "url": f"{reverse('admin:enrollment_register')}?{query}",
    }
