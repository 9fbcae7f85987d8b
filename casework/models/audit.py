"""The audit trail, and the table of legal steps that the database holds the cases to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from casework.fields import ReturnedInteger, ReturnedTime
from casework.models.jurisdiction import JurisdictionManager


class AuditEntry(models.Model):
    """One act of one officer. Appended, never changed: the database refuses UPDATE, DELETE and TRUNCATE.

    Each entry belongs to one of 16 chains, by its case number (or its subject, where there is no case). When the
    transaction commits, the database writes its link: the next number of the chain and a SHA-256 over the
    entry and the hash before it.
    """

    case_no = models.CharField("件号", max_length=32, blank=True, db_index=True)
    subject = models.CharField("对象", max_length=80, blank=True, help_text="不属于某一件的行为所对的人或物")
    matter = models.CharField("事项", max_length=20, blank=True)
    region_code = models.CharField("经办区划", max_length=12, blank=True, db_index=True)
    action = models.CharField("行为代码", max_length=60)
    label = models.CharField("行为", max_length=60)
    status_before = models.CharField("原状态", max_length=40, blank=True)
    status_after = models.CharField("新状态", max_length=40, blank=True)
    officer = models.ForeignKey(
        "casework.Officer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="经办人员",
        help_text="空为系统",
    )
    officer_name = models.CharField("经办人姓名", max_length=60)
    at = models.DateTimeField("时间", db_index=True)
    note = models.TextField("意见", blank=True)
    detail = models.JSONField("明细", default=dict, blank=True)
    recorded_at = ReturnedTime("入库时间", editable=False, null=True)
    chain = ReturnedInteger("链", editable=False, default=0)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ("-id",)
        default_permissions = ("view",)
        indexes = [models.Index(fields=["officer", "action", "at"], name="audit_officer_action")]

    def __str__(self) -> str:
        return f"{self.case_no or self.subject} {self.label}"


class AuditLink(models.Model):
    """The place of an entry in its chain. Written by the database at the commit; nobody else can.

    Not at the insert: the chain is locked only for the commit then, so a long batch does not hold up the others,
    and two transactions can't wait for each other's chains.
    """

    entry = models.OneToOneField(
        AuditEntry, on_delete=models.PROTECT, primary_key=True, related_name="link", verbose_name="审计记录"
    )
    chain = models.PositiveSmallIntegerField("链")
    seq = models.BigIntegerField("链内序号")
    prev_hash = models.CharField("前一摘要", max_length=64, blank=True)
    hash = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "审计链"
        verbose_name_plural = "审计链"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_chain_seq")]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq}"


class Transition(models.Model):
    """One legal move of one matter, written from the workflow tables after each migration.

    Triggers on the case tables and on the audit trail read it: a status jump that no step allows, and a step
    by the officer who must not take it, are refused by the database as well.
    """

    matter = models.CharField("事项", max_length=20)
    step = models.CharField("步骤", max_length=60)
    source = models.CharField("原状态", max_length=40, blank=True)
    target = models.CharField("新状态", max_length=40)
    not_after = ArrayField(
        models.CharField(max_length=60), verbose_name="不得同一人的步骤", default=list, blank=True
    )

    class Meta:
        verbose_name = "合法步骤"
        verbose_name_plural = "合法步骤"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["matter", "step", "source"], name="transition_unique")]

    def __str__(self) -> str:
        return f"{self.matter} {self.step}: {self.source} → {self.target}"
