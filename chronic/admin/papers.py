"""The notices of a certification as print view and PDF, and its documents; every look at one is recorded."""
from urllib.parse import quote

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from casework import audit
from casework import services as casework
from casework.clock import bureau_day, now
from casework.errors import Refused
from casework.models import Document, Notice
from casework.papers import day_of, paper
from chronic.models import Certification
from enrollment import services as enrollment
from policy import masking

TEMPLATES = {
    "certification_refused": "chronic/print/refused.html", "review_failed": "chronic/print/refused.html",
    "objection_decided": "chronic/print/objection.html", "entitlement_cancelled": "chronic/print/cancelled.html",
}
FORMS = {"html", "pdf"}


def printed_notice(request, case, person, notice_id: int, form: str, address, back_url: str):
    """A notice of a case that was found visible, for reading, printing or filing; each look is on record."""
    notice = Notice.objects.filter(pk=notice_id, case_no=case.case_no).select_related("issued_by").first()
    template = TEMPLATES.get(notice.kind) if notice else None
    if form not in FORMS or template is None:
        raise Http404
    audit.record(
        action="print", label=f"打印{notice.title}", by=request.user, at=now(), case_no=case.case_no,
        region_code=case.region_code,
    )
    body = notice.body
    plain = request.user.may("enrollment.see_names")
    context = {
        "notice": notice, "body": body, "masked_id": person.masked_id, "issued_on": bureau_day(notice.issued_at),
        "name": body["name"] if plain else masking.mask_name(body["name"]), "office": _office(case),
        "footer": case.case_no, "back_url": back_url,
        **{name: day_of(body[name]) for name in ("applied_on", "from") if name in body},
    }
    context["from_day"] = context.pop("from", None)
    return paper(
        request, template, context, name=f"{case.case_no}-{notice.pk}", as_pdf=form == "pdf",
        print_url=address(case, notice, "html"), pdf_url=address(case, notice, "pdf"),
    )


class Papers:
    """The papers' half of the certifications' screen. The case is found visible before anything of it is given out."""

    def notice_view(self, request, certification_id, notice_id, form):
        case = self.visible(request, certification_id)
        return printed_notice(
            request, case, case.person, notice_id, form, _address,
            reverse("admin:chronic_certification_change", args=[case.pk]),
        )

    @method_decorator(require_GET)
    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp_replace({"frame-ancestors": [SELF]}))
    def document_view(self, request, certification_id, document_id):
        """Give out a document of a visible case; it may stand in a frame of the case page."""
        case = self.visible(request, certification_id)
        try:
            content = casework.read_document(document_id, by=request.user, at=now(), of_case=case.case_no)
        except Refused as refusal:
            if refusal.code == "not_found":
                raise Http404 from refusal
            return HttpResponse(refusal.message, status=409, content_type="text/plain; charset=utf-8")
        document = Document.objects.get(pk=document_id)
        answer = FileResponse(content, content_type=document.content_type)
        answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(document.name)}"
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        return answer


def _address(case, notice: Notice, form: str) -> str:
    return reverse("admin:chronic_certification_notice", args=[case.pk, notice.pk, form])


def _office(case) -> str:
    """Who tells the applicant: the institution where nothing was met, else the agency."""
    if isinstance(case, Certification) and case.decided_on is None:
        return case.institution.name
    return enrollment.office_of(case.region_code)
