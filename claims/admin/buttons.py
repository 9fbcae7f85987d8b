"""The deeds of a case as buttons: which leave the present status, in which order, and why one is grey."""
from django.urls import reverse

from casework.admin_buttons import Button, Row, part_gap, row_buttons
from casework.admin_buttons import address_of as deed_address
from claims.admin.deeds import Deeds
from claims.models import Claim
from claims.services.publishing import PUBLISHABLE, rule_for
from claims.workflow import CLAIM, ClaimStatus

ROWS = [
    Row("precheck", ("precheck",), "cw-primary"),
    Row("accept", ("accept",), "cw-primary"),
    Row("enter", ("enter_details",), "cw-primary", page=True),
    Row("receive_supplement", ("receive_supplement",), "cw-primary"),
    Row("settle", ("settle",), "cw-primary"),
    Row("review", ("review",), "cw-primary", checks=True),
    Row("approve", ("approve",), "cw-primary", checks=True),
    Row("pay_again", ("pay_again",), "cw-primary"),
    Row("correct_account", ("correct_account",)),
    Row("ask_supplement", ("ask_supplement",)),
    Row("send_back", tuple(name for name in CLAIM.steps if name.startswith("return_")), "cw-danger"),
    Row("refuse", ("refuse",), "cw-danger", checks=True),
    Row("withdraw", ("withdraw",), "cw-danger"),
    Row("reverse", ("reverse",), "cw-danger"),
]
MAKER = "登记、录入、结算与审核不得为同一人：您经手过此件，请转由他人办理。"


def address_of(claim: Claim, name: str) -> str:
    """The entry is a page of its own, the rest are dialogs."""
    if name == "enter":
        return reverse("admin:claims_claim_entry", args=[claim.pk])
    return deed_address(claim, name)


def buttons(claim: Claim, officer) -> list[Button]:
    """The deeds that leave the present status, those not open to this officer with the reason."""
    labels = {row.name: getattr(Deeds, row.name).short_description for row in ROWS if not row.page}
    shown = row_buttons(
        CLAIM, ROWS, claim, officer, labels=labels | {"enter": "录入明细"}, maker=MAKER, address=address_of
    )
    _add_publishing(shown, claim, officer)
    if claim.status == ClaimStatus.ENTERED:
        for button in shown:
            if button.name == "enter":
                button.style, button.label = "", "修改明细"
    part_gap(shown)
    return shown


def _add_publishing(shown: list[Button], claim: Claim, officer) -> None:
    """Publication stands among the deeds only where a rule asks for it."""
    if claim.status not in PUBLISHABLE or rule_for(claim) is None:
        return
    may = officer.may("claims.review_claim")
    reason = "" if may else "您的岗位不能办理公示，请转由初审办理。"
    shown.insert(0, Button("publish", Deeds.publish.short_description, address_of(claim, "publish"), may, reason))
