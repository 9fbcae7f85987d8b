"""The screen of maternity cases: the list, the case page with its deeds, and the papers."""
from django.urls import reverse

from casework.admin_base import register
from casework.admin_buttons import Button, address_of, aside, reasons_of, task_buttons
from casework.admin_case_page import CasePage
from casework.admin_papers import checklist_rows
from casework.admin_stages import case_rows, timeline
from casework.clock import bureau_day, now
from enrollment import services as enrollment
from maternity import services
from maternity.admin import panels
from maternity.admin.buttons import buttons
from maternity.admin.deeds import Deeds
from maternity.admin.papers import Papers
from maternity.admin.worklist import TONES, Worklist
from maternity.models import MaternityCase, MaternityItem
from maternity.workflow import MATERNITY, OPEN, REGISTER, SUPERVISE
from policy import masking

STATE_TONES = {"asked": "grey", "computed": "blue", "approved": "green", "dropped": "grey"}


@register(MaternityCase)
class MaternityCaseAdmin(Deeds, Papers, CasePage, Worklist):
    """Officers' daily work. The case page is drawn by our own template; the model form is never used."""

    page_template = "maternity/case.html"

    def get_urls(self):
        return [*self.paper_urls(), *super().get_urls()]

    def context_of(self, case, request):
        return case_context(self, case, request)


def case_context(model_admin, case: MaternityCase, request) -> dict:
    """All that the case page shows, in a fixed number of queries."""
    officer, today = request.user, bureau_day(now())
    rows = case_rows(case)
    labels = {name: getattr(model_admin, name).short_description for name in model_admin.actions_detail}
    deeds = buttons(case, officer, labels)
    last = rows["entries"][-1] if rows["entries"] else None
    person, event = case.claimant, case.event
    return {
        "case": case,
        "event": event,
        "event_words": services.event_words(event),
        "event_url": reverse("admin:maternity_birthevent_change", args=[event.pk]),
        "mother_name": enrollment.shown_name(event.mother, officer),
        **enrollment.person_words(person, request.user, on=today),
        "payee_name": case.payee_name if officer.may("enrollment.see_names") else masking.mask_name(case.payee_name),
        "masked_phone": masking.mask_phone(person.phone),
        "region": enrollment.region_name(case.region_code),
        "status_tone": TONES.get(case.status, "blue"),
        "due": model_admin.due_on(case),
        "task": rows["task"],
        "stages": panels.STEPPER.draw(case, rows["entries"]),
        "deeds": [*deeds, *task_buttons(case, rows["task"], officer)],
        "reasons": reasons_of(deeds),
        "supervisor_deeds": _supervisor_deeds(case, officer, labels),
        "last_return": last if case.returned and last and last.note else None,
        "benefits": _benefits(case),
        "facts": panels.facts_of(case),
        "events": timeline(rows["entries"], MATERNITY.statuses, details=panels.SAID),
        "materials": checklist_rows(services.checklist(case), rows["documents"], "code"),
        "material_deed": aside(case, "receive_material", "收材料")
        if case.status in OPEN and officer.may(REGISTER) else None,
        "reveal_deed": aside(case, "reveal", "查看完整号码") if officer.may("enrollment.reveal_person") else None,
        "papers": _papers(model_admin, case, rows["notices"], officer),
        "payments_url": _payments_url(case, officer),
    }


def _supervisor_deeds(case: MaternityCase, officer, labels: dict[str, str]) -> list[Button]:
    if case.status not in ("registered", "entered") or not officer.may(SUPERVISE):
        return []
    return [Button(name, labels[name], address_of(case, name)) for name in ("enter_days", "approve_late")]


def _benefits(case: MaternityCase) -> list[dict]:
    rows = case.items.select_related("release").order_by("id")
    shown = []
    for row in rows:
        plain = row.state == MaternityItem.State.ASKED
        shown.append({
            **services.benefit(row), "tone": STATE_TONES[row.state], "release": row.release,
            **({"amount": "", "steps": []} if plain else {}),
            **({"state": case.get_status_display()} if row.state == MaternityItem.State.DROPPED else {}),
        })
    return shown


def _papers(model_admin, case: MaternityCase, notices, officer) -> list[dict]:
    if not officer.may(model_admin.printing):
        return []
    shown = []
    if case.total is not None:
        shown.append(model_admin.paper_row(case, "statement", "生育待遇核定表", ""))
    return shown + [model_admin.paper_row(case, "notice", row.title, row.number, row.pk) for row in notices]


def _payments_url(case: MaternityCase, officer) -> str:
    """The case's instructions in the list of payments, once there may be any; that list belongs to the app above."""
    if not (case.decided or case.status == "reversed") or not officer.may("claims.view_payment"):
        return ""
    return f"{reverse('admin:claims_payment_changelist')}?q={case.case_no}"
