"""The steps of relief on application (依申请救助), and of settling a person's year again (年度重新结算)."""

from django.db import models

from casework.workflow import Step, Workflow

REGISTER = "relief.register_application"
DECIDE = "relief.record_decision"
VIEW_RECONSIDERATION = "relief.view_reconsideration"
"""Cases follow from an identity, in the name of whoever entered it, or from a recompute."""
PROPOSE = "relief.propose_reconsideration"
APPLY = "relief.apply_reconsideration"


class ApplicationStatus(models.TextChoices):
    REGISTERED = "registered", "待转送"
    SUPPLEMENT = "supplement", "待补正"
    PUBLISHED = "published", "公示中"
    SENT = "sent", "待认定结果"
    RECOGNISED = "recognised", "已认定"
    REFUSED = "refused", "不予认定"
    WITHDRAWN = "withdrawn", "已撤回"


S = ApplicationStatus

APPLICATION = Workflow(
    "JZ",
    "依申请救助",
    ApplicationStatus,
    Step("register", "登记", "", S.REGISTERED, REGISTER, task="send"),
    Step("ask_supplement", "告知补正", S.REGISTERED, S.SUPPLEMENT, REGISTER, needs_note=True, stops_clock=True,
         task="receive_supplement"),
    Step("receive_supplement", "收到补正", S.SUPPLEMENT, S.REGISTERED, REGISTER, resumes_clock=True, task="send"),
    Step("publish", "公示", S.REGISTERED, S.PUBLISHED, REGISTER, task="send"),
    Step("object", "登记公示异议", S.PUBLISHED, S.PUBLISHED, REGISTER, needs_note=True, task="answer"),
    Step("answer", "答复公示异议", S.PUBLISHED, S.PUBLISHED, DECIDE, needs_note=True, not_after=("object",),
         task="send"),
    Step("send", "转送认定部门", (S.REGISTERED, S.PUBLISHED), S.SENT, REGISTER, task="recognise"),
    Step("recognise", "登记认定", S.SENT, S.RECOGNISED, DECIDE, not_after=("register",)),
    Step("refuse", "登记不予认定", S.SENT, S.REFUSED, DECIDE, needs_note=True, not_after=("register",)),
    Step("withdraw", "撤回", (S.REGISTERED, S.SUPPLEMENT, S.PUBLISHED, S.SENT), S.WITHDRAWN, REGISTER,
         needs_note=True),
    closed=(S.RECOGNISED, S.REFUSED, S.WITHDRAWN),
)


class ReconsiderationStatus(models.TextChoices):
    FOUND = "found", "待核对"
    PROPOSED = "proposed", "待复核"
    APPLIED = "applied", "已重新结算"
    DISMISSED = "dismissed", "不予重算"


L = ReconsiderationStatus

RECONSIDERATION = Workflow(
    "ZS",
    "年度重新结算",
    ReconsiderationStatus,
    Step("open", "发现差异", "", L.FOUND, VIEW_RECONSIDERATION, task="propose"),
    Step("propose", "核对并提出", L.FOUND, L.PROPOSED, PROPOSE, task="apply"),
    Step("send_back", "退回核对", L.PROPOSED, L.FOUND, APPLY, needs_note=True, returns=True, task="propose"),
    Step("apply", "复核并重新结算", L.PROPOSED, L.APPLIED, APPLY, not_after=("open", "propose")),
    Step("dismiss", "不予重算", (L.FOUND, L.PROPOSED), L.DISMISSED, APPLY, needs_note=True,
         not_after=("open", "propose")),
    closed=(L.APPLIED, L.DISMISSED),
)
