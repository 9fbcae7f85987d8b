"""A person's year that is to be settled again (年度重新结算): what was seen before, and who decided it."""

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import CaseRecord, four_eyes
from enrollment.models import HardshipIdentity
from relief.models.applications import officer
from relief.workflow import RECONSIDERATION, ReconsiderationStatus


class Reconsideration(CaseRecord):
    """A year's bills that come out differently: once an identity is recognised, ended or taken back, or in a recompute.

    `seen` are these bills as the proposing officer saw them, before and after; only they can be applied."""

    class Kind(models.TextChoices):
        RECOGNISED = "recognised", "身份认定追溯"
        WITHDRAWN = "withdrawn", "身份终止或作废"
        RECOMPUTED = "recomputed", "年度重算差异"

    matter = RECONSIDERATION.matter
    matter_label = RECONSIDERATION.label

    status = models.CharField(
        "状态", max_length=40, db_index=True, editable=False, choices=ReconsiderationStatus.choices
    )
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="reconsiderations"
    )
    identity = models.ForeignKey(
        HardshipIdentity, models.PROTECT, verbose_name="困难身份", related_name="reconsiderations", null=True,
        blank=True,
    )
    recompute = models.ForeignKey(
        "relief.Recompute", models.PROTECT, verbose_name="年度重算", related_name="reconsiderations", null=True,
        blank=True,
    )
    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("种类", max_length=12, choices=Kind.choices)
    rule = models.CharField("规则", max_length=40)
    seen = models.JSONField("提出时所见", default=list, encoder=DjangoJSONEncoder, blank=True)
    supplement = MoneyField("应补支付", default=Decimal("0.00"))
    recovery = MoneyField("应追回", default=Decimal("0.00"))
    proposed_by = officer("提出人", null=True, blank=True)
    decided_by = officer("复核人", null=True, blank=True)

    class Meta:
        verbose_name = "年度重新结算"
        verbose_name_plural = "年度重新结算"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("propose_reconsideration", "核对并提出重新结算"), ("apply_reconsideration", "复核重新结算")]
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "year"], condition=~Q(status__in=RECONSIDERATION.closed),
                name="reconsideration_one_open",
            ),
            models.UniqueConstraint(
                fields=["person", "year"], condition=~Q(status__in=RECONSIDERATION.closed) & Q(identity__isnull=True),
                name="reconsideration_one_open_recomputed",
            ),
            models.CheckConstraint(
                condition=Q(identity__isnull=False, recompute__isnull=True)
                | Q(identity__isnull=True, recompute__isnull=False), name="reconsideration_has_one_ground",
            ),
            models.CheckConstraint(
                condition=~Q(status="applied") | Q(proposed_by__isnull=False, decided_by__isnull=False),
                name="reconsideration_applied_by_two", violation_error_message="重新结算须由两人先后办理。",
            ),
            models.CheckConstraint(
                condition=Q(supplement__gte=0, recovery__gte=0), name="reconsideration_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("registered_by")), name="reconsideration_decided_by_another",
                violation_error_message="前后两步不得为同一人。",
            ),
            four_eyes("proposed_by", "decided_by"),
        ]
