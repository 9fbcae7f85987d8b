"""Two numbers of one person: which row stays, which one points at it, and the way back."""
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionQuerySet, four_eyes


class PersonMerge(models.Model):
    """One merge, in force until it is undone. Nothing is moved: the absorbed row keeps all that belongs to it and
    points at the kept one, which answers for both; undoing takes the pointer away."""

    jurisdiction = "kept__region_code"

    kept = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="保留的参保人", related_name="merges_kept",
    )
    absorbed = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="并入的参保人", related_name="merges_absorbed",
    )
    case_no = models.CharField("件号", max_length=32)
    reason = models.CharField("合并原因", max_length=200)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="登记人", related_name="+",
    )
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="审核人", related_name="+")
    merged_at = models.DateTimeField("合并时间")
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="撤销人", related_name="+", null=True, blank=True,
    )
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)
    undo_case_no = models.CharField("撤销件号", max_length=32, blank=True)

    objects = JurisdictionQuerySet.as_manager()

    class Meta:
        verbose_name = "参保信息合并"
        verbose_name_plural = "参保信息合并"
        ordering = ["-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="merge_absorbed_once",
                violation_error_message="该编号已并入其他编号",
            ),
            models.CheckConstraint(name="merge_of_two", condition=~Q(kept=F("absorbed"))),
            models.CheckConstraint(
                name="merge_undone_whole",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undo_case_no="")
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_case_no="")),
            ),
            four_eyes("proposed_by", "merged_by"),
        ]

    def __str__(self) -> str:
        return self.case_no
