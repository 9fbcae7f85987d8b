"""The person's page gets a tab: what he may still draw this year, of every limit."""
from casework.admin_tabs import tab
from casework.clock import bureau_day, now
from casework.errors import Refused
from claims import services
from enrollment.models import Person


@tab("enrollment.person", key="limits", label="本年待遇", template="claims/person_tab.html",
     permission="claims.view_claim")
def limits(person: Person, request) -> dict:
    """The running totals and limits as of today; why nothing can be drawn, if so."""
    today = bureau_day(now())
    try:
        found = services.entitlements(person, today)
    except Refused as refusal:
        return {"on": today, "why_not": refusal.message}
    own = {limit.accumulator for limit in found.limits if not limit.shared}
    return {
        "on": today,
        "found": found,
        "why_not": found.why_not,
        "limits": found.limits,
        "rooms": sorted((row for row in found.rooms if row.name not in own), key=lambda row: row.cap is None),
    }
