from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CaseworkConfig(AppConfig):
    name = "casework"
    verbose_name = "经办"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": ["casework.view_task", "casework.add_document", "casework.view_document", "casework.view_notice"],
        "初审": ["casework.view_task", "casework.view_document", "casework.view_notice"],
        "复核": ["casework.view_task", "casework.view_document", "casework.view_notice"],
        "拨付": ["casework.view_task", "casework.view_document", "casework.view_notice"],
        "主管": [
            "casework.view_task",
            "casework.reassign_task",
            "casework.view_document",
            "casework.void_document",
            "casework.view_notice",
            "casework.view_auditentry",
            "casework.view_workday",
            "casework.add_workday",
            "casework.change_workday",
            "casework.view_timelimit",
            "casework.add_timelimit",
            "casework.change_timelimit",
            "casework.view_packrelease",
        ],
        "审计": [
            "casework.view_auditentry",
            "casework.view_task",
            "casework.view_document",
            "casework.view_notice",
            "casework.view_packrelease",
            "casework.view_job",
            "casework.view_outboxmessage",
            "casework.view_officer",
            "auth.view_group",
        ],
        "系统管理": [
            "casework.view_officer",
            "casework.add_officer",
            "casework.change_officer",
            "auth.view_group",
            "casework.view_job",
            "casework.retry_job",
            "casework.view_outboxmessage",
            "casework.retry_outboxmessage",
        ],
    }

    # The national list of service items gives hospital-cost reimbursement at most 30 working days; the bureau
    # may set a shorter limit of its own from the screen.
    time_limits: ClassVar[list[tuple[str, str, str, str, int, str]]] = [
        ("LX", "", "", "2020-01-01", 30, "全国医疗保障经办政务服务事项清单（2020年）：住院费用报销不超过30个工作日"),
    ]

    def ready(self) -> None:
        from casework import tasks  # noqa: F401  (registers the handlers of casework's own jobs)
        from casework.seeding import after_migrate

        post_migrate.connect(after_migrate, dispatch_uid="casework.after_migrate")
