"""The deeds of a case as buttons: which leave the present status, in which order, and why one is grey."""
from dataclasses import dataclass, field

from claims.admin.deeds import Deeds
from claims.models import Claim
from claims.services.publishing import PUBLISHABLE, rule_for
from claims.workflow import CLAIM, ClaimStatus


@dataclass
class Button:
    """A deed as the case page draws it: allowed, or why not."""

    name: str
    label: str
    url: str
    allowed: bool = True
    reason: str = ""
    style: str = ""
    page: bool = False
    gap: bool = False


@dataclass(frozen=True)
class Row:
    """One deed and the steps of the workflow that it takes."""

    name: str
    steps: tuple[str, ...]
    style: str = ""
    page: bool = False
    checks: bool = field(default=False, kw_only=True)


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
SETBACKS = {"send_back", "refuse", "withdraw", "reverse"}
MAKER = "登记、录入、结算与审核不得为同一人：您经手过此件，请转由他人办理。"


def buttons(claim: Claim, officer, address) -> list[Button]:
    """The deeds that leave the present status, those not open to this officer with the reason."""
    open_steps = {found.step.name: found for found in CLAIM.open_steps(claim, officer)}
    shown: list[Button] = []
    for row in ROWS:
        found = [open_steps[name] for name in row.steps if name in open_steps]
        if not found:
            continue
        allowed = any(step.allowed for step in found)
        reason = "" if allowed else found[0].reason
        if allowed and row.checks and officer.pk in claim.maker_ids:
            allowed, reason = False, MAKER
        label = "录入明细" if row.page else getattr(Deeds, row.name).short_description
        shown.append(Button(row.name, label, address(row.name), allowed, reason, row.style, row.page))
    _add_publishing(shown, claim, officer, address)
    if claim.status == ClaimStatus.ENTERED:
        for button in shown:
            if button.name == "enter":
                button.style, button.label = "", "修改明细"
    setback = next((button for button in shown if button.name in SETBACKS), None)
    if setback is not None:
        setback.gap = True
    return shown


def _add_publishing(shown: list[Button], claim: Claim, officer, address) -> None:
    """Publication stands among the deeds only where a rule asks for it."""
    if claim.status not in PUBLISHABLE or rule_for(claim) is None:
        return
    may = officer.may("claims.review_claim")
    reason = "" if may else "您的岗位不能办理公示，请转由初审办理。"
    shown.insert(0, Button("publish", Deeds.publish.short_description, address("publish"), may, reason))
