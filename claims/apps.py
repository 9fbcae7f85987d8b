"""手工（零星）报销: claims, settlements, the year's ledger, payments."""

from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate

VIEW = [f"claims.view_{name}" for name in (
    "claim", "visit", "billline", "materialreceived", "finding", "settlement", "settlementitem", "reversal",
    "ledgerentry", "accumulator", "payment", "paymentbatch", "accountcorrection", "bankreturn", "adjustment",
)]
DESK = [*VIEW, "claims.print_claim", "claims.try_claim"]
REFERENCE = [
    f"claims.{verb}_{name}"
    for name in (
        "claimreason", "claimbenefit", "materialrequirement", "claimdeadline", "refusalground", "claimpublication",
    )
    for verb in ("view", "add", "change")
]


class ClaimsConfig(AppConfig):
    name = "claims"
    verbose_name = "手工报销"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": [
            *DESK, "claims.register_claim", "claims.precheck_claim", "claims.accept_claim", "claims.enter_claim",
            "claims.settle_claim", "claims.withdraw_claim", "claims.correct_account",
        ],
        "初审": [*DESK, "claims.review_claim", "claims.refuse_claim", "claims.review_adjustment"],
        "复核": [*DESK, "claims.approve_claim", "claims.refuse_claim", "claims.approve_adjustment"],
        "拨付": [
            *DESK, "claims.pay_claim", "claims.confirm_batch", "claims.export_batch", "claims.record_return",
            "claims.correct_account",
        ],
        "主管": [
            *DESK, *REFERENCE, "claims.supervise_claim", "claims.reverse_claim", "claims.withdraw_claim",
            "claims.refuse_claim", "claims.confirm_batch", "claims.review_adjustment", "claims.approve_adjustment",
        ],
        "审计": VIEW,
    }

    def ready(self) -> None:
        from claims import subscribers, tasks, workflow  # noqa: F401  (they register themselves)
        from claims.seeding import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="claims.after_migrate")
