"""Who may certify: institutions by disease category and district, and their doctors."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from casework.models import JurisdictionQuerySet
from enrollment.models.spans import DAYS, ends_after_start, same_label, same_number


class DatedQuerySet(JurisdictionQuerySet):
    def in_force(self, day: date) -> Self:
        """Rows that hold on `day`."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), starts_on__lte=day)


class Dated(models.Model):
    """Days `[starts_on, ends_on)` on which a row of a register holds."""

    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期（不含）", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


class Qualification(Dated):
    """That an institution may certify a category of diseases for the insured of a district (BZ-CHR-7.2, CQ-7.1).

    One that is not published may not certify (BZ-CHR-8.1)."""

    class Scope(models.TextChoices):
        ALL = "all", "全部病种"
        PSYCHIATRIC = "psychiatric", "仅精神类病种"

    jurisdiction = "district"
    institution_scope = "institution__code"

    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="认定机构", related_name="qualifications"
    )
    category = models.CharField("认定类别", max_length=20)
    scope = models.CharField("范围", max_length=12, choices=Scope.choices, default=Scope.ALL)
    district = models.CharField("服务的参保地", max_length=6)
    published_on = models.DateField("公布日期", null=True, blank=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)
    rule = models.CharField("规则", max_length=20, blank=True)

    class Meta:
        verbose_name = "认定资格"
        verbose_name_plural = "认定资格"
        ordering = ("district", "category", "institution")
        default_permissions = ("view",)
        permissions = [("keep_register", "维护认定机构和医师")]
        constraints = [
            ends_after_start("qualification_ends_after_start"),
            ExclusionConstraint(
                name="qualification_once_at_a_time",
                expressions=[
                    (same_number("institution_id"), "&&"), (same_label("category"), "&&"),
                    (same_label("district"), "&&"), (DAYS, "&&"),
                ],
                violation_error_message="该机构在同一参保地、同一类别已有认定资格",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution}（{self.category}）"


class Doctor(Dated):
    """A doctor of a certifying institution, with title and speciality (BZ-CHR-10.1)."""

    class Title(models.TextChoices):
        RESIDENT = "resident_physician", "住院医师"
        ATTENDING = "attending", "主治医师"
        ASSOCIATE_CHIEF = "associate_chief", "副主任医师"
        CHIEF = "chief", "主任医师"

    jurisdiction = "institution__region__code"
    institution_scope = "institution__code"

    code = models.CharField("医师编码", max_length=30, unique=True)
    name = models.CharField("医师姓名", max_length=50)
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="执业机构", related_name="doctors"
    )
    title = models.CharField("职称", max_length=20, choices=Title.choices)
    specialty = models.CharField("专业", max_length=50, blank=True)

    class Meta:
        verbose_name = "认定医师"
        verbose_name_plural = "认定医师"
        ordering = ("institution", "code")
        default_permissions = ("view",)
        constraints = [ends_after_start("doctor_ends_after_start")]

    def __str__(self) -> str:
        return f"{self.name}（{self.get_title_display()}）"
