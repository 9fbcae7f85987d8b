"""A case's page, drawn by a template of the app, never by the model form; and tables of dated rules to look up."""
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import display, may
from policy.periods import ONE_DAY


class CasePage:
    """Needs ``page_template`` and ``context_of(case, request)``: all that the page shows, in a fixed number of queries.
    """

    page_template = ""
    unseen = "找不到这件，或不在您的经办区划内。"

    def context_of(self, case, request) -> dict:
        raise NotImplementedError

    def visible(self, request, case_id):
        """The case, or 404 whether it lies elsewhere or nowhere."""
        case = self.get_object(request, str(case_id))
        if case is None or not self.has_view_permission(request, case):
            raise Http404
        return case

    def change_view(self, request, object_id, form_url="", extra_context=None):
        case = self.get_object(request, object_id)
        if case is None or not self.has_view_permission(request, case):
            messages.error(request, self.unseen)
            return HttpResponseRedirect(reverse("admin:index"))
        return TemplateResponse(request, self.page_template, {
            **self.admin_site.each_context(request), "opts": self.opts, "original": case, "title": case.case_no,
            **self.context_of(case, request),
        })


class LookUp:
    """Rules that bind everybody: the same in every county, for whoever may see the cases (``looking_up``)."""

    scoped = False
    actions = None
    looking_up = ""

    def has_view_permission(self, request, obj=None) -> bool:
        return may(request, self.looking_up)

    def has_module_permission(self, request) -> bool:
        return may(request, self.looking_up)

    @display(description="施行期间", ordering="valid_from")
    def period(self, row):
        return f"{row.valid_from} 起" if row.valid_to is None else f"{row.valid_from} 至 {row.valid_to - ONE_DAY}"
