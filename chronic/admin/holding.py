"""What a person holds, in words and lanes: for the page of an entitlement and the tab on the person's page."""
from django.db.models import Exists, OuterRef
from django.urls import reverse

from casework.admin_base import status_chip
from chronic.admin.lanes import draw, now_mark
from chronic.models import Entitlement, EntitlementPeriod

SOON = (60, 30)


def state_of(row: Entitlement, today) -> tuple[str, str]:
    """The word for how an entitlement stands today; needs ``usable_now``."""
    if row.ended_on is not None and row.ended_on <= today:
        return "已终止", "grey"
    if row.usable_now:
        return "有效", "green"
    if row.review_due_on is not None and row.review_due_on < today:
        return "逾期未复审，暂停", "amber"
    return "未开始", "blue"


def review_chip(row: Entitlement, today) -> str:
    """How far the review is away, within the sixty days of the first invitation (BZ-AMB-29)."""
    days = (row.review_due_on - today).days
    if days < 0:
        return status_chip(f"逾期 {-days} 天", "red")
    return status_chip(f"还有 {days} 天", "amber" if days <= min(SOON) else "blue") if days <= max(SOON) else ""


def hidden(case, officer) -> bool:
    return bool(officer.institution_code) and case.institution.code != officer.institution_code


def belongings(person_id: int, request, today) -> dict:
    """All entitlements of a person that the officer may see, with their lanes. Two queries."""
    usable = EntitlementPeriod.objects.in_force(today).filter(entitlement=OuterRef("pk"))
    rows = list(
        Entitlement.objects.visible_to(request.user).filter(person=person_id).annotate(usable_now=Exists(usable))
        .prefetch_related("periods").order_by("ended_on", "pk")
    )
    lanes = draw(rows, today)
    for one in rows:
        one.word, one.tone = state_of(one, today)
    return {"entitlements": rows, "lanes": lanes, "today_x": now_mark(lanes, today)}


def matters_of(row: Entitlement, request) -> list[dict]:
    """Reviews, endings and spot checks of an entitlement that the officer may see, latest first. Three queries."""
    found = [("复审", item.certification) for item in row.reviews.select_related("certification").order_by("-pk")
             if request.user.sees(item.certification.region_code)]
    if request.user.has_perm("chronic.view_spotcheck"):
        found += [("终止", case) for case in row.endings.order_by("-pk")]
        found += [("抽查", case) for case in row.spot_checks.order_by("-pk")]
    return [
        {"kind": kind, "row": case, "url": reverse(
            f"admin:{case._meta.app_label}_{case._meta.model_name}_change", args=[case.pk]
        )} for kind, case in sorted(found, key=lambda one: one[1].registered_at, reverse=True)
    ]
