"""The year's ledger of a person: entries are appended, the database posts them to the accumulators."""

from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import JurisdictionManager


class PersonYear(models.Model):
    """The row that is locked while anything of a person's year is settled or reversed."""

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, db_index=False, verbose_name="参保人", related_name="+"
    )
    year = models.PositiveSmallIntegerField("年度")

    jurisdiction = "person__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "人年"
        verbose_name_plural = "人年"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["person", "year"], name="person_year_once")]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.year}"


class LedgerEntry(models.Model):
    """What one settlement added to one accumulator; or, with `reverses`, the exact opposite of such an entry."""

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, db_index=False, verbose_name="参保人", related_name="+"
    )
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("累计项", max_length=40)
    delta = MoneyField("发生额")
    cap = MoneyField("年度限额", null=True, blank=True, help_text="空为无限额；冲销不改限额")
    settlement = models.ForeignKey(
        "claims.Settlement", models.PROTECT, verbose_name="结算", related_name="entries"
    )
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name="冲销", null=True, blank=True, related_name="reversed_by"
    )
    posted_at = models.DateTimeField("记账时间")

    jurisdiction = "person__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "台账"
        verbose_name_plural = "台账"
        ordering = ("id",)
        default_permissions = ("view",)
        indexes = [models.Index(fields=["person", "year", "name"], name="ledger_person_year")]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "year", "name"], condition=Q(reverses__isnull=True), name="ledger_source_once"
            ),
            models.CheckConstraint(condition=~Q(delta=0), name="ledger_no_empty_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.name} {self.delta}"


class Accumulator(models.Model):
    """A person's running total of a year. Written by the ledger's trigger alone."""

    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, db_index=False, verbose_name="参保人", related_name="+"
    )
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("累计项", max_length=40)
    amount = MoneyField("累计")
    cap = MoneyField("年度限额", null=True, blank=True)

    jurisdiction = "person__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "年度累计"
        verbose_name_plural = "年度累计"
        ordering = ("person", "year", "name")
        default_permissions = ("view",)
        indexes = [
            # What persons bear themselves, the highest first: the lists for civil affairs are selected by it.
            models.Index(
                F("year"), F("amount").desc(), F("person"), name="accumulator_borne", condition=Q(name="A_SP")
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "year", "name"], name="accumulator_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="accumulator_not_negative"),
            models.CheckConstraint(
                condition=Q(cap__isnull=True) | Q(amount__lte=F("cap")), name="accumulator_within_cap"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.name} {self.amount}"
