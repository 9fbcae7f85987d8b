"""The deeds of a case as buttons: which leave the present status, in which order, and why one is grey."""
from casework.admin_buttons import Button, Row, row_buttons
from maternity.models import MaternityCase
from maternity.workflow import MATERNITY

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


def buttons(case: MaternityCase, officer, labels: dict[str, str]) -> list[Button]:
    """The deeds that leave the present status, those not open to this officer with the reason."""
    shown = row_buttons(MATERNITY, ROWS, case, officer, labels=labels, maker=MAKER)
    for button in shown:
        if button.name == "enter" and case.status == "entered":
            button.style, button.label = "", "修改录入"
    return shown
