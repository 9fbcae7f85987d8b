"""医疗救助: relief on application, its publication, looking back over a year."""

from typing import ClassVar

from django.apps import AppConfig

VIEW = [
    f"relief.view_{name}"
    for name in ("reliefapplication", "publicationrule", "publicationobjection", "reconsideration")
]
PROPOSE, APPLY = "relief.propose_reconsideration", "relief.apply_reconsideration"
RULES = ["relief.add_publicationrule", "relief.change_publicationrule"]
RECOMPUTE = ["relief.view_recompute", "relief.view_recomputedifference"]
YEAR = ["claims.view_yearclosing", "claims.close_year"]


class ReliefConfig(AppConfig):
    name = "relief"
    verbose_name = "医疗救助"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": [*VIEW, "relief.register_application", "relief.record_decision"],
        "初审": [*VIEW, PROPOSE],
        "复核": [*VIEW, APPLY],
        "拨付": VIEW,
        "主管": [*VIEW, *RULES, "relief.record_decision", PROPOSE, APPLY, *RECOMPUTE, "relief.run_recompute", *YEAR],
        "审计": [*VIEW, *RECOMPUTE, "claims.view_yearclosing"],
    }

    def ready(self) -> None:
        from relief import subscribers, tasks, workflow  # noqa: F401  (they register themselves)
