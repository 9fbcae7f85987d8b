"""The catalogue as the rules print it: diseases with limits by scheme, criteria, papers, doctors, review and end."""
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.clock import bureau_day, now
from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import facts
from chronic.models import Doctor
from chronic.services import screens
from policy.catalogue import Catalogue, Unit

STARTS = {
    "certification_date": "认定日", "diagnosis_date": "确诊日", "recording_date": "录入日", "none": "—",
}


class CataloguePages:
    """Mixed into the register of qualifications, which gives the address and the permission."""

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("catalogue/", wrap(self.catalogue_view), name="chronic_qualification_catalogue"),
            path("catalogue/<str:code>/", wrap(self.unit_view), name="chronic_qualification_unit"),
            *super().get_urls(),
        ]

    def _catalogue(self, request) -> Catalogue:
        """The catalogue of the officer's own pool."""
        if not self.has_view_permission(request):
            raise Http404
        return chronic.catalogue_of(request.user.region_code)

    def catalogue_view(self, request):
        try:
            known = self._catalogue(request)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:index"))
        today = bureau_day(now())
        return TemplateResponse(request, "chronic/catalogue.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "病种目录", "known": known,
            "categories": [
                {"label": one.label, "rule": one.rule, "article": one.article, "starts": STARTS[one.starts],
                 "units": [_row(known, unit, today) for unit in known.in_category(code)]}
                for code, one in known.rules.categories.items()
            ],
        })

    def unit_view(self, request, code: str):
        try:
            known = self._catalogue(request)
            unit = chronic.unit_of(known, code)
        except Refused as refusal:
            raise Http404 from refusal
        category = known.rules.categories[unit.category]
        titles = dict(Doctor.Title.choices)
        return TemplateResponse(request, "chronic/unit_page.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": unit.label, "unit": unit,
            "category": category, "starts": STARTS[category.starts],
            "limits": screens.limits_of(known, unit.code, bureau_day(now())),
            "form": facts.tree(unit, facts.Typed()) if unit.criteria else None,
            "materials": [{"name": known.material_label(one.type), "note": one.note, "sometimes": one.when is not None}
                          for one in unit.materials],
            "documents": list(known.rules.documents.values()), "documents_rule": known.rules.documents_rule,
            "rank": titles.get(known.rules.rank or "", ""), "rank_rule": known.rules.rank_rule,
            "doctors": [{"rank": titles.get(one.rank or "", ""), "row": one} for one in unit.doctors],
        })


def _row(known: Catalogue, unit: Unit, today) -> dict:
    by_scheme: dict[str, list[str]] = {}
    for limit in screens.limits_of(known, unit.code, today):
        by_scheme.setdefault(limit.scheme, []).append(limit.text)
    return {
        "unit": unit, "limits": [{"scheme": scheme, "text": "、".join(dict.fromkeys(texts))}
                                 for scheme, texts in by_scheme.items()],
    }
