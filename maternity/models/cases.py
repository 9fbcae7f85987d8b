"""One visit at the counter: what is asked for of an event, and what the rules say of each."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.fields import MoneyField
from casework.models import CaseRecord, JurisdictionManager
from maternity.models.reference import Benefit
from maternity.workflow import DECIDED, MATERNITY, CaseStatus
from policy import masking


def officer(label: str) -> models.ForeignKey:
    return models.ForeignKey(
        "casework.Officer", models.PROTECT, db_index=False, verbose_name=label, related_name="+", null=True,
        blank=True,
    )


class MaternityCase(CaseRecord):
    """An application for one or several benefits of one event (一件事), with the account that is paid to."""

    matter = MATERNITY.matter
    matter_label = MATERNITY.label

    status = models.CharField("状态", max_length=40, db_index=True, editable=False, choices=CaseStatus.choices)
    event = models.ForeignKey(
        "maternity.BirthEvent", models.PROTECT, verbose_name="生育事件", related_name="cases"
    )
    claimant = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="待遇享受人", related_name="maternity_cases"
    )
    applied_on = models.DateField("申请日期")
    payee_name = models.CharField("收款户名", max_length=50)
    payee_bank = models.CharField("收款银行", max_length=100)
    payee_account = models.CharField("收款账号", max_length=32)
    materials = ArrayField(models.CharField(max_length=40), verbose_name="已收材料", default=list, blank=True)
    late_reason = models.CharField("逾期申请原因", max_length=300, blank=True)
    late_approved_by = officer("逾期批准人")
    facts = models.JSONField("录入事实", default=dict)
    total = MoneyField("应付合计", null=True, blank=True)
    refusal_ground = models.ForeignKey(
        "maternity.MaternityGround", models.PROTECT, db_index=False, verbose_name="不予支付情形", related_name="+",
        null=True, blank=True,
    )
    maker_ids = ArrayField(models.BigIntegerField(), verbose_name="经手人员", default=list, editable=False)
    entered_by = officer("录入人")
    computed_by = officer("核算人")
    reviewed_by = officer("初审人")
    approved_by = officer("复核人")
    refused_by = officer("不予支付决定人")

    class Meta:
        verbose_name = "生育待遇件"
        verbose_name_plural = "生育待遇件"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [
            ("register_maternitycase", "登记、录入和核算生育待遇"),
            ("review_maternitycase", "初审生育待遇"),
            ("approve_maternitycase", "复核生育待遇"),
            ("refuse_maternitycase", "不予支付生育待遇"),
            ("supervise_maternitycase", "批准逾期申请、录入政策未印明的津贴天数"),
            ("pay_maternitycase", "拨付生育待遇"),
            ("correct_maternitycase", "更正生育待遇收款账户"),
            ("reverse_maternitycase", "冲销生育待遇"),
            ("print_maternitycase", "打印生育待遇决定书和告知书"),
            ("try_maternitycase", "生育待遇试算"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("entered_by")) & ~Q(reviewed_by=F("computed_by"))
                & ~Q(approved_by=F("entered_by")) & ~Q(approved_by=F("computed_by"))
                & ~Q(approved_by=F("reviewed_by")),
                name="maternity_case_other_hands", violation_error_message="前后两步不得为同一人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "paying", "payment_failed", "closed"])
                | Q(reviewed_by__isnull=False, approved_by__isnull=False, total__isnull=False),
                name="maternity_case_approved_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | Q(refused_by__isnull=False, refusal_ground__isnull=False),
                name="maternity_case_refused_on_a_ground",
            ),
        ]

    @property
    def person(self):
        """Whose case it is, by the name that the worklists know."""
        return self.claimant

    @property
    def decided(self) -> bool:
        """Whether the second officer has decided: from here on it is paid, or reversed."""
        return self.status in DECIDED

    @property
    def masked_payee_account(self) -> str:
        return masking.mask_account(self.payee_account)


class MaternityItem(models.Model):
    """One benefit of a case. Live once for an event and kind; the request and the result are kept to replay it."""

    Kind = Benefit

    class State(models.TextChoices):
        ASKED = "asked", "待核算"
        COMPUTED = "computed", "已核算"
        APPROVED = "approved", "已复核"
        DROPPED = "dropped", "已撤销或不予支付"

    jurisdiction = "case__region_code"

    case = models.ForeignKey(MaternityCase, models.PROTECT, verbose_name="生育待遇件", related_name="items")
    event = models.ForeignKey(
        "maternity.BirthEvent", models.PROTECT, verbose_name="生育事件", related_name="items"
    )
    kind = models.CharField("待遇", max_length=20, choices=Benefit.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.ASKED)
    amount = MoneyField("金额", null=True, blank=True)
    request = models.JSONField("核算依据", default=dict)
    result = models.JSONField("核算结果", default=dict)
    digest = models.CharField("结果摘要", max_length=64, blank=True)
    release = models.ForeignKey(
        "casework.PackRelease", models.PROTECT, db_index=False, verbose_name="规则包", related_name="+", null=True,
        blank=True,
    )

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "生育待遇项"
        verbose_name_plural = "生育待遇项"
        ordering = ("case", "id")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["event", "kind"], condition=~Q(state="dropped"), name="maternity_item_once",
                violation_error_message="该生育事件的此项待遇已经申请。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["computed", "approved"]) | Q(amount__gt=0, release__isnull=False),
                name="maternity_item_computed_by_rules",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
