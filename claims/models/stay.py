"""Bills of a claim (stays and outpatient visits) and their cost lines, as officers entered them."""

from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from casework.fields import MoneyField
from casework.models import JurisdictionManager, JurisdictionQuerySet
from claims.models.claim import Claim
from claims.models.columns import officer

PAID_ELSEWHERE = ("basic", "civil_servant", "large_amount", "catastrophic")
"""The payers before relief; what they paid elsewhere stands in `paid_basic` and so on."""


class VisitQuerySet(JurisdictionQuerySet):
    def live(self) -> "VisitQuerySet":
        return self.filter(voided=False)


class Visit(models.Model):
    """One bill of a claim as an officer entered it: a stay, or an outpatient's visit on one day.

    Entering it again voids this row and writes another. A birth event has one bill of maternity cost. One with a
    `settlement_no` was settled elsewhere without relief: what the layers before it paid there is taken as given.
    """

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
    outpatient = models.BooleanField("门诊", default=False)
    admitted_on = models.DateField("入院或就诊日期")
    discharged_on = models.DateField("出院或就诊日期")
    invoice_code = models.CharField("票据代码", max_length=20, blank=True)
    invoice_no = models.CharField("票据号码", max_length=30)
    diagnosis_code = models.CharField("诊断编码", max_length=20, blank=True)
    diagnosis = models.CharField("诊断", max_length=100, blank=True)
    disease = models.CharField("病种", max_length=30, blank=True)
    drug = models.CharField("药品", max_length=60, blank=True)
    birth_event = models.ForeignKey(
        "maternity.BirthEvent", models.PROTECT, verbose_name="生育事件", null=True, blank=True,
        related_name="medical_bills",
    )
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
    settlement_no = models.CharField("医保结算单号", max_length=40, blank=True)
    paid_basic = MoneyField("基本医保已支付", default=0)
    paid_civil_servant = MoneyField("公务员补助已支付", default=0)
    paid_large_amount = MoneyField("大额补助已支付", default=0)
    paid_catastrophic = MoneyField("大病保险已支付", default=0)
    entered_by = officer("录入人")
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
                condition=Q(outpatient=False) | Q(discharged_on=F("admitted_on")), name="visit_outpatient_has_one_day"
            ),
            models.CheckConstraint(
                condition=Q(benefit="maternity_medical", birth_event__isnull=False)
                | (~Q(benefit="maternity_medical") & Q(birth_event__isnull=True)),
                name="visit_birth_has_event",
            ),
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
            models.CheckConstraint(
                condition=Q(paid_basic__gte=0, paid_civil_servant__gte=0, paid_large_amount__gte=0,
                            paid_catastrophic__gte=0),
                name="visit_paid_elsewhere_not_negative",
                violation_error_message="已在别处支付的金额不得为负数。",
            ),
            models.CheckConstraint(
                condition=~Q(settlement_no="")
                | Q(paid_basic=0, paid_civil_servant=0, paid_large_amount=0, paid_catastrophic=0),
                name="visit_paid_elsewhere_by_a_document",
                violation_error_message="已在别处支付的金额须有医保结算单号。",
            ),
            models.CheckConstraint(
                condition=Q(settlement_no="") | Q(total__gte=F("deducted")
                    + Coalesce(F("own_expense"), Decimal(0)) + Coalesce(F("first_self_pay"), Decimal(0))
                    + F("paid_basic") + F("paid_civil_servant") + F("paid_large_amount") + F("paid_catastrophic")),
                name="visit_paid_elsewhere_within_total",
                violation_error_message="已在别处支付的金额超过票据的政策范围内费用。",
            ),
            models.UniqueConstraint(
                fields=["invoice_code", "invoice_no"], condition=Q(voided=False), name="visit_invoice_once"
            ),
            models.UniqueConstraint(
                fields=["birth_event"], condition=Q(voided=False), name="visit_birth_event_once"
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
        return f"{self.admitted_on}" if self.outpatient else f"{self.admitted_on} 至 {self.discharged_on}"

    @property
    def paid_elsewhere(self) -> dict[str, Decimal]:
        """What each layer before relief paid elsewhere; empty for a bill that this bureau settles in whole."""
        return {name: getattr(self, f"paid_{name}") for name in PAID_ELSEWHERE} if self.settlement_no else {}

    @property
    def days(self) -> int:
        """Days of the stay, the day of discharge not counted; a stay of one day counts one."""
        return max((self.discharged_on - self.admitted_on).days, 1)

    @property
    def subject(self) -> str:
        """What a supervisor's approval of a finding about this bill is kept under, across re-entries.

        A stay is told by its hospital and days; of outpatient bills several of one day are normal."""
        if self.outpatient:
            return f"{self.institution_id}:{self.admitted_on}:{self.invoice_code}:{self.invoice_no}"
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

    visit = models.ForeignKey(
        Visit, models.PROTECT, db_index=False, verbose_name="就诊记录", related_name="lines"
    )
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
