"""The screen of certifications: the list, the counter form, the case page as a desk for confirmations, the papers."""
from django.urls import path

from casework.admin_base import may, register
from casework.admin_buttons import aside, reasons_of
from casework.admin_case_page import CasePage
from casework.admin_stages import case_rows
from chronic import services as chronic
from chronic.admin import panels, people
from chronic.admin.amending import AmendingPage
from chronic.admin.application import ApplicationPage
from chronic.admin.buttons import UNSEEN, own_buttons, queue_buttons
from chronic.admin.deeds import Deeds
from chronic.admin.objecting import ObjectionDeed, object_buttons
from chronic.admin.papers import Papers
from chronic.admin.worklist import ENDED, TONES, Worklist
from chronic.models import Certification
from chronic.workflow import CERTIFICATION, SUBMIT
from enrollment import services as enrollment
from enrollment.models import Person
from policy import masking

ROWS = [
    ("sign", "sign", "cw-primary"), ("seal", "seal", "cw-primary"), ("enter", "enter", "cw-primary"),
    ("confirm", "confirm", "cw-primary"), ("send_back", "send_back", "cw-danger"), ("refuse", "refuse", "cw-danger"),
    ("withdraw", "withdraw", "cw-danger"),
]


@register(Certification)
class CertificationAdmin(Deeds, ObjectionDeed, ApplicationPage, AmendingPage, Papers, CasePage, Worklist):
    """Daily work of hospitals and officers. The case page is drawn by our own template; no model form is used."""

    page_template, unseen = "chronic/case.html", UNSEEN
    actions_detail = [*Deeds.actions_detail, "object_to"]

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, SUBMIT)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [
            path("check/", wrap(self.check_view), name="chronic_certification_check"),
            path("<int:certification_id>/item/<int:item_id>/", wrap(self.item_view),
                 name="chronic_certification_item"),
            path("<int:certification_id>/item/<int:item_id>/check/", wrap(self.item_check_view),
                 name="chronic_certification_item_check"),
            path("<int:certification_id>/document/<int:document_id>/", wrap(self.document_view),
                 name="chronic_certification_document"),
            path("<int:certification_id>/notice/<int:notice_id>.<str:form>", wrap(self.notice_view),
                 name="chronic_certification_notice"),
        ]
        return own + super().get_urls()

    def context_of(self, case, request):
        return case_context(self, case, request)


def case_context(model_admin, case: Certification, request) -> dict:
    """All that the case page shows. The number of queries depends on neither diseases, documents nor acts."""
    officer = request.user
    person = enrollment.with_history(Person.objects.filter(pk=case.person_id)).get()
    case.person = person
    known = chronic.catalogue_of(person.region_code)
    rows = case_rows(case)
    deeds = own_buttons(model_admin, case, officer, CERTIFICATION, ROWS)
    place = next((number for number, deed in enumerate(deeds) if deed.gap), len(deeds))
    deeds += object_buttons(case, officer)
    deeds[place:place] = queue_buttons(case, rows["task"], officer)
    plain = officer.may("enrollment.see_names")
    last = rows["entries"][-1] if rows["entries"] else None
    return {
        "case": case, **people.panel(person, request),
        "agent_name": case.agent_name if plain else masking.mask_name(case.agent_name),
        "masked_phone": masking.mask_phone(case.phone) if case.phone else "",
        "status_tone": TONES.get(case.status, "blue"), "due": model_admin.due_on(case),
        "task": rows["task"], "stages": panels.stages(case, rows["entries"]), "deeds": deeds,
        "reasons": reasons_of(deeds), "last_return": last if case.returned and last and last.note else None,
        "items": panels.items_of(case, known, officer),
        "required": panels.required_documents(case, known), "documents_rule": known.rules.documents_rule,
        "documents": panels.documents_of(case, rows["documents"], known),
        "receive_deed": aside(case, "receive", "收材料") if _takes_papers(case, officer) else None,
        "papers": panels.papers_of(case, rows["notices"], request),
        "events": panels.acts_of(rows["entries"]), "may_see_entitlements": may(request, "chronic.view_entitlement"),
    }


def _takes_papers(case: Certification, officer) -> bool:
    return case.status not in ENDED and officer.may(SUBMIT)
