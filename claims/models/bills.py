"""Settled bills in person order: a compact copy of what was settled, to replay whole years from."""

from django.db import models
from django.db.models import Q


class SettledBill(models.Model):
    """One bill of a settlement as the engine's plain functions read it; written with the settlement, never alone.

    `facts` and `inputs` are what `policy.packed` makes of the request, `result` the amounts in whole fen. Empty
    `facts` mean that the request itself must be read. The database ends it together with its settlement.
    """

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, db_index=False, verbose_name="参保人", related_name="+"
    )
    year = models.PositiveSmallIntegerField("年度")
    place = models.BigIntegerField("结算顺序", help_text="首次结算的编号：新版本排在原处")
    number = models.PositiveSmallIntegerField("序号")
    settlement = models.ForeignKey(
        "claims.Settlement", models.PROTECT, db_index=False, verbose_name="结算", related_name="bills"
    )
    release = models.ForeignKey(
        "casework.PackRelease", models.PROTECT, db_index=False, verbose_name="规则包", related_name="+"
    )
    day = models.DateField("费用日期")
    facts = models.TextField("事实")
    inputs = models.CharField("金额与计数（分）", max_length=200)
    result = models.CharField("结算金额（分）", max_length=200)
    live = models.BooleanField("有效", default=True)

    class Meta:
        verbose_name = "已结算费用"
        verbose_name_plural = "已结算费用"
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["year", "person", "place", "number"], condition=Q(live=True), name="settledbill_in_order"
            )
        ]
        constraints = [models.UniqueConstraint(fields=["settlement", "number"], name="settledbill_once")]

    def __str__(self) -> str:
        return f"{self.settlement_id}/{self.number}"
