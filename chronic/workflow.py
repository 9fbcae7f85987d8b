"""The steps of a certification (门诊慢特病认定): the hospital concludes, seals and enters; the bureau confirms."""

from django.db import models

from casework.workflow import Step, Workflow

SUBMIT = "chronic.submit_certification"
SIGN = "chronic.sign_certification"
SEAL = "chronic.seal_certification"
ENTER = "chronic.enter_certification"
FILE = "chronic.file_certification"
CONFIRM = "chronic.confirm_certification"


class CertificationStatus(models.TextChoices):
    SUBMITTED = "submitted", "待医师结论"
    SIGNED = "signed", "待审核盖章"
    SEALED = "sealed", "待录入平台"
    ENTERED = "entered", "待确认"
    CONFIRMED = "confirmed", "已确认"
    REFUSED = "refused", "不予认定"
    WITHDRAWN = "withdrawn", "已撤回"


S = CertificationStatus
HANDS = ("submit", "file", "sign", "seal", "enter")

CERTIFICATION = Workflow(
    "MT",
    "门诊慢特病认定",
    CertificationStatus,
    Step("submit", "提交申请", "", S.SUBMITTED, SUBMIT, task="sign"),
    Step("file", "医院报送", "", S.ENTERED, FILE, task="confirm"),
    Step("file_refused", "医院报送（不符合）", "", S.REFUSED, FILE),
    Step("file_open", "医院报送（待补事实）", "", S.SUBMITTED, FILE, task="complete"),
    Step("complete", "补报事实", S.SUBMITTED, S.ENTERED, FILE, task="confirm"),
    Step("complete_refused", "补报事实（不符合）", S.SUBMITTED, S.REFUSED, FILE),
    Step("amend", "更正申请", S.SUBMITTED, S.SUBMITTED, SUBMIT, task="sign"),
    Step("sign", "医师结论", S.SUBMITTED, S.SIGNED, SIGN, task="seal"),
    Step("seal", "审核盖章", S.SIGNED, S.SEALED, SEAL, not_after=("sign",), task="enter"),
    Step("seal_refused", "审核盖章（不符合）", S.SIGNED, S.REFUSED, SEAL, not_after=("sign",)),
    Step("enter", "录入平台", S.SEALED, S.ENTERED, ENTER, task="confirm"),
    Step("open_at_once", "录入并即时开通", S.SEALED, S.CONFIRMED, ENTER),
    Step("send_back", "退回医院", S.ENTERED, S.SUBMITTED, CONFIRM, needs_note=True, returns=True, task="sign"),
    Step("confirm", "确认", S.ENTERED, S.CONFIRMED, CONFIRM, not_after=HANDS),
    Step("refuse", "不予确认", S.ENTERED, S.REFUSED, CONFIRM, needs_note=True, not_after=HANDS),
    Step("withdraw", "撤回", (S.SUBMITTED, S.SIGNED, S.SEALED, S.ENTERED), S.WITHDRAWN, SUBMIT, needs_note=True),
    closed=(S.CONFIRMED, S.REFUSED, S.WITHDRAWN),
)
