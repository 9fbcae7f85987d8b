"""Lists of the health department (卫健部门): who is registered for the two diseases (两病), taken file by file."""

from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager
from chronic.models.certification import officer


class TwoDiseaseList(models.Model):
    """A list that was taken: what it said and what came of each of its lines (BZ-CHR-20.1)."""

    region_code = models.CharField("经办区划", max_length=12, db_index=True)
    listed_on = models.DateField("名单日期")
    complete = models.BooleanField("全量名单")
    file_sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    read = models.PositiveIntegerField("读取")
    new = models.PositiveIntegerField("新增")
    unchanged = models.PositiveIntegerField("不变")
    ended = models.PositiveIntegerField("终止")
    unmatched = models.PositiveIntegerField("未匹配")
    unlisted = models.PositiveIntegerField("未再列入而终止", default=0)
    report = models.JSONField("逐行结果", default=list)
    taken_by = officer("导入人")
    taken_at = models.DateTimeField("导入时间")

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "两病名单"
        verbose_name_plural = "两病名单"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("take_two_disease_list", "导入两病名单")]
        constraints = [
            models.CheckConstraint(
                condition=Q(read=F("new") + F("unchanged") + F("ended") + F("unmatched")),
                name="two_disease_list_adds_up", violation_error_message="读取行数与逐行结果不符",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_code} {self.listed_on}"
