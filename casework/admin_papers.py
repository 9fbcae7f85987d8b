"""The papers of a case as print view and PDF, every look at one recorded; and its checklist as the page draws it.

    class Papers(CasePapers):
        printing, seeing_names = "claims.print_claim", "enrollment.see_names"
        papers_of_kind = {NOTICE_KIND: "print/supplement.html"}
        office_of = staticmethod(enrollment.office_of)
"""
from collections.abc import Iterable, Mapping
from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path, reverse

from casework import audit
from casework.clock import bureau_day, now
from casework.models import Notice
from casework.papers import day_of, paper
from policy import masking

FORMS = {"html", "pdf"}


def record_print(request, case_no: str, region_code: str, what: str) -> None:
    audit.record(
        action="print", label=f"打印{what}", by=request.user, at=now(), case_no=case_no, region_code=region_code
    )


class CasePapers:
    """The papers' half of a case's screen: who may print, who sees full names, which template a kind of notice has,
    and how the agency of a division is called. Needs ``visible`` of the screen."""

    printing = ""
    seeing_names = ""
    papers_of_kind: Mapping[str, str] = {}

    def office_of(self, region_code: str) -> str:
        raise NotImplementedError

    def paper_urls(self) -> list:
        wrap = self.admin_site.admin_view
        return [
            path("<int:case_id>/statement.<str:form>", wrap(self.statement_view), name=self._page("statement")),
            path("<int:case_id>/notice/<int:notice_id>.<str:form>", wrap(self.notice_view), name=self._page("notice")),
        ]

    def statement_view(self, request, case_id, form):
        raise NotImplementedError

    def notice_view(self, request, case_id, notice_id, form):
        case = self.printable(request, case_id, form)
        notice = Notice.objects.visible_to(request.user).filter(pk=notice_id, case_no=case.case_no).first()
        template = self.papers_of_kind.get(notice.kind) if notice else None
        if notice is None or template is None:
            raise Http404
        record_print(request, case.case_no, case.region_code, notice.title)
        body = notice.body
        return self.answer(request, case, "notice", form, template, {
            "notice": notice, "body": body, "name": self.named(request, body["name"]),
            "applied_on": _applied_on(case, body), "issued_on": bureau_day(notice.issued_at),
        }, notice.pk)

    def printable(self, request, case_id, form: str):
        """The case whose paper is asked for; the form is one of two, and printing needs its own permission."""
        if form not in FORMS:
            raise Http404
        case = self.visible(request, case_id)
        if not request.user.may(self.printing):
            raise PermissionDenied
        return case

    def named(self, request, name: str) -> str:
        return name if request.user.may(self.seeing_names) else masking.mask_name(name)

    def answer(self, request, case, page: str, form: str, template: str, context: dict, *more):
        context |= {
            "office": self.office_of(case.region_code), "footer": case.case_no, "printed_on": bureau_day(now()),
            "back_url": reverse(f"admin:{self._page('change')}", args=[case.pk]),
        }
        return paper(
            request, template, context, name="-".join([case.case_no, page, *(str(number) for number in more)]),
            as_pdf=form == "pdf", print_url=self._url(case, page, *more, "html"),
            pdf_url=self._url(case, page, *more, "pdf"),
        )

    def paper_row(self, case, page: str, title: str, number: str, *more) -> dict:
        """One paper in the list on the case's page."""
        return {
            "title": title, "number": number, "url": self._url(case, page, *more, "html"),
            "pdf_url": self._url(case, page, *more, "pdf"),
        }

    def _url(self, case, page: str, *more) -> str:
        return reverse(f"admin:{self._page(page)}", args=[case.pk, *more])

    def _page(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"


def _applied_on(case, body: dict) -> date:
    return day_of(body["applied_on"]) if "applied_on" in body else case.applied_on


def checklist_rows(rows: Iterable, documents: Iterable, key: str) -> list[dict]:
    """The checklist in words with the scans; `key` names the field by which a row and a scan are the same paper."""
    scans = {row.kind: row.pk for row in documents}
    shown = []
    for row in rows:
        word, tone = ("已收", "green") if row.received else ("还缺", "amber") if row.required else ("如有", "grey")
        scan = scans.get(getattr(row, key))
        shown.append({
            "name": f"{row.name}{'（原件）' if row.original else ''}", "word": word, "tone": tone,
            "document_url": reverse("casework:document", args=[scan]) if scan else "",
        })
    return shown
