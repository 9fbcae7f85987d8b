"""Hardship identities (困难身份), as the recognising authorities report them (BZ-REL-2.1)."""
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from enrollment.models.spans import DAYS, Span, ends_after_start, same_label, same_number


class HardshipIdentity(Span):
    """One identity over its days. Different identities may be held at once (BZ-RES-6.2, BZ-REL-5.7: the most
    favourable counts, once); one identity never overlaps itself. Closed and added, never edited."""

    class Category(models.TextChoices):
        EXTREMELY_POOR = "extremely_poor", "特困人员"
        ORPHAN = "orphan", "孤儿"
        MINIMUM_ALLOWANCE = "minimum_allowance", "低保对象"
        MARGIN = "margin", "低保边缘家庭成员"
        IMPOVERISHED_BY_ILLNESS = "impoverished_by_illness", "因病致贫重病患者"
        MONITORED = "monitored", "防止返贫监测对象"
        MONITORED_RISK_OPEN = "monitored_risk_open", "防止返贫监测对象（未消除风险）"

    class Authority(models.TextChoices):
        CIVIL_AFFAIRS = "civil_affairs", "民政"
        AGRICULTURE = "agriculture", "农业农村"

    AUTHORITY_OF = {
        Category.EXTREMELY_POOR: Authority.CIVIL_AFFAIRS,
        Category.ORPHAN: Authority.CIVIL_AFFAIRS,
        Category.MINIMUM_ALLOWANCE: Authority.CIVIL_AFFAIRS,
        Category.MARGIN: Authority.CIVIL_AFFAIRS,
        Category.IMPOVERISHED_BY_ILLNESS: Authority.CIVIL_AFFAIRS,
        Category.MONITORED: Authority.AGRICULTURE,
        Category.MONITORED_RISK_OPEN: Authority.AGRICULTURE,
    }

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="identities")
    category = models.CharField("困难身份", max_length=30, choices=Category.choices)
    authority = models.CharField("认定部门", max_length=20, choices=Authority.choices)
    document_no = models.CharField("认定文号", max_length=100, blank=True)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "困难身份"
        verbose_name_plural = "困难身份"
        ordering = ["person", "starts_on", "category"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("identity_ends_after_start"),
            ExclusionConstraint(
                name="identity_once_a_day",
                expressions=[(same_number("person_id"), "&&"), (same_label("category"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="同一困难身份的期间重叠",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.starts_on} 至 {self.last_day or '今'}"
