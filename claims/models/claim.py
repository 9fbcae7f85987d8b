"""The claim and what was brought with it: stays, cost lines, materials, what checks found."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value

from casework.fields import MoneyField
from casework.models import CaseRecord, JurisdictionManager, JurisdictionQuerySet
from claims import workflow
from policy import masking


class Claim(CaseRecord):
    """A request to be paid back for stays that were not settled at the hospital (手工报销)."""

    matter = "LX"
    matter_label = "手工报销"

    class AgentRelation(models.TextChoices):
        SPOUSE = "1", "配偶"
        CHILD = "2", "子女"
        GRANDCHILD = "4", "孙子女、外孙子女"
        PARENT = "5", "父母"
        GRANDPARENT = "6", "祖父母、外祖父母"
        SIBLING = "7", "兄弟姐妹"
        OTHER_RELATIVE = "8", "其他亲属"
        NOT_RELATED = "9", "非亲属"

    status = models.CharField(
        "状态", max_length=40, db_index=True, editable=False, choices=workflow.ClaimStatus.choices
    )
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="claims")
    reason = models.ForeignKey("claims.ClaimReason", models.PROTECT, verbose_name="手工报销原因", related_name="+")
    scheme = models.CharField("险种", max_length=10, blank=True)
    applied_on = models.DateField("申请日期")
    late_reason = models.CharField("逾期申报原因", max_length=200, blank=True)
    injury = models.BooleanField("外伤", default=False)
    township = models.BooleanField("乡镇受理", default=False)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    agent_name = models.CharField("代办人", max_length=50, blank=True)
    agent_id_no = models.CharField("代办人证件号码", max_length=30, blank=True)
    agent_relation = models.CharField("代办人关系", max_length=1, blank=True, choices=AgentRelation.choices)
    payee_name = models.CharField("收款户名", max_length=50, blank=True)
    payee_bank = models.CharField("收款银行", max_length=100, blank=True)
    payee_account = models.CharField("收款账号", max_length=32, blank=True)
    refusal_ground = models.ForeignKey(
        "claims.RefusalGround", models.PROTECT, verbose_name="不予支付情形", null=True, blank=True, related_name="+"
    )
    maker_ids = ArrayField(models.BigIntegerField(), verbose_name="经手人员", default=list, editable=False)
    reviewed_by = models.ForeignKey(
        "casework.Officer", models.PROTECT, verbose_name="初审人", null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "casework.Officer", models.PROTECT, verbose_name="复核人", null=True, blank=True, related_name="+"
    )
    refused_by = models.ForeignKey(
        "casework.Officer", models.PROTECT, verbose_name="不予支付决定人", null=True, blank=True, related_name="+"
    )
    reviewed_digest = models.CharField("初审所见结算摘要", max_length=64, blank=True, editable=False)
    approved_digest = models.CharField("复核所见结算摘要", max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = "手工报销件"
        verbose_name_plural = "手工报销件"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [
            ("register_claim", "登记和补正"),
            ("precheck_claim", "乡镇资料初审"),
            ("accept_claim", "县级受理"),
            ("enter_claim", "明细录入"),
            ("settle_claim", "结算"),
            ("review_claim", "初审"),
            ("approve_claim", "复核"),
            ("refuse_claim", "不予支付"),
            ("withdraw_claim", "撤销"),
            ("supervise_claim", "主管审批"),
            ("reverse_claim", "冲销"),
            ("pay_claim", "编制拨付批次"),
            ("confirm_batch", "确认拨付批次"),
            ("export_batch", "导出银行文件"),
            ("record_return", "登记银行回盘"),
            ("correct_account", "更正收款账户"),
            ("try_claim", "待遇试算"),
            ("print_claim", "打印结算单和告知书"),
        ]
        indexes = [models.Index(fields=["person", "status"], name="claim_person_status")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("approved_by")), name="claim_reviewer_not_approver",
                violation_error_message="初审人与复核人不得为同一人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["reviewed", "approved", "paying", "payment_failed", "closed"])
                | Q(reviewed_by__isnull=False),
                name="claim_reviewed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "paying", "payment_failed", "closed"])
                | Q(approved_by__isnull=False),
                name="claim_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_digest="") | Q(approved_digest=F("reviewed_digest")),
                name="claim_checked_is_decided",
                violation_error_message="复核的结算与初审的不一致。",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | Q(refused_by__isnull=False, refusal_ground__isnull=False),
                name="claim_refused_on_a_ground",
            ),
        ]

    @property
    def masked_payee_account(self) -> str:
        return masking.mask_account(self.payee_account)

    @property
    def masked_agent_id(self) -> str:
        return masking.mask_id(self.agent_id_no)

    @property
    def decided(self) -> bool:
        """Whether the second officer has decided: what was settled can only be reversed from here on."""
        return self.status in {"approved", "paying", "payment_failed", "closed"}


class VisitQuerySet(JurisdictionQuerySet):
    def live(self) -> "VisitQuerySet":
        return self.filter(voided=False)


class Visit(models.Model):
    """One stay of a claim as an officer entered it. Entering it again voids this row and writes another."""

    class Mode(models.TextChoices):
        HEADER = "header", "未录入费用"
        SUMS = "sums", "按合计录入"
        LINES = "lines", "按明细录入"

    claim = models.ForeignKey(Claim, models.PROTECT, verbose_name="报销件", related_name="visits")
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="+")
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="就诊医院", related_name="+"
    )
    benefit = models.CharField("待遇类别", max_length=20, default="inpatient")
    admitted_on = models.DateField("入院日期")
    discharged_on = models.DateField("出院日期")
    invoice_code = models.CharField("票据代码", max_length=20, blank=True)
    invoice_no = models.CharField("票据号码", max_length=30)
    diagnosis_code = models.CharField("诊断编码", max_length=20, blank=True)
    diagnosis = models.CharField("出院诊断", max_length=100, blank=True)
    disease = models.CharField("病种", max_length=30, blank=True)
    level = models.CharField("待遇等级", max_length=12, help_text="录入时医院的起付线等级")
    place = models.CharField("就医地", max_length=20)
    filing = models.CharField("备案", max_length=12)
    emergency = models.BooleanField("急诊抢救", default=False)
    referred = models.BooleanField("按规定转诊", default=True)
    course = models.CharField("同一疗程", max_length=30, blank=True)
    mode = models.CharField("录入方式", max_length=6, choices=Mode.choices, default=Mode.HEADER)
    total = MoneyField("票据总额", null=True, blank=True)
    own_expense = MoneyField("自费", null=True, blank=True)
    first_self_pay = MoneyField("先行自付", null=True, blank=True)
    deducted = MoneyField("扣减", default=0)
    deduction_reason = models.CharField("扣减原因", max_length=200, blank=True)
    entered_by = models.ForeignKey("casework.Officer", models.PROTECT, verbose_name="录入人", related_name="+")
    entered_at = models.DateTimeField("录入时间")
    voided = models.BooleanField("已作废", default=False)

    jurisdiction = "claim__region_code"
    objects = models.Manager.from_queryset(VisitQuerySet)()

    class Meta:
        verbose_name = "就诊记录"
        verbose_name_plural = "就诊记录"
        ordering = ("discharged_on", "admitted_on", "id")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=Q(discharged_on__gte=F("admitted_on")), name="visit_date_order"),
            models.CheckConstraint(
                condition=Q(mode="header") | Q(total__gt=0), name="visit_total_positive"
            ),
            models.CheckConstraint(
                condition=Q(deducted__gte=0) & (Q(total__isnull=True) | Q(deducted__lte=F("total"))),
                name="visit_deducted_within_total",
            ),
            models.CheckConstraint(
                condition=Q(deducted=0) | ~Q(deduction_reason="") | Q(mode="lines"), name="visit_deduction_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(mode="sums") | Q(
                    own_expense__gte=0, first_self_pay__gte=0,
                    total__gte=F("own_expense") + F("first_self_pay") + F("deducted"),
                ),
                name="visit_parts_within_total",
            ),
            models.UniqueConstraint(
                fields=["invoice_code", "invoice_no"], condition=Q(voided=False), name="visit_invoice_once"
            ),
            ExclusionConstraint(
                name="visit_no_overlap",
                expressions=[
                    (Func("person_id", "person_id", Value("[]"), function="int8range"), "&&"),
                    (Func("admitted_on", "discharged_on", Value("[)"), function="daterange"), "&&"),
                ],
                condition=Q(voided=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.admitted_on} 至 {self.discharged_on}"

    @property
    def days(self) -> int:
        """Days of the stay, the day of discharge not counted; a stay of one day counts one."""
        return max((self.discharged_on - self.admitted_on).days, 1)

    @property
    def subject(self) -> str:
        """What a supervisor's approval of a finding about this stay is kept under, across re-entries."""
        return f"{self.institution_id}:{self.admitted_on}:{self.discharged_on}"


class BillLine(models.Model):
    """One line of a stay's costs. `deducted` is not recognised: it does not enter the calculation."""

    class Class(models.TextChoices):
        A = "A", "甲类"
        B = "B", "乙类"
        ITEM = "item", "诊疗项目"
        HIGH_VALUE = "high_value", "高值药品"
        SINGLE_LINE = "single_line", "单行支付药品"
        C = "C", "自费"

    visit = models.ForeignKey(Visit, models.PROTECT, verbose_name="就诊记录", related_name="lines")
    number = models.PositiveSmallIntegerField("行号")
    line_class = models.CharField("费用等级", max_length=12, choices=Class.choices)
    name = models.CharField("项目名称", max_length=100, blank=True)
    amount = MoneyField("金额")
    deducted = MoneyField("扣减", default=0)
    deduction_reason = models.CharField("扣减原因", max_length=200, blank=True)
    rate = models.DecimalField("先行自付比例", max_digits=5, decimal_places=4, null=True, blank=True)

    jurisdiction = "visit__claim__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "费用明细"
        verbose_name_plural = "费用明细"
        ordering = ("visit", "number")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["visit", "number"], name="line_number_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="line_amount_positive"),
            models.CheckConstraint(
                condition=Q(deducted__gte=0, deducted__lte=F("amount")), name="line_deducted_within_amount"
            ),
            models.CheckConstraint(condition=Q(deducted=0) | ~Q(deduction_reason=""), name="line_deduction_has_reason"),
            models.CheckConstraint(
                condition=Q(rate__isnull=True) | Q(rate__gte=0, rate__lte=1), name="line_rate_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name or self.get_line_class_display()}"


class MaterialReceived(models.Model):
    """That a material was handed in, on paper or with a scanned file."""

    claim = models.ForeignKey(Claim, models.PROTECT, verbose_name="报销件", related_name="materials")
    kind = models.CharField("材料代码", max_length=4)
    name = models.CharField("材料名称", max_length=80)
    document = models.ForeignKey(
        "casework.Document", models.PROTECT, verbose_name="影像", null=True, blank=True, related_name="+"
    )
    received_by = models.ForeignKey("casework.Officer", models.PROTECT, verbose_name="收件人", related_name="+")
    received_at = models.DateTimeField("收件时间")
    voided = models.BooleanField("已退还", default=False)

    jurisdiction = "claim__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "收到的材料"
        verbose_name_plural = "收到的材料"
        ordering = ("id",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name


class Finding(models.Model):
    """Something a check found about a claim; with the supervisor's reason where he lets it go on (主管审批)."""

    class Severity(models.TextChoices):
        REFUSE = "refuse", "不能结算"
        SUPERVISOR = "supervisor", "须主管审批"
        WARN = "warn", "提醒"

    claim = models.ForeignKey(Claim, models.PROTECT, verbose_name="报销件", related_name="findings")
    code = models.CharField("疑点代码", max_length=30)
    subject = models.CharField("对象", max_length=60, blank=True)
    severity = models.CharField("程度", max_length=10, choices=Severity.choices)
    message = models.CharField("说明", max_length=500)
    rule = models.CharField("规则", max_length=20, blank=True)
    found_by = models.ForeignKey("casework.Officer", models.PROTECT, verbose_name="录入人", related_name="+")
    found_at = models.DateTimeField("发现时间")
    approved_by = models.ForeignKey(
        "casework.Officer", models.PROTECT, verbose_name="审批人", null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    approval_reason = models.CharField("审批意见", max_length=500, blank=True)
    cleared = models.BooleanField("已消除", default=False)

    jurisdiction = "claim__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "疑点"
        verbose_name_plural = "疑点"
        ordering = ("id",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "code", "subject"], condition=Q(cleared=False), name="finding_once"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | (Q(severity="supervisor") & ~Q(approval_reason="")),
                name="finding_approval_has_reason",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("found_by")), name="finding_maker_not_checker",
                violation_error_message="审批人不得为该件的经手人。",
            ),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def blocks(self) -> bool:
        """Whether the claim can't be settled while this stands."""
        return not self.cleared and (
            self.severity == self.Severity.REFUSE
            or (self.severity == self.Severity.SUPERVISOR and self.approved_by_id is None)
        )
