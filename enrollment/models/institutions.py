"""Designated institutions (定点医药机构) with their three levels."""
from datetime import date

from django.db import models
from django.db.models import F, Q


class BenefitLevel(models.TextChoices):
    """The keys by which the rule packs know a level."""

    TOWNSHIP = "township", "乡镇卫生院、社区卫生服务中心"
    UNGRADED = "ungraded", "未定级"
    LEVEL1 = "level1", "一级"
    LEVEL2 = "level2", "二级"
    LEVEL3 = "level3", "三级"
    PHARMACY = "pharmacy", "零售药店"


class HospitalLevel(models.Model):
    """The national list of hospital levels (hosp_lv) and, for each, the policy's key: data, not conditions."""

    code = models.CharField("代码", max_length=2, primary_key=True)
    name = models.CharField("名称", max_length=20)
    benefit_level = models.CharField("待遇等级", max_length=10, choices=BenefitLevel.choices)

    class Meta:
        verbose_name = "医院等级"
        verbose_name_plural = "医院等级"
        default_permissions = ("view", "change")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class InstitutionQuerySet(models.QuerySet):
    def active_on(self, day: date) -> "InstitutionQuerySet":
        """Institutions whose agreement is in force on `day`."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), starts_on__lte=day)


class Institution(models.Model):
    """An institution, in the city or elsewhere. Its own level, the level for price caps and the level for the
    deductible are three facts; the benefit follows the third."""

    class Kind(models.TextChoices):
        HOSPITAL = "1", "定点医疗机构"
        PHARMACY = "2", "定点零售药店"

    code = models.CharField("机构编号", max_length=12, unique=True)
    name = models.CharField("机构名称", max_length=200)
    name_initials = models.CharField("名称首字母", max_length=200, blank=True, editable=False)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    region = models.ForeignKey("enrollment.Region", models.PROTECT, verbose_name="所在地", related_name="institutions")
    kind = models.CharField("机构类别", max_length=1, choices=Kind.choices, default=Kind.HOSPITAL)
    primary_care = models.BooleanField("乡镇卫生院或社区卫生服务中心", default=False)
    hospital_level = models.ForeignKey(
        HospitalLevel, models.PROTECT, verbose_name="医院等级", null=True, blank=True, related_name="+",
    )
    price_cap_level = models.ForeignKey(
        HospitalLevel, models.PROTECT, verbose_name="限价等级", null=True, blank=True, related_name="+",
    )
    deductible_level = models.ForeignKey(
        HospitalLevel, models.PROTECT, verbose_name="起付线等级", null=True, blank=True, related_name="+",
    )
    benefit_level = models.CharField("待遇等级", max_length=10, choices=BenefitLevel.choices, editable=False)
    in_network = models.BooleanField("已联网直接结算", default=True)
    starts_on = models.DateField("协议开始日期")
    ends_on = models.DateField("协议结束日期（不含）", null=True, blank=True)

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = "定点医药机构"
        verbose_name_plural = "定点医药机构"
        ordering = ["code"]
        default_permissions = ("view", "add", "change")
        permissions = [
            ("import_institution", "导入定点医药机构"),
            ("export_institution", "导出定点医药机构"),
        ]
        constraints = [
            models.CheckConstraint(
                name="institution_code_form", condition=Q(code__regex=r"^[HP][0-9]{11}$"),
                violation_error_message="机构编号应为H或P加11位数字",
            ),
            models.CheckConstraint(
                name="institution_ends_after_start", condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                violation_error_message="协议结束日期不得早于开始日期",
            ),
            models.CheckConstraint(
                name="institution_levels_given",
                condition=Q(kind="2", benefit_level="pharmacy", code__startswith="P")
                | Q(kind="1", hospital_level__isnull=False, price_cap_level__isnull=False,
                    deductible_level__isnull=False, code__startswith="H"),
                violation_error_message="医疗机构须有三项等级，药店编号以P开头",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def active_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)
