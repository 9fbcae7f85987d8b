"""The steps of each matter of this app, as tables.

A certification (门诊慢特病认定): the hospital concludes, seals and enters; the bureau confirms. Then what may happen to
an entitlement: ending (终止), objection (复核), recognition (互认), spot check (抽查).
"""

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
HANDS = ("submit", "file", "complete", "supply", "amend", "sign", "seal", "enter")

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
    Step("complete_open", "补报事实（仍待补）", S.SUBMITTED, S.SUBMITTED, FILE, task="complete"),
    Step("supply", "补充事实和材料", S.SUBMITTED, S.SUBMITTED, SUBMIT, task="sign"),
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

END = "chronic.end_entitlement"
REPORT = "chronic.report_stop"
CUT = "chronic.cut_entitlement"
OBJECT = "chronic.register_objection"
REEXAMINE = "chronic.reexamine_objection"
DECIDE = "chronic.decide_objection"
RECOGNISE = "chronic.register_recognition"
CHECK = "chronic.check_entitlement"


class EndingStatus(models.TextChoices):
    REPORTED = "reported", "待确认"
    ENDED = "ended", "已终止"
    REJECTED = "rejected", "不予终止"


E = EndingStatus
ENDING = Workflow(
    "MZ",
    "慢特病待遇终止",
    EndingStatus,
    Step("end_voluntarily", "自愿终止", "", E.ENDED, END),
    Step("report_stop", "报告终止条件", "", E.REPORTED, REPORT, task="confirm_stop"),
    Step("confirm_stop", "确认终止", E.REPORTED, E.ENDED, CUT, not_after=("report_stop",)),
    Step("reject_stop", "不予终止", E.REPORTED, E.REJECTED, CUT, needs_note=True, not_after=("report_stop",)),
    closed=(E.ENDED, E.REJECTED),
)


class ObjectionStatus(models.TextChoices):
    SUBMITTED = "submitted", "待安排复核"
    ARRANGED = "arranged", "待复核结论"
    CONCLUDED = "concluded", "待决定"
    UPHELD = "upheld", "维持原结论"
    OVERTURNED = "overturned", "改变原结论"
    WITHDRAWN = "withdrawn", "已撤回"


B = ObjectionStatus
OBJECTION = Workflow(
    "MF",
    "慢特病认定复核",
    ObjectionStatus,
    Step("object", "提出异议", "", B.SUBMITTED, OBJECT, task="arrange"),
    Step("arrange", "安排复核", B.SUBMITTED, B.ARRANGED, REEXAMINE, task="conclude"),
    Step("conclude", "录入复核结论", B.ARRANGED, B.CONCLUDED, REEXAMINE, task="overturn"),
    Step("uphold", "维持原结论", B.CONCLUDED, B.UPHELD, DECIDE, not_after=("conclude",)),
    Step("overturn", "改变原结论", B.CONCLUDED, B.OVERTURNED, DECIDE, not_after=("conclude",)),
    Step("withdraw_objection", "撤回异议", (B.SUBMITTED, B.ARRANGED), B.WITHDRAWN, OBJECT, needs_note=True),
    closed=(B.UPHELD, B.OVERTURNED, B.WITHDRAWN),
)


class RecognitionStatus(models.TextChoices):
    SUBMITTED = "submitted", "待确认"
    RECOGNISED = "recognised", "已确认"
    REFUSED = "refused", "不予确认"
    WITHDRAWN = "withdrawn", "已撤回"


R = RecognitionStatus
RECOGNITION = Workflow(
    "MR",
    "慢特病待遇互认和保留",
    RecognitionStatus,
    Step("claim_recognition", "登记互认", "", R.SUBMITTED, RECOGNISE, task="recognise"),
    Step("recognise", "确认", R.SUBMITTED, R.RECOGNISED, CONFIRM, not_after=("claim_recognition",)),
    Step(
        "refuse_recognition", "不予确认", R.SUBMITTED, R.REFUSED, CONFIRM, needs_note=True,
        not_after=("claim_recognition",),
    ),
    Step("withdraw_recognition", "撤回", R.SUBMITTED, R.WITHDRAWN, RECOGNISE, needs_note=True),
    closed=(R.RECOGNISED, R.REFUSED, R.WITHDRAWN),
)


class SpotCheckStatus(models.TextChoices):
    OPENED = "opened", "待核查"
    FOUND = "found", "待处理决定"
    PASSED = "passed", "核查通过"
    CANCELLED = "cancelled", "已取消待遇"


C = SpotCheckStatus
SPOT_CHECK = Workflow(
    "MC",
    "慢特病认定抽查",
    SpotCheckStatus,
    Step("open_check", "发起抽查", "", C.OPENED, CHECK, task="record_pass"),
    Step("record_pass", "核查通过", C.OPENED, C.PASSED, CHECK),
    Step("record_fault", "发现问题", C.OPENED, C.FOUND, CHECK, needs_note=True, task="cancel"),
    Step("dismiss", "问题不成立", C.FOUND, C.PASSED, CUT, needs_note=True, not_after=("record_fault",)),
    Step("cancel", "取消待遇", C.FOUND, C.CANCELLED, CUT, not_after=("record_fault",)),
    closed=(C.PASSED, C.CANCELLED),
)

FILE_DRUG = "chronic.file_drug"


class DrugStatus(models.TextChoices):
    FILED = "filed", "待确认"
    CONFIRMED = "confirmed", "已认定"
    REFUSED = "refused", "不予认定"
    ENDED = "ended", "已终止"
    WITHDRAWN = "withdrawn", "已撤回"


D = DrugStatus
DRUG = Workflow(
    "MD",
    "特药认定",
    DrugStatus,
    Step("file_drug", "报送特药认定", "", D.FILED, FILE_DRUG, task="confirm_drug"),
    Step("confirm_drug", "确认", D.FILED, D.CONFIRMED, CONFIRM, not_after=("file_drug",)),
    Step("refuse_drug", "不予认定", D.FILED, D.REFUSED, CONFIRM, needs_note=True, not_after=("file_drug",)),
    Step("withdraw_drug", "撤回", D.FILED, D.WITHDRAWN, FILE_DRUG, needs_note=True),
    Step("end_drug", "终止", D.CONFIRMED, D.ENDED, CONFIRM, needs_note=True),
    closed=(D.REFUSED, D.ENDED, D.WITHDRAWN),
)
