"""Files that were imported: the same file twice changes nothing."""
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager


class ImportBatch(models.Model):
    """One accepted file: its digest and what became of each row."""

    class Kind(models.TextChoices):
        PERSON = "person", "参保人"
        INSTITUTION = "institution", "定点医药机构"

    kind = models.CharField("文件类型", max_length=20, choices=Kind.choices)
    file_name = models.CharField("文件名", max_length=200)
    file_sha256 = models.CharField("文件摘要", max_length=64)
    region_code = models.CharField("经办地", max_length=12)
    rows_read = models.PositiveIntegerField("读入行数")
    rows_accepted = models.PositiveIntegerField("写入行数")
    rows_rejected = models.PositiveIntegerField("拒绝行数")
    rows_unchanged = models.PositiveIntegerField("未变行数")
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="导入人", related_name="+")
    imported_at = models.DateTimeField("导入时间")

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "导入批次"
        verbose_name_plural = "导入批次"
        ordering = ["-imported_at"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["kind", "file_sha256"], name="import_batch_file_once"),
            models.CheckConstraint(
                name="import_batch_rows_add_up",
                condition=Q(rows_read=F("rows_accepted") + F("rows_rejected") + F("rows_unchanged")),
            ),
        ]

    def __str__(self) -> str:
        return self.batch_no

    @property
    def batch_no(self) -> str:
        return f"DR{self.pk:08d}"
