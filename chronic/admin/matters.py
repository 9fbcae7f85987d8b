"""What happens to an entitlement besides certification, each matter with a list and a page of the same make: endings,
objections, recognitions, spot checks. The page is drawn by our own template; deeds are the steps of its workflow."""
from django.urls import path, reverse
from django.utils.html import format_html

from casework.admin_base import ChoicesDropdownFilter, ModelAdmin, RangeDateTimeFilter, display, status_chip
from casework.admin_buttons import reasons_of
from casework.admin_case_page import CasePage
from casework.admin_worklist import SEARCH_HELP, due_chip, two_lines
from casework.clock import bureau_day, now
from casework.models import AuditEntry, Notice, Task
from chronic.admin import panels, people
from chronic.admin.buttons import UNSEEN, own_buttons, queue_buttons
from chronic.admin.deeds import QueueDeeds
from chronic.admin.papers import printed_notice
from enrollment import services as enrollment
from enrollment.models import Person
from policy import idnumber

TONES = {
    "ended": "grey", "rejected": "green", "upheld": "grey", "overturned": "green", "withdrawn": "grey",
    "recognised": "green", "refused": "red", "passed": "green", "cancelled": "red", "found": "amber",
}


class MatterScreen(QueueDeeds, CasePage, ModelAdmin):
    """Needs ``workflow``, ``rows`` (step, deed, style), ``person_path`` and what the page says (``said``)."""

    page_template, unseen = "chronic/matter.html", UNSEEN
    rows: list[tuple[str, str, str]] = []
    person_path = "person"
    list_display = ["case_no", "who", "disease", "status_word", "county", "registered", "due"]
    list_display_links = ["case_no"]
    list_filter = [("status", ChoicesDropdownFilter), ("registered_at", RangeDateTimeFilter)]
    search_fields = ["case_no"]
    search_help_text = SEARCH_HELP
    ordering = ["-id"]
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(self.person_path).annotate(
            region_name=enrollment.county_name()
        )

    def get_search_results(self, request, queryset, search_term):
        word = search_term.strip()
        if not word:
            return queryset, False
        if word.upper().startswith(self.workflow.matter) and word[2:].isdigit():
            return queryset.filter(case_no__startswith=word.upper()), False
        if request.user.institution_code:  # staff of a hospital see no register: only the full number
            return queryset.filter(**{f"{self.person_path}__id_no": idnumber.normalise(word).upper()}), False
        persons = enrollment.find_persons(word, request.user).order_by().values("pk")
        return queryset.filter(**{f"{self.person_path}__in": persons}), False

    def get_urls(self):
        names = self.opts.app_label, self.opts.model_name
        view = self.admin_site.admin_view(self.notice_view)
        return [path("<int:case_id>/notice/<int:notice_id>.<str:form>", view, name="{}_{}_notice".format(*names)),
                *super().get_urls()]

    def context_of(self, case, request) -> dict:
        """All that the page shows, in a fixed number of queries."""
        entries = list(AuditEntry.objects.filter(case_no=case.case_no).order_by("pk"))
        task = Task.objects.filter(case_no=case.case_no, closed_at=None).select_related("assignee").first()
        person = enrollment.with_history(Person.objects.filter(pk=self.person_of(case).pk)).get()
        deeds = own_buttons(self, case, request.user, self.workflow, self.rows)
        deeds = [*deeds, *queue_buttons(case, task, request.user)]
        return {
            "case": case, "matter": self.workflow.label, "status_tone": TONES.get(case.status, "blue"), "task": task,
            "due": self.due(case), "deeds": deeds, "reasons": reasons_of(deeds),
            "said": [{"label": label, "value": value} for label, value in self.said(case) if value not in (None, "")],
            "events": panels.acts_of(entries, self.workflow.statuses), "papers": self._papers(case),
            **people.panel(person, request), **self.more(case, request),
        }

    def said(self, case) -> list[tuple[str, object]]:
        """Label and value of what the case holds."""
        raise NotImplementedError

    def more(self, case, request) -> dict:
        """What one matter shows beside the rest."""
        return {}

    def person_of(self, case) -> Person:
        found = case
        for name in self.person_path.split("__"):
            found = getattr(found, name)
        return found

    def _notice_url(self, case, notice, form: str) -> str:
        return reverse(f"admin:chronic_{self.opts.model_name}_notice", args=[case.pk, notice.pk, form])

    def _papers(self, case) -> list[dict]:
        rows = Notice.objects.filter(case_no=case.case_no).order_by("pk")
        return [{"title": row.title, "number": row.number, "url": self._notice_url(case, row, "html"),
                 "pdf_url": self._notice_url(case, row, "pdf")} for row in rows]

    def notice_view(self, request, case_id, notice_id, form):
        case = self.visible(request, case_id)
        return printed_notice(
            request, case, self.person_of(case), notice_id, form, self._notice_url,
            reverse(f"admin:chronic_{self.opts.model_name}_change", args=[case.pk]),
        )

    @display(description="参保人")
    def who(self, case):
        person = self.person_of(case)
        return two_lines(person.masked_name, person.masked_id)

    @display(description="病种")
    def disease(self, case):
        return case.entitlement.unit_name

    @display(description="状态", ordering="status")
    def status_word(self, case):
        return status_chip(case.get_status_display(), TONES.get(case.status, "blue"))

    @display(description="参保地", ordering="region_code")
    def county(self, case):
        return case.region_name or case.region_code

    @display(description="登记", ordering="registered_at")
    def registered(self, case):
        return bureau_day(case.registered_at).isoformat()

    @display(description="时限", ordering="due_on")
    def due(self, case):
        return due_chip(case.due_on, None, case.closed_at is not None, bureau_day(now()))


def linked(row, text: str) -> str:
    """A link to the page of another case or entitlement."""
    meta = row._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    return format_html('<a class="cw-link" href="{}">{}</a>', url, text)
