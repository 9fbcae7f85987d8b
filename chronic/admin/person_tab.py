"""The entitlements on the page of a person, with the applications that are under way."""
from casework.admin_tabs import tab
from casework.clock import bureau_day, now
from chronic.admin.holding import belongings
from chronic.admin.worklist import TONES
from chronic.models import Certification

SHOWN = 20


@tab("enrollment.person", key="chronic", label="慢特病待遇", template="chronic/person_tab.html",
     permission="chronic.view_entitlement")
def entitlements(person, request) -> dict:
    """Three queries, whatever the person has."""
    found = belongings(person.pk, request, bureau_day(now()))
    cases = Certification.objects.visible_to(request.user).filter(person=person.pk).select_related("institution")
    return {
        **found, "count": len(found["entitlements"]) or None, "may_open": True,
        "cases": [{"row": row, "tone": TONES.get(row.status, "blue")} for row in cases.order_by("-pk")[:SHOWN]],
    }
