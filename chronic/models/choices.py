"""The mode in which a person has a disease settled in a year (单病种结算, CQ-17.10)."""

from django.db import models
from django.db.models import Q

from casework.models import JurisdictionManager
from chronic.models.certification import officer


class SettlementChoice(models.Model):
    """A choice for one disease and year. It may be changed until the year's first cost of the disease has arisen
    (`locked_on`); a changed one is replaced, not edited."""

    class Mode(models.TextChoices):
        SINGLE = "single_disease", "按单病种结算"
        ORDINARY = "ordinary", "按常规项目结算"

    jurisdiction = "person__region_code"

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="settlement_choices"
    )
    unit = models.CharField("病种编码", max_length=30)
    year = models.PositiveSmallIntegerField("年度")
    mode = models.CharField("结算方式", max_length=20, choices=Mode.choices)
    chosen_on = models.DateField("选择日期")
    chosen_by = officer("经办人")
    rule = models.CharField("规则", max_length=20)
    locked_on = models.DateField("锁定日期", null=True, blank=True, help_text="当年首次发生费用之日")
    replaced_on = models.DateField("变更日期", null=True, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "结算方式选择"
        verbose_name_plural = "结算方式选择"
        ordering = ("person", "-year", "unit", "-id")
        default_permissions = ("view",)
        permissions = [("choose_settlement", "登记结算方式选择")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "unit", "year"], condition=Q(replaced_on__isnull=True), name="settlement_choice_once",
                violation_error_message="该病种当年已选择结算方式",
            ),
            models.CheckConstraint(
                condition=Q(locked_on__isnull=True) | Q(replaced_on__isnull=True),
                name="settlement_choice_locked_stays", violation_error_message="已锁定的结算方式不能变更",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} {self.get_mode_display()}"
