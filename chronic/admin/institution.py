"""The page of a certifying institution: qualifications, doctors, and what its applications came to."""
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.clock import bureau_day, now
from chronic.admin.charts import bars
from chronic.admin.worklist import entrusted
from chronic.models import Doctor, Qualification
from chronic.services import screens
from enrollment import services as enrollment
from enrollment.models import Institution

YEARS = 3


def address(house: Institution) -> str:
    return reverse("admin:chronic_qualification_institution", args=[house.pk])


def year_of(request) -> tuple[int, list[int]]:
    """The year asked for and those that can be chosen."""
    this = bureau_day(now()).year
    years = list(range(this, this - YEARS, -1))
    asked = request.GET.get("year", "")
    return (int(asked) if asked.isdecimal() and int(asked) in years else this), years


class InstitutionPage:
    """Mixed into the register of qualifications, which gives the address and the permission."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("institution/<int:institution_id>/", wrap(self.institution_view),
                 name="chronic_qualification_institution"),
            *super().get_urls(),
        ]

    def institution_view(self, request, institution_id):
        """One institution; only one that certifies for a district of the officer's territory is shown."""
        mine = Qualification.objects.visible_to(request.user).filter(institution=institution_id)
        house = Institution.objects.filter(pk__in=mine.values("institution")).select_related("region").first()
        if house is None or not self.has_view_permission(request):
            raise Http404
        year, years = year_of(request)
        today = bureau_day(now())
        figures = screens.figures_of(house, request.user, year)
        labels = dict(entrusted(request.user))
        named = mine.annotate(district_name=enrollment.county_name("district"))
        rows = list(named.order_by("district", "category", "starts_on"))
        for row in rows:
            row.label, row.live = labels.get(row.category, row.category), row.holds_on(today)
        doctors = list(Doctor.objects.visible_to(request.user).filter(institution=house))
        for doctor in doctors:
            doctor.live = doctor.holds_on(today)
        return TemplateResponse(request, "chronic/institution.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": house.name, "house": house,
            "qualifications": rows, "doctors": doctors, "year": year, "years": years,
            "checks": screens.checks_of(house, request.user, year),
            "figures": [{"name": name, "row": row} for name, row in figures.items()],
            "totals": {name: sum(getattr(row, name) for row in figures.values())
                       for name in ("granted", "refused", "waiting")},
            "chart": bars([(name, {"granted": row.granted, "refused": row.refused, "waiting": row.waiting})
                           for name, row in figures.items()]),
        })
