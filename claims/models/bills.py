"""Settled bills in person order: a compact copy of what was settled, to replay whole years from."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from policy import packed


class SettledFacts(models.Model):
    """The facts that chose and fed a plan, apart from amounts: one row for each text, whichever bills have it.

    The text is what `policy.packed` makes of a request; one without a plan means that the request itself must be read.
    """

    digest = models.UUIDField("摘要", primary_key=True, help_text="正文SHA-256的前16字节")
    text = models.TextField("事实")

    class Meta:
        verbose_name = "结算事实"
        verbose_name_plural = "结算事实"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.digest)


class SettledBill(models.Model):
    """One bill of a settlement as the engine's plain functions read it; written with the settlement, never alone.

    `numbers` are its amounts and counts, then what was paid, as `policy.packed` packs them: every row has the same
    length, and the server sends it in one piece. The database ends it together with its settlement.
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
    facts = models.ForeignKey(SettledFacts, models.PROTECT, db_index=False, verbose_name="事实", related_name="+")

    numbers = models.BinaryField("金额与计数（分）", help_text="每项8字节：费用构成、年龄、天数，然后是结算金额")
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
        constraints = [
            models.UniqueConstraint(fields=["settlement", "number"], name="settledbill_once"),
            models.CheckConstraint(
                condition=Exact(Length("numbers"), packed.NUMBERS.size), name="settledbill_all_numbers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id}/{self.number}"

    @property
    def paid(self) -> dict[str, int]:
        """What was paid, in fen, by the names of `policy.packed.RESULT`."""
        return dict(zip(packed.RESULT, packed.NUMBERS.unpack(self.numbers)[len(packed.INPUTS) :], strict=True))
