"""Certification (认定): one application, the diseases it is about, and what the criteria say of each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.models import CaseRecord, JurisdictionManager
from chronic.workflow import CERTIFICATION, CertificationStatus


def officer(label: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        "casework.Officer", models.PROTECT, db_index=False, verbose_name=label, related_name="+", **more
    )


class Certification(CaseRecord):
    """An application for certification at an institution, or for the review of what was certified: one form for both
    (BZ-CHR-9.1). Several diseases at once; partly granted is normal.

    A submission number of an institution names one case for ever; `submission_digest` is what came under it."""

    class Channel(models.TextChoices):
        PERSON = "person", "本人"
        PROXY = "proxy", "代办人"
        HOSPITAL = "hospital", "医院"
        FILE = "file", "批量文件"

    class Kind(models.TextChoices):
        INITIAL = "initial", "认定"
        REVIEW = "review", "复审"

    matter = CERTIFICATION.matter
    matter_label = CERTIFICATION.label
    institution_scope = "institution__code"

    status = models.CharField(
        "状态", max_length=40, db_index=True, editable=False, choices=CertificationStatus.choices
    )
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="certifications"
    )
    scheme = models.CharField("险种", max_length=10)
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="认定机构", related_name="certifications"
    )
    kind = models.CharField("事项", max_length=10, choices=Kind.choices, default=Kind.INITIAL)
    channel = models.CharField("申请渠道", max_length=10, choices=Channel.choices)
    applied_on = models.DateField("申请日期")
    phone = models.CharField("联系电话", max_length=20, blank=True)
    agent_name = models.CharField("代办人", max_length=50, blank=True)
    agent_id_no = models.CharField("代办人证件号码", max_length=30, blank=True)
    submission_no = models.CharField("报送流水号", max_length=40, blank=True)
    submission_digest = models.CharField("报送内容摘要", max_length=64, blank=True, editable=False)
    documents = ArrayField(models.CharField(max_length=40), verbose_name="已收证件和表格", default=list, blank=True)
    signed_by = officer("结论经办人", null=True, blank=True)
    sealed_by = officer("盖章人", null=True, blank=True)
    sealed_on = models.DateField("盖章日期", null=True, blank=True)
    entered_on = models.DateField("录入日期", null=True, blank=True)
    entered_late = models.BooleanField("超过当月录入期限", default=False)
    decided_by = officer("确认人", null=True, blank=True)
    decided_on = models.DateField("确认日期", null=True, blank=True)

    class Meta:
        verbose_name = "慢特病认定"
        verbose_name_plural = "慢特病认定"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [
            ("submit_certification", "提交认定申请"),
            ("sign_certification", "录入医师结论"),
            ("seal_certification", "审核盖章"),
            ("enter_certification", "录入平台"),
            ("file_certification", "接口报送"),
            ("confirm_certification", "确认认定"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "submission_no"], condition=~Q(submission_no=""), name="certification_filed_once"
            ),
            models.CheckConstraint(
                condition=~Q(sealed_by=F("signed_by")), name="certification_sealed_by_another",
                violation_error_message="作出结论的人员不得审核盖章。",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("signed_by")) & ~Q(decided_by=F("sealed_by"))
                & ~Q(decided_by=F("registered_by")),
                name="certification_confirmed_by_another",
                violation_error_message="前后两步不得为同一人。",
            ),
        ]


class CertificationItem(models.Model):
    """One disease of an application: the facts, the doctor, and what the criteria say of them under which pack.

    `verdict` is what `policy.certify` answered; `reasons` says it in words, for screen, notice and interface."""

    class State(models.TextChoices):
        PENDING = "pending", "待结论"
        MET = "met", "符合标准"
        NOT_MET = "not_met", "不符合标准"
        GRANTED = "granted", "已认定"
        REFUSED = "refused", "不予认定"
        WITHDRAWN = "withdrawn", "已撤回"

    jurisdiction = "certification__region_code"
    institution_scope = "certification__institution__code"

    certification = models.ForeignKey(
        Certification, models.PROTECT, verbose_name="认定申请", related_name="items"
    )
    reviewed = models.ForeignKey(
        "chronic.Entitlement", models.PROTECT, verbose_name="复审的待遇", related_name="reviews", null=True, blank=True
    )
    unit = models.CharField("病种编码", max_length=30)
    unit_name = models.CharField("病种", max_length=120)
    category = models.CharField("类别", max_length=20)
    diagnosed_on = models.DateField("确诊日期")
    facts = models.JSONField("认定事实", default=dict)
    materials = ArrayField(models.CharField(max_length=40), verbose_name="已收病种材料", default=list, blank=True)
    doctor = models.ForeignKey(
        "chronic.Doctor", models.PROTECT, verbose_name="认定医师", related_name="+", null=True, blank=True
    )
    doctor_title = models.CharField("认定时职称", max_length=20, blank=True)
    concluded_on = models.DateField("结论日期", null=True, blank=True)
    verdict = models.JSONField("认定结果", default=dict)
    reasons = ArrayField(models.CharField(max_length=400), verbose_name="理由", default=list, blank=True)
    release = models.ForeignKey(
        "casework.PackRelease", models.PROTECT, db_index=False, verbose_name="规则包", related_name="+", null=True,
        blank=True,
    )
    state = models.CharField("结论", max_length=10, choices=State.choices, default=State.PENDING)
    refusal_reason = models.CharField("不予认定原因", max_length=500, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "申请病种"
        verbose_name_plural = "申请病种"
        ordering = ("certification", "id")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["certification", "unit"], name="certification_unit_once"),
            models.UniqueConstraint(
                fields=["reviewed"], condition=Q(state__in=["pending", "met", "not_met"]),
                name="certification_one_review",
                violation_error_message="该待遇已有在办的复审",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(refusal_reason=""), name="certification_refused_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["met", "granted"]) | Q(verdict__met=True), name="certification_met_by_criteria"
            ),
        ]

    def __str__(self) -> str:
        return self.unit_name
