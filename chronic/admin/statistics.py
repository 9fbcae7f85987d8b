"""Statistics by disease and county, as bars and as the table that they are drawn from."""
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path

from chronic.admin.charts import bars
from chronic.admin.institution import year_of
from chronic.admin.worklist import categories
from chronic.services import screens
from enrollment.models import Region

KINDS = ("granted", "refused", "waiting")


class StatisticsPage:
    """Mixed into the screen of entitlements, which gives the address and the permission."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [path("statistics/", wrap(self.statistics_view), name="chronic_entitlement_statistics"),
                *super().get_urls()]

    def statistics_view(self, request):
        """Applications of the chosen year, and the entitlements that stand today. Five queries."""
        if not self.has_view_permission(request) or request.user.institution_code:
            raise PermissionDenied
        year, years = year_of(request)
        found = screens.statistics(request.user, year)
        labels = dict(categories(request.user))
        for row in found["diseases"]:
            row["label"] = labels.get(row["category"], row["category"])
        codes = {row["region"][:6] for row in found["counties"]}
        names = dict(Region.objects.filter(code__in=codes).values_list("code", "name"))
        for row in found["counties"]:
            row["name"] = names.get(row["region"][:6], row["region"])
        return TemplateResponse(request, "chronic/statistics.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "慢特病统计", "year": year,
            "years": years, **found, "totals": _totals(found["diseases"]),
            "disease_chart": bars(_parts(found["diseases"], "unit_name", KINDS)),
            "county_chart": bars(_parts(found["counties"], "name", KINDS)),
            "live_chart": bars(_parts(found["counties"], "name", ("live",))),
        })


def _totals(rows: list[dict]) -> dict[str, int]:
    return {kind: sum(row[kind] for row in rows) for kind in (*KINDS, "live")}


def _parts(rows: list[dict], label: str, kinds: tuple[str, ...]) -> list[tuple[str, dict[str, int]]]:
    return [(row[label], {kind: row[kind] for kind in kinds}) for row in rows]
