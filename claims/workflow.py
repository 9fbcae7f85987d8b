"""The steps of a manual reimbursement (手工报销), of a payment batch and of an adjustment, as tables.

Each row: what it is called, from which status to which, the right it needs, and whose hands it must not be in.
"""

from django.db import models

from casework.workflow import Step, Workflow


class ClaimStatus(models.TextChoices):
    TOWNSHIP = "township", "待乡镇资料初审"
    PRECHECKED = "prechecked", "待县级受理"
    REGISTERED = "registered", "待明细录入"
    SUPPLEMENT = "supplement", "待补正"
    ENTERED = "entered", "待结算"
    SETTLED = "settled", "待初审"
    REVIEWED = "reviewed", "待复核"
    APPROVED = "approved", "待拨付"
    PAYING = "paying", "拨付中"
    PAYMENT_FAILED = "payment_failed", "拨付失败"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤销"
    REFUSED = "refused", "不予支付"


S = ClaimStatus

MAKING = ("register", "register_township", "enter_details", "settle")
"""The steps that make a claim what it is: whoever took one of them decides nothing about it."""

RETURNS = {
    S.PRECHECKED: ("claims.accept_claim", (S.TOWNSHIP,)),
    S.ENTERED: ("claims.settle_claim", (S.REGISTERED,)),
    S.SETTLED: ("claims.review_claim", (S.REGISTERED, S.ENTERED)),
    S.REVIEWED: ("claims.approve_claim", (S.REGISTERED, S.ENTERED, S.SETTLED)),
    S.APPROVED: ("claims.pay_claim", (S.REGISTERED, S.ENTERED, S.SETTLED, S.REVIEWED)),
}
"""Where a claim may be sent back to (回退), and the right that the officer needs at whose desk it lies."""

AWAITED = {
    S.TOWNSHIP: "precheck",
    S.PRECHECKED: "accept",
    S.REGISTERED: "enter_details",
    S.SUPPLEMENT: "receive_supplement",
    S.ENTERED: "settle",
    S.SETTLED: "review",
    S.REVIEWED: "approve",
    S.APPROVED: "batch",
    S.PAYMENT_FAILED: "correct_account",
}
"""The step that a claim in each open status waits for; in payment it waits for the batch's bank."""

INVOLVED = "claims.view_claim"
"""The right for steps that follow from another claim's reversal: nobody chooses to take them."""


def return_step(source: str, target: str) -> str:
    """The name of the step that sends a claim back from one status to an earlier one."""
    return f"return_{source}_to_{target}"


def _step(name: str, label: str, source: str | tuple[str, ...], target: str, permission: str, **more) -> Step:
    return Step(name, label, source, target, permission, **{"task": AWAITED.get(target), **more})


CLAIM = Workflow(
    "LX",
    "手工报销",
    ClaimStatus,
    _step("register", "登记", "", S.REGISTERED, "claims.register_claim"),
    _step("register_township", "乡镇登记", "", S.TOWNSHIP, "claims.register_claim"),
    _step("precheck", "乡镇资料初审", S.TOWNSHIP, S.PRECHECKED, "claims.precheck_claim"),
    _step("accept", "县级受理", S.PRECHECKED, S.REGISTERED, "claims.accept_claim"),
    _step("ask_supplement", "告知补正", (S.REGISTERED, S.ENTERED), S.SUPPLEMENT, "claims.register_claim",
          stops_clock=True),
    _step("receive_supplement", "收到补正", S.SUPPLEMENT, S.REGISTERED, "claims.register_claim", resumes_clock=True),
    _step("enter_details", "明细录入", (S.REGISTERED, S.ENTERED), S.ENTERED, "claims.enter_claim"),
    _step("settle", "结算", S.ENTERED, S.SETTLED, "claims.settle_claim"),
    _step("review", "初审", S.SETTLED, S.REVIEWED, "claims.review_claim", not_after=MAKING),
    _step("approve", "复核", S.REVIEWED, S.APPROVED, "claims.approve_claim", not_after=(*MAKING, "review")),
    _step("approve_unpaid", "复核（无须拨付）", S.REVIEWED, S.CLOSED, "claims.approve_claim",
          not_after=(*MAKING, "review")),
    _step("batch", "列入拨付批次", S.APPROVED, S.PAYING, "claims.pay_claim", not_after=("approve",)),
    _step("unbatch", "批次作废", S.PAYING, S.APPROVED, "claims.pay_claim", returns=True),
    _step("close", "拨付到账办结", S.PAYING, S.CLOSED, "claims.record_return"),
    _step("fail", "拨付失败", S.PAYING, S.PAYMENT_FAILED, "claims.record_return", returns=True),
    _step("correct_account", "更正账户", S.PAYMENT_FAILED, S.PAYMENT_FAILED, "claims.correct_account",
          task="pay_again"),
    _step("pay_again", "确认账户重新拨付", S.PAYMENT_FAILED, S.APPROVED, "claims.pay_claim",
          not_after=("correct_account",)),
    _step("withdraw", "撤销", (S.TOWNSHIP, S.PRECHECKED, S.REGISTERED, S.SUPPLEMENT, S.ENTERED, S.SETTLED, S.REVIEWED,
          S.APPROVED), S.WITHDRAWN, "claims.withdraw_claim", needs_note=True),
    _step("refuse", "不予支付", (S.REGISTERED, S.SUPPLEMENT, S.ENTERED, S.SETTLED, S.REVIEWED), S.REFUSED,
          "claims.refuse_claim", needs_note=True, not_after=MAKING),
    _step("reverse", "冲销", (S.APPROVED, S.PAYMENT_FAILED, S.CLOSED), S.ENTERED, "claims.reverse_claim",
          needs_note=True, returns=True),
    _step("recalculate", "年度重算退回初审", (S.SETTLED, S.REVIEWED), S.SETTLED, INVOLVED, returns=True),
    *(
        _step(return_step(source, target), f"回退至{target.label}", source, target, permission,
              needs_note=True, returns=True)
        for source, (permission, targets) in RETURNS.items()
        for target in targets
    ),
    closed=(S.CLOSED, S.WITHDRAWN, S.REFUSED),
)


class BatchStatus(models.TextChoices):
    MADE = "made", "待确认"
    CONFIRMED = "confirmed", "待送银行"
    SENT = "sent", "待银行回盘"
    CLOSED = "closed", "已办结"
    CANCELLED = "cancelled", "已作废"


B = BatchStatus

BATCH = Workflow(
    "BF",
    "拨付批次",
    BatchStatus,
    Step("register", "编制批次", "", B.MADE, "claims.pay_claim", task="confirm"),
    Step("confirm", "确认批次", B.MADE, B.CONFIRMED, "claims.confirm_batch", not_after=("register",), task="export"),
    Step("export", "导出银行文件", (B.CONFIRMED, B.SENT), B.SENT, "claims.export_batch", task="record_return"),
    Step("record_return", "登记银行回盘", B.SENT, B.SENT, "claims.record_return", task="record_return"),
    Step("finish", "银行回盘办结", B.SENT, B.CLOSED, "claims.record_return"),
    Step("cancel", "批次作废", (B.MADE, B.CONFIRMED), B.CANCELLED, "claims.pay_claim", needs_note=True),
    closed=(B.CLOSED, B.CANCELLED),
)


class AdjustmentStatus(models.TextChoices):
    PROPOSED = "proposed", "待审核"
    REVIEWED = "reviewed", "待复核"
    PAYING = "paying", "待补支付"
    RECOVERING = "recovering", "待追回"
    CLOSED = "closed", "已办结"
    DROPPED = "dropped", "不予调整"


A = AdjustmentStatus

ADJUSTMENT = Workflow(
    "TZ",
    "补支付与追回",
    AdjustmentStatus,
    Step("propose", "提出调整", "", A.PROPOSED, INVOLVED, task="review"),
    Step("review", "审核", A.PROPOSED, A.REVIEWED, "claims.review_adjustment", not_after=("propose",),
         task="approve_payment"),
    Step("approve_payment", "复核补支付", A.REVIEWED, A.PAYING, "claims.approve_adjustment",
         not_after=("propose", "review")),
    Step("approve_recovery", "复核追回", A.REVIEWED, A.RECOVERING, "claims.approve_adjustment",
         not_after=("propose", "review"), task="receive_money"),
    Step("receive_money", "追回到账", A.RECOVERING, A.CLOSED, "claims.record_return", needs_note=True),
    Step("paid", "补支付到账", A.PAYING, A.CLOSED, "claims.record_return"),
    Step("drop", "不予调整", (A.PROPOSED, A.REVIEWED), A.DROPPED, "claims.approve_adjustment", needs_note=True,
         not_after=("propose",)),
    closed=(A.CLOSED, A.DROPPED),
)
