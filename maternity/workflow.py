"""The steps of a maternity case (生育待遇): entered and computed, reviewed and approved by two others, paid."""

from django.db import models

from casework.workflow import Step, Workflow

REGISTER = "maternity.register_maternitycase"
REVIEW = "maternity.review_maternitycase"
APPROVE = "maternity.approve_maternitycase"
SUPERVISE = "maternity.supervise_maternitycase"
PAY = "maternity.pay_maternitycase"


class CaseStatus(models.TextChoices):
    REGISTERED = "registered", "待录入"
    SUPPLEMENT = "supplement", "待补正"
    ENTERED = "entered", "待核算"
    COMPUTED = "computed", "待初审"
    REVIEWED = "reviewed", "待复核"
    APPROVED = "approved", "待拨付"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤销"
    REFUSED = "refused", "不予支付"


S = CaseStatus
OPEN = (S.REGISTERED, S.SUPPLEMENT, S.ENTERED, S.COMPUTED, S.REVIEWED)

MATERNITY = Workflow(
    "SY",
    "生育待遇",
    CaseStatus,
    Step("register", "登记", "", S.REGISTERED, REGISTER, task="enter"),
    Step("ask_supplement", "告知补正", S.REGISTERED, S.SUPPLEMENT, REGISTER, stops_clock=True),
    Step("receive_supplement", "收到补正", S.SUPPLEMENT, S.REGISTERED, REGISTER, resumes_clock=True, task="enter"),
    Step("enter", "录入", (S.REGISTERED, S.ENTERED), S.ENTERED, REGISTER, task="compute"),
    Step("compute", "核算", S.ENTERED, S.COMPUTED, REGISTER, task="review"),
    Step("review", "初审", S.COMPUTED, S.REVIEWED, REVIEW, not_after=("enter", "compute"), task="approve"),
    Step(
        "approve", "复核", S.REVIEWED, S.APPROVED, APPROVE, not_after=("enter", "compute", "review"), task="close",
    ),
    Step(
        "send_back", "退回", (S.COMPUTED, S.REVIEWED), S.ENTERED, REVIEW, needs_note=True, returns=True,
        task="compute",
    ),
    Step(
        "refuse", "不予支付", (S.ENTERED, S.COMPUTED, S.REVIEWED), S.REFUSED, REVIEW, needs_note=True,
        not_after=("enter", "compute"),
    ),
    Step("withdraw", "撤销", OPEN, S.WITHDRAWN, REGISTER, needs_note=True),
    Step("close", "办结", S.APPROVED, S.CLOSED, PAY, not_after=("approve",)),
    closed=(S.CLOSED, S.WITHDRAWN, S.REFUSED),
)
