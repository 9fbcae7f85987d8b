"""The deeds of a case as buttons: which leave the present status, in which order, and why one is grey."""
from dataclasses import dataclass

from django.urls import reverse

from maternity.models import MaternityCase
from maternity.workflow import MATERNITY


@dataclass
class Button:
    """A deed as the page draws it: allowed, or why not."""

    name: str
    label: str
    url: str
    allowed: bool = True
    reason: str = ""
    style: str = ""


@dataclass(frozen=True)
class Row:
    """One deed and the steps of the workflow that it takes; `checks` bars whoever made the case."""

    name: str
    steps: tuple[str, ...]
    style: str = ""
    checks: bool = False


ROWS = [
    Row("enter", ("enter",), "cw-primary"),
    Row("receive_supplement", ("receive_supplement",), "cw-primary"),
    Row("compute", ("compute",), "cw-primary"),
    Row("review", ("review",), "cw-primary", checks=True),
    Row("approve", ("approve",), "cw-primary", checks=True),
    Row("ask_supplement", ("ask_supplement",)),
    Row("send_back", tuple(name for name in MATERNITY.steps if name.startswith("return_")), "cw-danger"),
    Row("refuse", ("refuse",), "cw-danger", checks=True),
    Row("withdraw", ("withdraw",), "cw-danger"),
    Row("reverse", ("reverse",), "cw-danger"),
]
MAKER = "登记、录入、核算与审核不得为同一人：您经手过此件，请转由他人办理。"


def address_of(case: MaternityCase, name: str) -> str:
    return f"{reverse(f'admin:maternity_maternitycase_{name}', args=[case.pk])}?version={case.version}"


def buttons(case: MaternityCase, officer, labels: dict[str, str]) -> list[Button]:
    """The deeds that leave the present status, those not open to this officer with the reason."""
    open_steps = {found.step.name: found for found in MATERNITY.open_steps(case, officer)}
    shown: list[Button] = []
    for row in ROWS:
        found = [open_steps[name] for name in row.steps if name in open_steps]
        if not found:
            continue
        allowed = any(step.allowed for step in found)
        reason = "" if allowed else found[0].reason
        if allowed and row.checks and officer.pk in case.maker_ids:
            allowed, reason = False, MAKER
        shown.append(Button(row.name, labels[row.name], address_of(case, row.name), allowed, reason, row.style))
    for button in shown:
        if button.name == "enter" and case.status == "entered":
            button.style, button.label = "", "修改录入"
    return shown


def why(shown: list[Button]) -> list[dict]:
    """Why some buttons are grey, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for button in shown:
        if button.reason:
            by_reason.setdefault(button.reason, []).append(button.label)
    return [{"label": "、".join(labels), "text": text} for text, labels in by_reason.items()]
