"""Drugs under special control (单行支付药品、高值药品): what is fixed for whom, and for how long (五定, BZ-DRG-3.1)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value

from casework.models import CaseRecord
from chronic.models.certification import officer
from chronic.workflow import DRUG, DrugStatus
from enrollment.models.spans import same_label, same_number

DAYS = Func("valid_from", "valid_until", Value("[)"), function="daterange")


class DrugCertification(CaseRecord):
    """The five fixed items of one person and drug: certifying institution, treating institution, responsible doctor,
    supplying institution, real name. Without it nothing is reimbursed. A change of one is a new certification, which
    ends the one before."""

    class DrugClass(models.TextChoices):
        SINGLE_LINE = "single_line", "单行支付药品"
        HIGH_VALUE = "high_value", "高值药品"

    matter = DRUG.matter
    matter_label = DRUG.label
    institution_scope = "institution__code"

    status = models.CharField("状态", max_length=40, db_index=True, editable=False, choices=DrugStatus.choices)
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="drug_certifications"
    )
    drug_code = models.CharField("药品编码", max_length=30)
    drug_name = models.CharField("药品名称", max_length=120)
    drug_class = models.CharField("药品类别", max_length=12, choices=DrugClass.choices)
    disease = models.CharField("病种", max_length=120)
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="认定机构", related_name="+"
    )
    treating = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="治疗机构", related_name="+"
    )
    doctor = models.ForeignKey("chronic.Doctor", models.PROTECT, verbose_name="责任医师", related_name="+")
    supplying = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="供药机构", related_name="+"
    )
    real_name = models.BooleanField("已实名建档")
    plan = models.CharField("治疗方案", max_length=300, blank=True)
    valid_from = models.DateField("有效期开始")
    valid_until = models.DateField("有效期结束（不含）")
    rule = models.CharField("规则", max_length=20, default="BZ-DRG-3.1")
    decided_by = officer("确认人", null=True, blank=True)

    class Meta:
        verbose_name = "特药认定"
        verbose_name_plural = "特药认定"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("file_drug", "报送特药认定")]
        indexes = [models.Index(fields=["person", "drug_code"], name="drug_certification_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")), name="drug_valid_until_after_from",
                violation_error_message="有效期结束日期不得早于开始日期",
            ),
            models.CheckConstraint(
                condition=Q(real_name=True), name="drug_real_name",
                violation_error_message="须先实名建档",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("registered_by")), name="drug_confirmed_by_another",
                violation_error_message="前后两步不得为同一人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["confirmed", "ended"]) | Q(decided_by__isnull=False), name="drug_confirmed",
                violation_error_message="特药认定须有确认人",
            ),
            models.UniqueConstraint(
                fields=["person", "drug_code"], condition=Q(status="filed"), name="drug_one_open",
                violation_error_message="该药品已有在办的认定",
            ),
            ExclusionConstraint(
                name="drug_one_at_a_time",
                expressions=[(same_number("person_id"), "&&"), (same_label("drug_code"), "&&"), (DAYS, "&&")],
                condition=Q(status__in=["confirmed", "ended"]),
                violation_error_message="该药品的认定有效期重叠",
            ),
        ]
