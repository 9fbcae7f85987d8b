"""The steps of a maternity case (生育待遇): entered and computed, reviewed and approved by two others, paid.

The steps of paying (`batch` to `pay_again`) are taken by the payment list and the bank's return of claims, through
this app's services; nobody takes them by hand.
"""

from typing import Any

from django.db import models

from casework.workflow import Step, Workflow

REGISTER = "maternity.register_maternitycase"
REVIEW = "maternity.review_maternitycase"
APPROVE = "maternity.approve_maternitycase"
REFUSE = "maternity.refuse_maternitycase"
SUPERVISE = "maternity.supervise_maternitycase"
PAY = "maternity.pay_maternitycase"
CORRECT = "maternity.correct_maternitycase"
REVERSE = "maternity.reverse_maternitycase"


class CaseStatus(models.TextChoices):
    REGISTERED = "registered", "待录入"
    SUPPLEMENT = "supplement", "待补正"
    ENTERED = "entered", "待核算"
    COMPUTED = "computed", "待初审"
    REVIEWED = "reviewed", "待复核"
    APPROVED = "approved", "待拨付"
    PAYING = "paying", "拨付中"
    PAYMENT_FAILED = "payment_failed", "拨付失败"
    CLOSED = "closed", "已办结"
    REVERSED = "reversed", "已冲销"
    WITHDRAWN = "withdrawn", "已撤销"
    REFUSED = "refused", "不予支付"


S = CaseStatus
OPEN = (S.REGISTERED, S.SUPPLEMENT, S.ENTERED, S.COMPUTED, S.REVIEWED)
DECIDED = (S.APPROVED, S.PAYING, S.PAYMENT_FAILED, S.CLOSED)

MAKING = ("register", "enter", "compute")
"""The steps that make a case what it is: whoever took one of them decides nothing about it."""

RETURNS = {
    S.ENTERED: (REGISTER, (S.REGISTERED,)),
    S.COMPUTED: (REVIEW, (S.REGISTERED, S.ENTERED)),
    S.REVIEWED: (APPROVE, (S.REGISTERED, S.ENTERED, S.COMPUTED)),
    S.APPROVED: (PAY, (S.REGISTERED, S.ENTERED, S.COMPUTED, S.REVIEWED)),
}
"""Where a case may be sent back to (回退), and the right that the officer needs at whose desk it lies."""

AWAITED = {
    S.REGISTERED: "enter",
    S.SUPPLEMENT: "receive_supplement",
    S.ENTERED: "compute",
    S.COMPUTED: "review",
    S.REVIEWED: "approve",
    S.APPROVED: "batch",
    S.PAYMENT_FAILED: "correct_account",
}


def return_step(source: str, target: str) -> str:
    """The name of the step that sends a case back from one status to an earlier one."""
    return f"return_{source}_to_{target}"


def _step(name: str, label: str, source: Any, target: str, permission: str, **more: Any) -> Step:
    return Step(name, label, source, target, permission, **{"task": AWAITED.get(target), **more})


MATERNITY = Workflow(
    "SY",
    "生育待遇",
    CaseStatus,
    _step("register", "登记", "", S.REGISTERED, REGISTER),
    _step("ask_supplement", "告知补正", (S.REGISTERED, S.ENTERED), S.SUPPLEMENT, REGISTER, stops_clock=True),
    _step("receive_supplement", "收到补正", S.SUPPLEMENT, S.REGISTERED, REGISTER, resumes_clock=True),
    _step("enter", "录入", (S.REGISTERED, S.ENTERED), S.ENTERED, REGISTER),
    _step("compute", "核算", S.ENTERED, S.COMPUTED, REGISTER),
    _step("review", "初审", S.COMPUTED, S.REVIEWED, REVIEW, not_after=MAKING),
    _step("approve", "复核", S.REVIEWED, S.APPROVED, APPROVE, not_after=(*MAKING, "review")),
    _step("batch", "列入拨付批次", S.APPROVED, S.PAYING, PAY, not_after=("approve",)),
    _step("unbatch", "批次作废", S.PAYING, S.APPROVED, PAY, returns=True),
    _step("close", "拨付到账办结", S.PAYING, S.CLOSED, PAY),
    _step("fail", "拨付失败", S.PAYING, S.PAYMENT_FAILED, PAY, returns=True),
    _step("correct_account", "更正账户", S.PAYMENT_FAILED, S.PAYMENT_FAILED, CORRECT, task="pay_again"),
    _step("pay_again", "确认账户重新拨付", S.PAYMENT_FAILED, S.APPROVED, PAY, not_after=("correct_account",)),
    _step("withdraw", "撤销", (*OPEN, S.APPROVED), S.WITHDRAWN, REGISTER, needs_note=True),
    _step("refuse", "不予支付", OPEN, S.REFUSED, REFUSE, needs_note=True, not_after=MAKING),
    _step("reverse", "冲销", (S.APPROVED, S.PAYMENT_FAILED, S.CLOSED), S.REVERSED, REVERSE, needs_note=True),
    *(
        _step(
            return_step(source, target), f"回退至{target.label}", source, target, permission, needs_note=True,
            returns=True,
        )
        for source, (permission, targets) in RETURNS.items()
        for target in targets
    ),
    closed=(S.CLOSED, S.REVERSED, S.WITHDRAWN, S.REFUSED),
)
