"""Documents: the row here, the bytes once per digest in private storage."""

from django.core.validators import RegexValidator
from django.db import models

from casework.models.jurisdiction import JurisdictionManager


class Document(models.Model):
    """A file that belongs to a case. Voided, never deleted."""

    case_no = models.CharField("件号", max_length=32, db_index=True)
    kind = models.CharField("材料种类", max_length=40)
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("摘要", max_length=64, db_index=True, validators=[RegexValidator(r"^[0-9a-f]{64}$")])
    size = models.PositiveIntegerField("字节数")
    content_type = models.CharField("类型", max_length=60)
    region_code = models.CharField("经办区划", max_length=12, db_index=True)
    uploaded_by = models.ForeignKey(
        "casework.Officer", on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    voided = models.BooleanField("已作废", default=False)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "材料"
        verbose_name_plural = "材料"
        ordering = ("id",)
        default_permissions = ("add", "view")
        permissions = [("void_document", "作废材料")]

    def __str__(self) -> str:
        return f"{self.case_no} {self.name}"
