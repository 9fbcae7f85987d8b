"""Administrative divisions by their national codes (GB/T 2260; townships with 9 digits)."""
from django.db import models


class Region(models.Model):
    """A division. The tree serves names and choices; what lies within what is told by the code itself."""

    class Level(models.TextChoices):
        PROVINCE = "province", "省级"
        CITY = "city", "市级"
        COUNTY = "county", "县级"
        TOWNSHIP = "township", "乡级"

    code = models.CharField("区划代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, verbose_name="上级", null=True, blank=True, related_name="parts")
    level = models.CharField("级别", max_length=10, choices=Level.choices)

    class Meta:
        verbose_name = "行政区划"
        verbose_name_plural = "行政区划"
        ordering = ["code"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="region_code_form", condition=models.Q(code__regex=r"^[0-9]{6}([0-9]{3}){0,2}$"),
                violation_error_message="区划代码应为6位、9位或12位数字",
            ),
        ]

    def __str__(self) -> str:
        return self.name
