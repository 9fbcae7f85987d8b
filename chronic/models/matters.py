"""What may happen to an entitlement besides certification and review: ending, objection, recognition, spot check."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.models import CaseRecord
from chronic.models.certification import officer
from chronic.workflow import (
    ENDING,
    OBJECTION,
    RECOGNITION,
    SPOT_CHECK,
    EndingStatus,
    ObjectionStatus,
    RecognitionStatus,
    SpotCheckStatus,
)

OTHERS = "前后两步不得为同一人。"


def status_field(statuses: type[models.TextChoices]) -> models.CharField:
    return models.CharField("状态", max_length=40, db_index=True, editable=False, choices=statuses.choices)


class Ending(CaseRecord):
    """The end of an entitlement by the person's own will (CQ-11.2), or since a stop condition came true (BZ-CHR-4.3:
    surgery, remission). A stop is reported by one and confirmed by another."""

    class Kind(models.TextChoices):
        VOLUNTARY = "voluntary", "自愿终止"
        STOP = "stop", "达到终止条件"

    matter = ENDING.matter
    matter_label = ENDING.label
    institution_scope = "entitlement__institution__code"

    status = status_field(EndingStatus)
    entitlement = models.ForeignKey(
        "chronic.Entitlement", models.PROTECT, verbose_name="待遇", related_name="endings"
    )
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    happened_on = models.DateField("终止条件发生日期", null=True, blank=True)
    from_day = models.DateField("终止日期", help_text="不再享受待遇的第一天")
    reason = models.CharField("原因", max_length=200)
    rule = models.CharField("规则", max_length=20, blank=True)
    decided_by = officer("确认人", null=True, blank=True)

    class Meta:
        verbose_name = "待遇终止"
        verbose_name_plural = "待遇终止"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("end_entitlement", "受理自愿终止待遇"), ("report_stop", "报告终止条件")]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"], condition=Q(status="reported"), name="ending_one_open",
                violation_error_message="该待遇已有在办的终止事项",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("registered_by")), name="ending_confirmed_by_another",
                violation_error_message=OTHERS,
            ),
            models.CheckConstraint(
                condition=~Q(kind="stop", status__in=["ended", "rejected"]) | Q(decided_by__isnull=False),
                name="ending_stop_confirmed", violation_error_message="终止条件须经他人确认",
            ),
        ]


class Objection(CaseRecord):
    """A person disagrees with a refusal: looked at again by the agency (复议, BZ-CHR-11.2) or by another institution,
    within days and for good (复核, CQ-9.1, CQ-9.2); which of the two a pool has stands in its pack."""

    class Route(models.TextChoices):
        AGENCY = "agency", "经办机构复核"
        INSTITUTION = "another_institution", "另一认定机构复核"

    matter = OBJECTION.matter
    matter_label = OBJECTION.label

    status = status_field(ObjectionStatus)
    item = models.ForeignKey(
        "chronic.CertificationItem", models.PROTECT, verbose_name="原结论", related_name="objections"
    )
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="+")
    route = models.CharField("复核方式", max_length=20, choices=Route.choices)
    final = models.BooleanField("终局结论", default=False)
    rule = models.CharField("规则", max_length=20)
    received_on = models.DateField("收到原结论日期")
    reason = models.CharField("异议理由", max_length=500)
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="复核机构", related_name="+", null=True, blank=True
    )
    doctor = models.CharField("复核医师", max_length=80, blank=True)
    facts = models.JSONField("复核事实", default=dict)
    verdict = models.JSONField("复核结果", default=dict)
    reasons = ArrayField(models.CharField(max_length=400), verbose_name="理由", default=list, blank=True)
    met = models.BooleanField("符合标准", null=True, blank=True)
    concluded_on = models.DateField("复核结论日期", null=True, blank=True)
    concluded_by = officer("复核经办人", null=True, blank=True)
    decided_by = officer("决定人", null=True, blank=True)

    class Meta:
        verbose_name = "认定复核"
        verbose_name_plural = "认定复核"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [
            ("register_objection", "登记认定异议"), ("reexamine_objection", "安排复核并录入结论"),
            ("decide_objection", "决定认定异议"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(status__in=["submitted", "arranged", "concluded"]),
                name="objection_one_open", violation_error_message="该结论已有在办的复核",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(final=True) & ~Q(status="withdrawn"), name="objection_final_once",
                violation_error_message="复核结论为终局结论",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("concluded_by")), name="objection_decided_by_another",
                violation_error_message=OTHERS,
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["upheld", "overturned"]) | Q(decided_by__isnull=False, met__isnull=False),
                name="objection_decided_on_conclusion", violation_error_message="复核须有结论和决定人",
            ),
            models.CheckConstraint(
                condition=~Q(route="another_institution", status__in=["arranged", "concluded", "upheld", "overturned"])
                | Q(institution__isnull=False),
                name="objection_other_institution_named", violation_error_message="须指定另一家认定机构复核",
            ),
        ]


class Recognition(CaseRecord):
    """An entitlement that was certified elsewhere (互认, BZ-CHR-16.1, BZ-CHR-16.2), or before the pool's present list
    and kept with its own standard (CQ-31.1). One registers it, another confirms."""

    class Kind(models.TextChoices):
        PROVINCE = "province", "省内互认"
        COUNTRY = "country", "省外转入"
        GRANDFATHER = "grandfather", "原待遇保留"

    matter = RECOGNITION.matter
    matter_label = RECOGNITION.label

    status = status_field(RecognitionStatus)
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="recognitions"
    )
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    unit = models.CharField("病种编码", max_length=30)
    unit_name = models.CharField("病种", max_length=120)
    category = models.CharField("类别", max_length=20)
    certified_on = models.DateField("原认定日期")
    former_place = models.CharField("原认定地", max_length=100)
    former_no = models.CharField("原认定凭证号", max_length=60, blank=True)
    facts = models.JSONField("认定事实", default=dict)
    materials = ArrayField(models.CharField(max_length=40), verbose_name="已收材料", default=list, blank=True)
    verdict = models.JSONField("认定结果", default=dict)
    reasons = ArrayField(models.CharField(max_length=400), verbose_name="理由", default=list, blank=True)
    parameters = models.JSONField("个人标准", default=dict, blank=True)
    starts_on = models.DateField("待遇开始日期")
    rule = models.CharField("规则", max_length=20)
    decided_by = officer("确认人", null=True, blank=True)

    class Meta:
        verbose_name = "待遇互认"
        verbose_name_plural = "待遇互认"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("register_recognition", "登记待遇互认和保留")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit"], condition=Q(status="submitted"), name="recognition_one_open",
                violation_error_message="该病种已有在办的互认",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("registered_by")), name="recognition_confirmed_by_another",
                violation_error_message=OTHERS,
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["recognised", "refused"]) | Q(decided_by__isnull=False),
                name="recognition_confirmed", violation_error_message="互认须经他人确认",
            ),
        ]


class SpotCheck(CaseRecord):
    """A look at the file behind an entitlement (不定期核查, CQ-10.1 to CQ-10.3). One finds the fault, another decides:
    the entitlement is cancelled from a day, the loss is the institution's, its qualification may be withdrawn."""

    matter = SPOT_CHECK.matter
    matter_label = SPOT_CHECK.label

    status = status_field(SpotCheckStatus)
    entitlement = models.ForeignKey(
        "chronic.Entitlement", models.PROTECT, verbose_name="待遇", related_name="spot_checks"
    )
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="认定机构", related_name="+", null=True, blank=True
    )
    finding = models.CharField("核查情况", max_length=500, blank=True)
    checked_on = models.DateField("核查日期", null=True, blank=True)
    checked_by = officer("核查人", null=True, blank=True)
    from_day = models.DateField("取消日期", null=True, blank=True, help_text="不再享受待遇的第一天")
    recovers = models.BooleanField("向认定机构追回", default=False)
    withdraws = models.BooleanField("终止认定资格", default=False)
    rule = models.CharField("规则", max_length=20, blank=True)
    decided_by = officer("决定人", null=True, blank=True)

    class Meta:
        verbose_name = "认定抽查"
        verbose_name_plural = "认定抽查"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("check_entitlement", "抽查认定档案")]
        constraints = [
            models.UniqueConstraint(
                fields=["entitlement"], condition=Q(status__in=["opened", "found"]), name="spot_check_one_open",
                violation_error_message="该待遇已有在办的抽查",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("checked_by")), name="spot_check_decided_by_another",
                violation_error_message=OTHERS,
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled")
                | Q(decided_by__isnull=False, checked_by__isnull=False, from_day__isnull=False),
                name="spot_check_cancelled_by_two", violation_error_message="取消待遇须有核查人、决定人和取消日期",
            ),
        ]
