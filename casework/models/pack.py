"""Releases of rule packs that decisions were made under."""

from django.db import models


class PackRelease(models.Model):
    """The whole text of a rule pack, by its digest, so that a decision can be computed again from what is stored."""

    sha256 = models.CharField("摘要", max_length=64, unique=True)
    pool = models.CharField("统筹区", max_length=60)
    version = models.CharField("版本", max_length=60)
    path = models.CharField("路径", max_length=200)
    text = models.TextField("全文")
    first_used_at = models.DateTimeField("首次使用")

    class Meta:
        verbose_name = "规则包"
        verbose_name_plural = "规则包"
        ordering = ("-id",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.pool} {self.version} {self.sha256[:12]}"
