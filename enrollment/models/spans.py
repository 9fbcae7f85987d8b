"""Half-open spans of days as rows: `[starts_on, ends_on)`, closed rather than edited, voided rather than deleted."""
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Func, Q, Value

from casework.models import JurisdictionQuerySet
from policy.periods import ONE_DAY

DAYS = Func("starts_on", "ends_on", Value("[)"), function="daterange")


def same_number(field: str) -> Func:
    """`field` as a range of one number: GiST compares ranges, so no extension (btree_gist) is needed for `=`."""
    return Func(field, field, Value("[]"), function="int8range")


def same_label(field: str) -> Func:
    """`field` as a range of one text; the range type is made by the first migration."""
    return Func(field, field, Value("[]"), function="enrollment_label_range")


def ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
        violation_error_message="结束日期不得早于开始日期",
    )


class SpanQuerySet(JurisdictionQuerySet):
    def in_force(self, day: date) -> Self:
        """Rows that hold on `day`: from the first day on, up to and including the last."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), voided=False, starts_on__lte=day)


class Span(models.Model):
    """A fact about a person that holds for days. It lies in the person's territory. The database refuses to move
    its start, to lengthen it, to take back its voiding and to delete it."""

    jurisdiction = "person__region_code"

    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期（不含）", null=True, blank=True)
    voided = models.BooleanField("已作废", default=False)

    objects = SpanQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def last_day(self) -> date | None:
        """The inclusive end, as screens and files show it; None when open."""
        return None if self.ends_on is None else self.ends_on - ONE_DAY

    def holds_on(self, day: date) -> bool:
        return not self.voided and self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    def touches(self, first: date, last: date) -> bool:
        """Say whether any day from `first` to `last`, both included, is in the span."""
        return not self.voided and self.starts_on <= last and (self.ends_on is None or first < self.ends_on)
