"""生育: the event (birth or termination), and the benefits that are applied for, decided and paid."""

from typing import ClassVar

from django.apps import AppConfig

VIEW = [f"maternity.view_{name}" for name in ("birthevent", "maternitycase", "maternityitem")]


class MaternityConfig(AppConfig):
    name = "maternity"
    verbose_name = "生育待遇"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": [*VIEW, "maternity.register_maternitycase"],
        "初审": [*VIEW, "maternity.review_maternitycase"],
        "复核": [*VIEW, "maternity.approve_maternitycase"],
        "拨付": [*VIEW, "maternity.pay_maternitycase"],
        "主管": [*VIEW, "maternity.register_maternitycase", "maternity.supervise_maternitycase"],
        "审计": VIEW,
    }
    time_limits: ClassVar[list[tuple]] = [
        ("SY", "", "", "2025-01-01", 20, "全国医疗保障经办政务服务事项清单：产前检查费、生育医疗费、生育津贴支付"),
    ]

    def ready(self) -> None:
        from maternity import workflow  # noqa: F401  (the table of steps registers itself)
