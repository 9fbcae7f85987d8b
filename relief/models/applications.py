"""Relief on application (BZ-REL-5.5, BZ-REL-5.6): the application, its publication, and what the authority decided."""

from datetime import date
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.models import CaseRecord, JurisdictionManager, four_eyes
from enrollment.models import HardshipIdentity
from relief.workflow import APPLICATION, ApplicationStatus


def officer(label: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        "casework.Officer", models.PROTECT, db_index=False, verbose_name=label, related_name="+", **more
    )


class ReliefApplication(CaseRecord):
    """A seriously ill person's application; the authority decides it, the bureau records the decision."""

    class Material(models.TextChoices):
        FORM = "form", "医疗救助申请表"
        IDENTITY = "identity", "身份证或户口簿复印件"
        CARD = "card", "社会保障卡复印件"
        DIAGNOSIS = "diagnosis", "出院证或诊断证明复印件"
        SETTLEMENT = "settlement", "医保结算单"
        INVOICE = "invoice", "医疗费用票据复印件"

    matter = APPLICATION.matter
    matter_label = APPLICATION.label

    status = models.CharField("状态", max_length=40, db_index=True, editable=False, choices=ApplicationStatus.choices)
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="申请人", related_name="relief_applications"
    )
    applied_on = models.DateField("申请日期")
    category = models.CharField("申请类别", max_length=30, choices=HardshipIdentity.Category.choices)
    reason = models.CharField("申请理由", max_length=500)
    materials = ArrayField(models.CharField(max_length=20), verbose_name="已收材料", default=list, blank=True)
    published_on = models.DateField("公示开始日", null=True, blank=True)
    publication_last_day = models.DateField("公示最后一日", null=True, blank=True)
    publication_article = models.CharField("公示依据", max_length=200, blank=True)
    sent_on = models.DateField("转送日期", null=True, blank=True)
    decided_on = models.DateField("认定部门决定日期", null=True, blank=True)
    document_no = models.CharField("决定文号", max_length=100, blank=True)
    identity = models.OneToOneField(
        HardshipIdentity, models.PROTECT, verbose_name="认定的困难身份", related_name="relief_application", null=True,
        blank=True,
    )
    decided_by = officer("登记结果经办人", null=True, blank=True)

    class Meta:
        verbose_name = "依申请救助"
        verbose_name_plural = "依申请救助"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("register_application", "登记依申请救助"), ("record_decision", "登记救助认定结果")]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(status__in=APPLICATION.closed), name="relief_application_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(status="recognised") | Q(identity__isnull=False, decided_on__isnull=False),
                name="relief_application_recognised_with_identity",
            ),
            models.CheckConstraint(
                condition=Q(publication_last_day__isnull=True) | Q(publication_last_day__gte=F("published_on")),
                name="relief_application_publication_in_order",
            ),
            four_eyes("registered_by", "decided_by"),
        ]


class RuleQuerySet(models.QuerySet):
    def in_force(self, region_code: str, day: date) -> Self:
        """The rules for a county on a day, its own before its city's."""
        found = self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)
        return found.filter(region_code__in=(region_code[:6], f"{region_code[:4]}00")).order_by("-region_code")


class PublicationRule(models.Model):
    """For how many working days an application is made public before it goes on. No row: no publication.

    The Bazhong handbook prints none."""

    region_code = models.CharField("区划", max_length=6)
    working_days = models.PositiveSmallIntegerField("公示工作日")
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("停用日期（不含）", null=True, blank=True)
    article = models.CharField("依据", max_length=200)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = "救助公示规定"
        verbose_name_plural = "救助公示规定"
        ordering = ("region_code", "valid_from")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(condition=Q(working_days__gte=1, working_days__lte=60), name="publication_days"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="publication_rule_period",
                violation_error_message="停用日期应晚于施行日期。",
            ),
            models.UniqueConstraint(fields=["region_code", "valid_from"], name="publication_rule_once"),
        ]

    def __str__(self) -> str:
        return f"{self.region_code} 公示 {self.working_days} 个工作日"


class PublicationObjection(models.Model):
    """An objection raised while an application was public, and the answer to it."""

    jurisdiction = "application__region_code"

    application = models.ForeignKey(
        ReliefApplication, models.PROTECT, verbose_name="依申请救助", related_name="objections"
    )
    content = models.CharField("异议内容", max_length=500)
    received_on = models.DateField("收到日期")
    received_by = officer("登记人")
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_on = models.DateField("答复日期", null=True, blank=True)
    answered_by = officer("答复人", null=True, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "公示异议"
        verbose_name_plural = "公示异议"
        ordering = ("application", "id")
        default_permissions = ("view",)
        constraints = [four_eyes("received_by", "answered_by")]

    def __str__(self) -> str:
        return f"{self.received_on} {self.content[:20]}"
