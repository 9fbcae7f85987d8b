"""Notices to the applicant. What was said stays as it was said."""

from django.db import models

from casework.models.jurisdiction import JurisdictionManager


class Notice(models.Model):
    """A numbered notice; `body` holds every figure and word it needs, so that it prints the same in ten years."""

    case_no = models.CharField("件号", max_length=32, db_index=True)
    kind = models.CharField("种类", max_length=40)
    number = models.CharField("文号", max_length=40, unique=True)
    title = models.CharField("标题", max_length=120)
    body = models.JSONField("内容")
    region_code = models.CharField("经办区划", max_length=12, db_index=True)
    issued_by = models.ForeignKey(
        "casework.Officer", on_delete=models.PROTECT, related_name="+", verbose_name="出具人"
    )
    issued_at = models.DateTimeField("出具时间")

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "告知文书"
        verbose_name_plural = "告知文书"
        ordering = ("-id",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
