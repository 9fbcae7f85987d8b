"""Closing of a year (年度关账): while one stands, nothing is settled or reversed in that year of the pool."""

from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager
from claims.models.columns import officer


class YearClosing(models.Model):
    """That a year of a pool was closed, and, if it was, by whom and why it was opened again. Kept for ever."""

    year = models.PositiveSmallIntegerField("年度")
    region_code = models.CharField("统筹区", max_length=6)
    closed_by = officer("关账人")
    closed_at = models.DateTimeField("关账时间")
    reopened_by = officer("重开人", null=True, blank=True)
    reopened_at = models.DateTimeField("重开时间", null=True, blank=True)
    reason = models.CharField("重开原因", max_length=500, blank=True)

    jurisdiction = "region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "年度关账"
        verbose_name_plural = "年度关账"
        ordering = ("-year", "-id")
        default_permissions = ("view",)
        permissions = [("close_year", "年度关账和重开")]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "region_code"], condition=Q(reopened_at__isnull=True), name="year_closed_once"
            ),
            models.CheckConstraint(
                condition=~Q(reopened_by=F("closed_by")), name="year_closed_and_reopened_by_two",
                violation_error_message="关账与重开不得为同一人。",
            ),
            models.CheckConstraint(
                condition=Q(reopened_at__isnull=True, reopened_by__isnull=True)
                | (Q(reopened_at__isnull=False, reopened_by__isnull=False) & ~Q(reason="")),
                name="year_reopened_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度"
