"""The year's page: what was spent, by payer, category and county; closing and reopening; a person's year."""

from decimal import Decimal

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.admin_base import DialogForm, ModelAdmin, action, register
from casework.clock import bureau_day, now
from casework.errors import Refused
from claims.models import YearClosing
from claims.services import PAYER_NAMES
from claims.services import years as ledger_years
from enrollment.models import HardshipIdentity, Region
from relief import services
from relief.models import Recompute
from relief.services import years

CATEGORIES = dict(HardshipIdentity.Category.choices) | {"": "其他"}
YEARS = 6
BAR = 62
"""Hundredths of the drawing's width that the longest bar takes; names and sums have the rest."""


class YearForm(DialogForm):
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        asked = self.request.GET.get("year", "")
        self.fields["year"].initial = int(asked) if asked.isdecimal() else bureau_day(now()).year - 1


class ReopenForm(YearForm):
    reason = forms.CharField(label="重开原因", max_length=500, widget=forms.Textarea({"rows": 3}))


@register(YearClosing)
class YearAdmin(ModelAdmin):
    """One page a year; its two deeds are the pool's supervisors'."""

    actions = None
    actions_list = ["close", "reopen"]

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("person/<int:person_id>/<int:year>/", wrap(self.person_view), name="relief_person_year"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        this = bureau_day(now()).year
        asked = request.GET.get("year", "")
        year = int(asked) if asked.isdecimal() and len(asked) == 4 else this
        city = f"{request.user.region_code[:4]}00"
        closing = ledger_years.standing(year, city)
        return TemplateResponse(request, "relief/year.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"{year}年度", "year": year,
            "years": range(this, this - YEARS, -1), "closing": closing,
            "closings": YearClosing.objects.filter(year=year, region_code=city).select_related(
                "closed_by", "reopened_by"),
            "hindrances": [] if closing else years.hindrances(year, city),
            "over": year < this, "may_close": request.user.may("claims.close_year"),
            "run": Recompute.objects.visible_to(request.user).filter(year=year).first(), **self._spent(request, year),
            "close_url": reverse("admin:claims_yearclosing_close") + f"?year={year}",
            "reopen_url": reverse("admin:claims_yearclosing_reopen") + f"?year={year}",
        })

    def _spent(self, request, year: int) -> dict:
        totals = years.year_totals(year, request.user)
        rows = years.spent(year, request.user)
        names = dict(Region.objects.filter(code__in={row.region_code for row in rows}).values_list("code", "name"))
        return {
            "totals": totals,
            "payers": [{"label": label, "amount": totals[name]} for name, label in PAYER_NAMES.items()],
            "by_category": chart([(CATEGORIES[row.category], row.category, row) for row in rows]),
            "by_county": chart([(names.get(row.region_code, row.region_code), row.category, row) for row in rows]),
            "legend": [{"label": CATEGORIES[each], "colour": colour(each)} for each in _shown(rows)],
        }

    def person_view(self, request, person_id: int, year: int):
        if not request.user.may("claims.view_accumulator"):
            raise PermissionDenied
        try:
            found = years.person_year(person_id=person_id, year=year, by=request.user)
        except Refused as refusal:
            raise Http404 from refusal
        plain = request.user.may("enrollment.see_names")
        return TemplateResponse(request, "relief/person_year.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"{year}年度", "found": found,
            "name": found.person.name if plain else found.person.masked_name, "years": (year - 1, year + 1),
        })

    @action(
        description="年度关账", form_class=YearForm, permissions=["claims.close_year"],
        consequence="关账后该年度不再接受结算、冲销和重新结算，直到由另一名市级主管重开。",
    )
    def close(self, request, form):
        year = form.cleaned_data["year"]
        services.close_year(year=year, region_code=request.user.region_code, by=request.user, at=now())
        return f"{year}年度已关账。"

    @action(
        description="重开年度", form_class=ReopenForm, permissions=["claims.close_year"], variant="danger",
        consequence="重开后该年度可以结算和冲销；重开的人员和原因记入审计记录，办完后应重新关账。",
    )
    def reopen(self, request, form):
        asked = form.cleaned_data
        ledger_years.reopen_year(
            year=asked["year"], region_code=request.user.region_code, reason=asked["reason"], by=request.user, at=now()
        )
        return f"{asked['year']}年度已重开。"


def _shown(rows: list[years.Spent]) -> list[str]:
    present = {row.category for row in rows}
    return [each for each in CATEGORIES if each in present]


def colour(category: str) -> int:
    """The number of a category's colour; the legend and the table say it in words."""
    return list(CATEGORIES).index(category)


def chart(rows: list[tuple[str, str, years.Spent]]) -> list[dict]:
    """Bars with a part for each category, as shares of the drawing's width; the longest first."""
    bars: dict[str, dict[str, Decimal]] = {}
    persons: dict[str, int] = {}
    for name, category, row in rows:
        parts = bars.setdefault(name, {})
        parts[category] = parts.get(category, Decimal(0)) + row.total
        persons[name] = persons.get(name, 0) + row.persons
    longest = max((sum(parts.values()) for parts in bars.values()), default=Decimal(1)) or Decimal(1)
    drawn = []
    for name, parts in sorted(bars.items(), key=lambda bar: -sum(bar[1].values())):
        start, pieces = Decimal(0), []
        for category in (each for each in CATEGORIES if each in parts):
            width = parts[category] * BAR / longest
            pieces.append({"x": f"{start:.3f}", "width": f"{width:.3f}", "colour": colour(category),
                           "label": CATEGORIES[category], "amount": parts[category]})
            start += width
        drawn.append({"name": name, "pieces": pieces, "end": f"{start + 1:.3f}", "total": sum(parts.values()),
                      "persons": persons[name]})
    return drawn
