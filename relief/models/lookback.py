"""A look back over a person's year (救助追溯): what was seen before it was decided, and who decided it."""

from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import CaseRecord, four_eyes
from enrollment.models import HardshipIdentity
from relief.models.applications import officer
from relief.workflow import LOOKBACK, LookBackStatus


class LookBack(CaseRecord):
    """The bills of a year that come out differently once an identity is recognised, ended or taken back.

    `seen` are these bills as the proposing officer saw them, before and after; only they can be applied."""

    class Kind(models.TextChoices):
        RECOGNISED = "recognised", "身份认定追溯"
        WITHDRAWN = "withdrawn", "身份终止或作废"

    matter = LOOKBACK.matter
    matter_label = LOOKBACK.label

    status = models.CharField("状态", max_length=40, db_index=True, editable=False, choices=LookBackStatus.choices)
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="relief_lookbacks"
    )
    identity = models.ForeignKey(
        HardshipIdentity, models.PROTECT, verbose_name="困难身份", related_name="relief_lookbacks"
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
        verbose_name = "救助追溯"
        verbose_name_plural = "救助追溯"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [("propose_lookback", "核对并提出救助追溯"), ("apply_lookback", "复核救助追溯")]
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "year"], condition=~Q(status__in=LOOKBACK.closed), name="lookback_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(status="applied") | Q(proposed_by__isnull=False, decided_by__isnull=False),
                name="lookback_applied_by_two", violation_error_message="追溯须由两人先后办理。",
            ),
            models.CheckConstraint(
                condition=Q(supplement__gte=0, recovery__gte=0), name="lookback_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("registered_by")), name="lookback_decided_by_another",
                violation_error_message="前后两步不得为同一人。",
            ),
            four_eyes("proposed_by", "decided_by"),
        ]
