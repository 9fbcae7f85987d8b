"""The screen of claims: the list, the case page, registration, entry, trial and papers under one address."""
from django.urls import path

from casework.admin_base import may, register
from casework.admin_buttons import aside, reasons_of, task_buttons
from casework.admin_case_page import CasePage
from casework.admin_papers import checklist_rows
from casework.admin_stages import case_rows, timeline
from casework.clock import bureau_day, now
from claims.admin import entitlement, panels
from claims.admin.buttons import buttons
from claims.admin.deeds import Deeds
from claims.admin.entry import EntryPage
from claims.admin.papers import Papers
from claims.admin.registration import RegistrationPage
from claims.admin.trial import TrialPage
from claims.admin.worklist import TONES, Worklist
from claims.models import Claim, Finding, Payment
from claims.services import checklist
from claims.workflow import CLAIM, ClaimStatus
from enrollment import services as enrollment
from enrollment.models import Person
from policy import masking

PAYMENT_TONES = {"pending": "amber", "batched": "violet", "paid": "green", "failed": "red", "cancelled": "grey"}
FINDING_TONES = {"refuse": "red", "supervisor": "amber", "warn": "blue"}


@register(Claim)
class ClaimAdmin(Deeds, RegistrationPage, EntryPage, TrialPage, Papers, CasePage, Worklist):
    """Officers' daily work. The case page is drawn by our own template; the model form is never used."""

    page_template = "claims/case.html"

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, "claims.register_claim")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [
            path("trial/", wrap(self.trial_view), name="claims_claim_trial"),
            path("check/", wrap(self.check_view), name="claims_claim_check"),
            path("institutions/", wrap(self.institutions_view), name="claims_claim_institutions"),
            path("<int:claim_id>/entry/", wrap(self.entry_view), name="claims_claim_entry"),
            *self.paper_urls(),
        ]
        return own + super().get_urls()

    def context_of(self, case, request):
        return case_context(self, case, request)


def case_context(model_admin, claim: Claim, request) -> dict:
    """All that the case page shows. The number of queries depends on neither visits, lines nor entries."""
    officer = request.user
    today = bureau_day(now())
    rows = case_rows(claim)
    visits = panels.visits(claim)
    claim._prefetched_objects_cache = {"materials": list(claim.materials.all())}
    claim._prefetched_objects_cache["visits"] = visits
    person = enrollment.with_history(Person.objects.filter(pk=claim.person_id)).get()
    settled = panels.settlement(claim)
    panels.recognise(visits, settled)
    deeds = buttons(claim, officer)
    place = next((number for number, deed in enumerate(deeds) if deed.gap), len(deeds))
    deeds[place:place] = task_buttons(claim, rows["task"], officer)
    plain = officer.may("enrollment.see_names")
    last = rows["entries"][-1] if rows["entries"] else None
    return {
        "claim": claim,
        **enrollment.person_words(person, officer, on=today),
        "payee_name": claim.payee_name if plain else masking.mask_name(claim.payee_name),
        "agent_name": claim.agent_name if plain else masking.mask_name(claim.agent_name),
        "masked_phone": masking.mask_phone(claim.phone or person.phone),
        "region": enrollment.region_name(claim.region_code),
        "status_tone": TONES.get(claim.status, "blue"),
        "due": model_admin.due_on(claim),
        "task": rows["task"],
        "stages": panels.STEPPER.draw(claim, rows["entries"]),
        "deeds": deeds,
        "reasons": reasons_of(deeds),
        "last_return": last if claim.returned and last and last.note else None,
        "findings": _findings(claim, officer),
        "visits": visits,
        "entry_url": "",
        "payments": [
            {"row": row, "tone": PAYMENT_TONES.get(row.state, "grey")}
            for row in Payment.objects.filter(claim=claim).select_related("batch").order_by("pk")
        ],
        "events": timeline(rows["entries"], CLAIM.statuses),
        "materials": checklist_rows(checklist(claim), rows["documents"], "kind"),
        "material_deed": aside(claim, "receive_material", "收材料") if _takes_materials(claim, officer) else None,
        "reveal_deed": aside(claim, "reveal", "查看完整号码") if officer.may("enrollment.reveal_person") else None,
        "papers": _papers(model_admin, claim, rows["notices"], officer),
        "entitlement": entitlement.panel(claim, person, visits, settled=settled["settlement"] is not None),
        **settled,
    }


def _findings(claim: Claim, officer) -> list[dict]:
    shown = []
    for row in Finding.objects.filter(claim=claim, cleared=False).select_related("approved_by").order_by("pk"):
        approved = row.approved_by is not None
        open_to_him = row.severity == Finding.Severity.SUPERVISOR and not approved and claim.status in {
            ClaimStatus.REGISTERED, ClaimStatus.ENTERED, ClaimStatus.SUPPLEMENT}
        shown.append({
            "word": "已审批" if approved else row.get_severity_display(),
            "tone": "green" if approved else FINDING_TONES[row.severity],
            "message": row.message,
            "rule": row.rule,
            "approval": f"{row.approved_by.name}同意：{row.approval_reason}" if approved else "",
            "deed": aside(claim, "approve_finding", "主管审批", f"&finding={row.pk}")
            if open_to_him and officer.may("claims.supervise_claim") else None,
        })
    return shown


def _takes_materials(claim: Claim, officer) -> bool:
    return (
        not claim.decided and claim.closed_at is None
        and (officer.may("claims.register_claim") or officer.may("claims.precheck_claim"))
    )


def _papers(model_admin, claim: Claim, notices, officer) -> list[dict]:
    if not officer.may(model_admin.printing):
        return []
    shown = []
    if claim.status in {"settled", "reviewed", "approved", "paying", "payment_failed", "closed"}:
        shown.append(model_admin.paper_row(claim, "statement", "结算单", ""))
    return shown + [model_admin.paper_row(claim, "notice", row.title, row.number, row.pk) for row in notices]
