"""Employers (with schools) and households: looked at with their members; what changes them is a matter."""
from django.db.models import OuterRef, Subquery
from django.template.response import TemplateResponse

from casework.admin_base import ChoicesDropdownFilter, ModelAdmin, display, register, status_chip
from casework.clock import bureau_day, now
from casework.models import AuditEntry
from enrollment.admin.person_page import STATUS_TONES, said
from enrollment.models import Employer, Household, HouseholdMember, Region
from enrollment.models.relations import Scheme
from policy import idnumber

TONES = {"active": "green", "suspended": "amber", "ended": "grey"}
SHOWN = 100


class OfPlaces(ModelAdmin):
    """A row with the name of its place; its page is drawn by our own template, with its members."""

    page = ""
    show_full_result_count = False

    def get_queryset(self, request):
        region = Region.objects.filter(code=OuterRef("region_code")).values("name")
        return super().get_queryset(request).annotate(region_name=Subquery(region))

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request, row):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, self.page, {
            **self.admin_site.each_context(request), "opts": self.opts, "original": row, "title": str(row),
            "events": AuditEntry.objects.filter(subject=row.subject).order_by("-pk")[:20],
            "matters": [
                {"row": case, "tone": STATUS_TONES.get(case.status, "grey")}
                for case in row.matters.select_related("item", "registered_by").order_by("-pk")[:20]
            ],
            **self.members(row, request),
        })

    def members(self, row, request) -> dict:
        raise NotImplementedError

    @display(description="参保地", ordering="region_code")
    def place(self, row):
        return row.region_name or row.region_code


@register(Employer)
class EmployerAdmin(OfPlaces):
    page = "enrollment/employer.html"
    list_display = ["name", "credit_code", "kind", "place", "state_word", "insured_from"]
    list_filter = [("state", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter), "school"]
    search_fields = ["credit_code"]
    search_help_text = "统一社会信用代码、单位名称、名称首字母"

    def get_search_results(self, request, queryset, search_term):
        word = idnumber.normalise(search_term)
        if not word:
            return queryset, False
        if word.isascii() and word.isalpha():
            return queryset.filter(name_initials__startswith=word.lower()), False
        if word.isascii():
            return queryset.filter(credit_code=word.upper()), False
        return queryset.filter(name__contains=word), False

    def members(self, row, request) -> dict:
        """Who works and who studies there: those of today first, a bounded number of rows."""
        today, plain = bureau_day(now()), request.user.may("enrollment.see_names")
        employed = said(_latest(row.employments.select_related("person")), today)
        students = said(_latest(row.students.select_related("person")), today)
        for one in (*employed, *students):
            one.shown_name = one.person.name if plain else one.person.masked_name
        return {
            "today": today, "state_tone": TONES[row.state],
            "employments": employed[:SHOWN], "more_employments": len(employed) > SHOWN,
            "students": students[:SHOWN], "more_students": len(students) > SHOWN,
            "employed_now": row.employments.in_force(today).count(),
        }

    @display(description="参保状态", ordering="state")
    def state_word(self, row):
        return status_chip(row.get_state_display(), TONES[row.state])


def _latest(rows):
    """Open spans before closed ones, one more than are shown."""
    return rows.filter(voided=False).order_by("-ends_on", "-starts_on", "-pk")[: SHOWN + 1]


@register(Household)
class HouseholdAdmin(OfPlaces):
    page = "enrollment/household.html"
    list_display = ["number", "head", "place", "address", "registered_at"]
    search_fields = ["number"]
    search_help_text = "户编号、户口簿号、成员证件号码（全号）"

    def get_queryset(self, request):
        today = bureau_day(now())
        head = HouseholdMember.objects.in_force(today).filter(household=OuterRef("pk"), relation="head")
        return super().get_queryset(request).annotate(head_name=Subquery(head.values("person__name")[:1]))

    def get_search_results(self, request, queryset, search_term):
        word = idnumber.normalise(search_term).upper()
        if not word:
            return queryset, False
        member = HouseholdMember.objects.filter(person__id_no=word, voided=False).values("household")
        return queryset.filter(number=word) | queryset.filter(book_no=word) | queryset.filter(pk__in=member), False

    def members(self, row, request) -> dict:
        today, plain = bureau_day(now()), request.user.may("enrollment.see_names")
        rows = said(_members(row), today)
        for member in rows:
            periods = [one for one in member.person.insurance_periods.all() if one.holds_on(today)]
            member.insured = Scheme(periods[0].scheme).label if periods else ""
            member.shown_name = member.person.name if plain else member.person.masked_name
            member.age = member.person.age_on(member.person.died_on or today)
            # A member insured in another county is named, but his page is another county's to show.
            member.linked = request.user.sees(member.person.region_code)
        return {"members": rows}

    @display(description="户主")
    def head(self, row):
        return row.head_name[:1] + "*" * (len(row.head_name) - 1) if row.head_name else "—"


def _members(row: Household):
    rows = row.members.filter(voided=False).select_related("person").prefetch_related("person__insurance_periods")
    return rows.order_by("-ends_on", "pk")[:SHOWN]
