"""The claim: whose it is, where it stands, who had it in hand."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.models import CaseRecord
from claims import workflow
from claims.models.columns import named, officer
from policy import masking


class Claim(CaseRecord):
    """A request to be paid back for stays that were not settled at the hospital (手工报销)."""

    matter = "LX"
    matter_label = "手工报销"

    class AgentRelation(models.TextChoices):
        SPOUSE = "1", "配偶"
        CHILD = "2", "子女"
        GRANDCHILD = "4", "孙子女、外孙子女"
        PARENT = "5", "父母"
        GRANDPARENT = "6", "祖父母、外祖父母"
        SIBLING = "7", "兄弟姐妹"
        OTHER_RELATIVE = "8", "其他亲属"
        NOT_RELATED = "9", "非亲属"

    status = models.CharField(
        "状态", max_length=40, db_index=True, editable=False, choices=workflow.ClaimStatus.choices
    )
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="claims")
    reason = named("claims.ClaimReason", "手工报销原因")
    scheme = models.CharField("险种", max_length=10, blank=True)
    applied_on = models.DateField("申请日期")
    late_reason = models.CharField("逾期申报原因", max_length=200, blank=True)
    injury = models.BooleanField("外伤", default=False)
    township = models.BooleanField("乡镇受理", default=False)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    agent_name = models.CharField("代办人", max_length=50, blank=True)
    agent_id_no = models.CharField("代办人证件号码", max_length=30, blank=True)
    agent_relation = models.CharField("代办人关系", max_length=1, blank=True, choices=AgentRelation.choices)
    payee_name = models.CharField("收款户名", max_length=50, blank=True)
    payee_bank = models.CharField("收款银行", max_length=100, blank=True)
    payee_account = models.CharField("收款账号", max_length=32, blank=True)
    refusal_ground = named("claims.RefusalGround", "不予支付情形", null=True, blank=True)
    maker_ids = ArrayField(models.BigIntegerField(), verbose_name="经手人员", default=list, editable=False)
    reviewed_by = officer("初审人", null=True, blank=True)
    approved_by = officer("复核人", null=True, blank=True)
    refused_by = officer("不予支付决定人", null=True, blank=True)
    reviewed_digest = models.CharField("初审所见结算摘要", max_length=64, blank=True, editable=False)
    approved_digest = models.CharField("复核所见结算摘要", max_length=64, blank=True, editable=False)
    published_on = models.DateField("公示开始日", null=True, blank=True)
    publication_last_day = models.DateField("公示最后一日", null=True, blank=True)
    published_digest = models.CharField("公示的结算摘要", max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = "手工报销件"
        verbose_name_plural = "手工报销件"
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = [
            ("register_claim", "登记和补正"),
            ("precheck_claim", "乡镇资料初审"),
            ("accept_claim", "县级受理"),
            ("enter_claim", "明细录入"),
            ("settle_claim", "结算"),
            ("review_claim", "初审"),
            ("approve_claim", "复核"),
            ("refuse_claim", "不予支付"),
            ("withdraw_claim", "撤销"),
            ("supervise_claim", "主管审批"),
            ("reverse_claim", "冲销"),
            ("pay_claim", "编制拨付批次"),
            ("confirm_batch", "确认拨付批次"),
            ("export_batch", "导出银行文件"),
            ("record_return", "登记银行回盘"),
            ("correct_account", "更正收款账户"),
            ("try_claim", "待遇试算"),
            ("print_claim", "打印结算单和告知书"),
        ]
        indexes = [models.Index(fields=["person", "status"], name="claim_person_status")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("approved_by")), name="claim_reviewer_not_approver",
                violation_error_message="初审人与复核人不得为同一人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["reviewed", "approved", "paying", "payment_failed", "closed"])
                | Q(reviewed_by__isnull=False),
                name="claim_reviewed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "paying", "payment_failed", "closed"])
                | Q(approved_by__isnull=False),
                name="claim_approved_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_digest="") | Q(approved_digest=F("reviewed_digest")),
                name="claim_checked_is_decided",
                violation_error_message="复核的结算与初审的不一致。",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | Q(refused_by__isnull=False, refusal_ground__isnull=False),
                name="claim_refused_on_a_ground",
            ),
            models.CheckConstraint(
                condition=Q(published_on__isnull=True, publication_last_day__isnull=True, published_digest="")
                | (Q(publication_last_day__gte=F("published_on")) & ~Q(published_digest="")),
                name="claim_publication_in_order",
                violation_error_message="公示的最后一日早于开始日。",
            ),
        ]

    @property
    def masked_payee_account(self) -> str:
        return masking.mask_account(self.payee_account)

    @property
    def masked_agent_id(self) -> str:
        return masking.mask_id(self.agent_id_no)

    @property
    def decided(self) -> bool:
        """Whether the second officer has decided: what was settled can only be reversed from here on."""
        return self.status in {"approved", "paying", "payment_failed", "closed"}
