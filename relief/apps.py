"""医疗救助: relief on application, its publication, looking back over a year."""

from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate

VIEW = [
    f"relief.view_{name}"
    for name in ("reliefapplication", "publicationrule", "publicationobjection", "reconsideration")
]
PROPOSE, APPLY = "relief.propose_reconsideration", "relief.apply_reconsideration"
RULES = ["relief.add_publicationrule", "relief.change_publicationrule"]
RECOMPUTE = ["relief.view_recompute", "relief.view_recomputedifference"]
YEAR = ["claims.view_yearclosing", "claims.close_year"]
EXCHANGE = [f"relief.view_{name}" for name in (
    "receiver", "exchangerule", "push", "pushrow", "pushfile", "pushdelivery", "pushreply", "returnlist", "returnrow",
)]
EXCHANGE_DESK = ["relief.build_push", "relief.download_push", "relief.take_list", "relief.settle_exceptions"]
EXCHANGE_LEAD = [
    *EXCHANGE_DESK, "relief.approve_push", "relief.release_list", "relief.match_row", "relief.change_receiver",
    "relief.add_exchangerule", "relief.change_exchangerule",
]


class ReliefConfig(AppConfig):
    name = "relief"
    verbose_name = "医疗救助"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": [*VIEW, "relief.register_application", "relief.record_decision", *EXCHANGE, *EXCHANGE_DESK,
                 "relief.match_row"],
        "初审": [*VIEW, PROPOSE],
        "复核": [*VIEW, APPLY],
        "拨付": VIEW,
        "主管": [
            *VIEW, *RULES, "relief.record_decision", PROPOSE, APPLY, *RECOMPUTE, "relief.run_recompute", *YEAR,
            *EXCHANGE, *EXCHANGE_LEAD,
        ],
        "审计": [*VIEW, *RECOMPUTE, *EXCHANGE, "claims.view_yearclosing"],
    }

    def ready(self) -> None:
        from relief import exchange_tasks, subscribers, tasks, workflow  # noqa: F401  (they register themselves)
        from relief.exchange_seeding import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="relief.exchange_after_migrate")
