"""The one page for everybody: which institutions certify what, for the insured of which place (BZ-CHR-8.1)."""
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from casework.clock import bureau_day, now
from casework.errors import Refused
from chronic import services as chronic
from chronic.services import screens
from chronic.services.registers import DRUG_CATEGORIES
from enrollment import services as enrollment


@require_safe
@cache_control(public=True, max_age=300)
def certifying_institutions(request: HttpRequest) -> HttpResponse:
    """The published list of today, by place and category. Needs no sign-in and shows nothing of persons."""
    today = bureau_day(now())
    places = []
    for district, rows in groupby(screens.published_everywhere(today), key=lambda row: row.district):
        labels = _labels(district)
        groups = [
            {"label": labels.get(category, category), "rows": list(found)}
            for category, found in groupby(rows, key=lambda row: row.category)
        ]
        places.append({"name": enrollment.region_name(district), "code": district, "groups": groups})
    return render(request, "chronic/public.html", {"places": places, "today": today})


def _labels(district: str) -> dict[str, str]:
    try:
        known = chronic.catalogue_of(district)
    except Refused:
        return {}
    return {code: one.label for code, one in known.rules.categories.items()} | DRUG_CATEGORIES
