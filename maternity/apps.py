"""生育: the event (birth or termination), and the benefits that are applied for, decided and paid."""

from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate

VIEW = [f"maternity.view_{name}" for name in ("birthevent", "maternitycase", "maternityitem")]
DESK = [*VIEW, "maternity.print_maternitycase", "maternity.try_maternitycase"]
REFERENCE = [
    f"maternity.{verb}_{name}" for name in ("maternitymaterial", "claimperiod", "maternityground")
    for verb in ("view", "add", "change")
]


class MaternityConfig(AppConfig):
    name = "maternity"
    verbose_name = "生育待遇"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": [*DESK, "maternity.register_maternitycase", "maternity.correct_maternitycase"],
        "初审": [*DESK, "maternity.review_maternitycase", "maternity.refuse_maternitycase"],
        "复核": [*DESK, "maternity.approve_maternitycase", "maternity.refuse_maternitycase"],
        "拨付": [*DESK, "maternity.pay_maternitycase", "maternity.correct_maternitycase"],
        "主管": [
            *DESK, *REFERENCE, "maternity.register_maternitycase", "maternity.supervise_maternitycase",
            "maternity.refuse_maternitycase", "maternity.reverse_maternitycase",
        ],
        "审计": VIEW,
    }
    time_limits: ClassVar[list[tuple]] = [
        ("SY", "", "", "2025-01-01", 20, "全国医疗保障经办政务服务事项清单：产前检查费、生育医疗费、生育津贴支付"),
    ]

    def ready(self) -> None:
        from maternity import vetoes, workflow  # noqa: F401  (the veto and the table of steps register themselves)
        from maternity.seeding import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="maternity.after_migrate")
