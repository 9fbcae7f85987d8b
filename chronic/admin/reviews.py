"""Notices of reviews (复审通知、暂停待遇通知) as the calendar issued them, each a paper to print or file."""
from django.http import Http404
from django.urls import path, reverse
from django.utils.html import format_html

from casework import audit
from casework.admin_base import ChoicesDropdownFilter, ModelAdmin, RangeDateFilter, display, register, status_chip
from casework.clock import now
from casework.papers import day_of, paper
from chronic.models import ReviewNotice
from enrollment import services as enrollment
from policy import masking

FORMS = {"html", "pdf"}


@register(ReviewNotice)
class ReviewNoticeAdmin(ModelAdmin):
    """Written by the calendar's job; nobody adds or changes one."""

    list_display = ["paper_link", "who", "disease", "kind_word", "due_on", "planned_on", "issued_on", "county"]
    list_display_links = None
    list_filter = [("kind", ChoicesDropdownFilter), ("planned_on", RangeDateFilter)]
    search_fields = ["number"]
    search_help_text = "文号；姓名或拼音首字母、证件号码、电话后四位"
    ordering = ["-planned_on", "-id"]
    actions = None

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("due__entitlement__person")
        return rows.annotate(region_name=enrollment.county_name())

    def get_search_results(self, request, queryset, search_term):
        word = search_term.strip()
        if not word:
            return queryset, False
        persons = enrollment.find_persons(word, request.user).order_by().values("pk")
        return queryset.filter(due__entitlement__person__in=persons) | queryset.filter(number=word), False

    def get_urls(self):
        view = self.admin_site.admin_view(self.paper_view)
        return [path("<int:notice_id>/paper.<str:form>", view, name="chronic_reviewnotice_paper"),
                *super().get_urls()]

    def paper_view(self, request, notice_id, form):
        """The notice for reading, printing or filing; each look is on record."""
        row = self.get_object(request, str(notice_id))
        if row is None or form not in FORMS or row.overtaken or not self.has_view_permission(request, row):
            raise Http404
        person = row.due.entitlement.person
        audit.record(
            action="print", label=f"打印{row.get_kind_display()}", by=request.user, at=now(), subject=person.subject,
            region_code=row.region_code,
        )

        def url(kind: str) -> str:
            return reverse("admin:chronic_reviewnotice_paper", args=[row.pk, kind])

        plain = request.user.may("enrollment.see_names")
        context = {
            "row": row, "body": row.body, "footer": row.number, "issued_on": row.issued_on,
            "name": row.body["name"] if plain else masking.mask_name(row.body["name"]),
            "due_on": day_of(row.body["due_on"]), "suspends_on": day_of(row.body["suspends_on"]),
            "office": enrollment.office_of(row.region_code),
            "back_url": reverse("admin:chronic_reviewnotice_changelist"),
        }
        return paper(
            request, "chronic/print/review.html", context, name=f"{row.number}", as_pdf=form == "pdf",
            print_url=url("html"), pdf_url=url("pdf"),
        )

    @display(description="文号", ordering="number")
    def paper_link(self, row):
        if row.overtaken:
            return status_chip("已复审，未发出", "grey")
        url = reverse("admin:chronic_reviewnotice_paper", args=[row.pk, "html"])
        return format_html('<a class="cw-link" href="{}" target="_blank" rel="noopener">{}</a>', url, row.number)

    @display(description="参保人")
    def who(self, row):
        person = row.due.entitlement.person
        return format_html('{}<br><span class="cw-dim cw-small">{}</span>', person.masked_name, person.masked_id)

    @display(description="病种")
    def disease(self, row):
        made = row.due.entitlement
        url = reverse("admin:chronic_entitlement_change", args=[made.pk])
        return format_html('<a class="cw-link" href="{}">{}</a>', url, made.unit_name)

    @display(description="种类", ordering="kind")
    def kind_word(self, row):
        ahead = f"（提前 {row.ahead} 天）" if row.ahead else ""
        return f"{row.get_kind_display()}{ahead}"

    @display(description="复审到期", ordering="due__due_on")
    def due_on(self, row):
        return row.due.due_on.isoformat()

    @display(description="参保地", ordering="region_code")
    def county(self, row):
        return row.region_name or row.region_code
