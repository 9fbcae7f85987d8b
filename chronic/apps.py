"""门诊慢特病: who may certify, certification of chronic and special diseases, entitlements and their reviews."""

from typing import ClassVar

from django.apps import AppConfig

VIEW = [f"chronic.view_{name}" for name in (
    "qualification", "doctor", "certification", "certificationitem", "entitlement", "entitlementperiod", "reviewdue",
    "reviewnotice", "ending", "objection", "recognition", "spotcheck", "settlementchoice",
    "drugcertification", "twodiseaselist",
)]
HOSPITAL = [
    "chronic.view_certification", "chronic.view_certificationitem", "chronic.submit_certification",
    "chronic.sign_certification", "chronic.seal_certification", "chronic.enter_certification",
    "chronic.view_entitlement", "chronic.view_reviewdue", "chronic.report_stop", "chronic.view_drugcertification",
    "chronic.file_drug",
]
COUNTER = [
    "chronic.submit_certification", "chronic.end_entitlement", "chronic.report_stop", "chronic.register_objection",
    "chronic.register_recognition", "chronic.choose_settlement", "chronic.file_drug",
]
INTERFACE = [
    "chronic.view_apiclient", "chronic.view_apikey", "chronic.view_apisubmission", "chronic.view_webhookendpoint",
    "chronic.view_webhookdelivery", "chronic.keep_apiclient",
]


class ChronicConfig(AppConfig):
    name = "chronic"
    verbose_name = "门诊慢特病"

    roles: ClassVar[dict[str, list[str]]] = {
        "认定医院": HOSPITAL,
        "医院接口": ["chronic.view_certification", "chronic.submit_certification", "chronic.file_certification"],
        "窗口经办": [*VIEW, *COUNTER],
        "初审": [*VIEW, "chronic.confirm_certification", "chronic.check_entitlement"],
        "复核": [
            *VIEW, "chronic.confirm_certification", "chronic.check_entitlement", "chronic.reexamine_objection",
        ],
        "拨付": VIEW,
        "主管": [
            *VIEW, "chronic.confirm_certification", "chronic.keep_register", "chronic.cut_entitlement",
            "chronic.take_two_disease_list", "chronic.decide_objection", "chronic.end_entitlement",
            "chronic.choose_settlement",
        ],
        "审计": VIEW,
        "系统管理": INTERFACE,
    }
    time_limits: ClassVar[list[tuple]] = [
        ("MT", "", "", "2025-01-01", 20, "全国医疗保障经办政务服务事项清单：享受门诊慢特病病种待遇认定"),
    ]

    def ready(self) -> None:
        from chronic import subscribers, tasks, workflow  # noqa: F401  (each registers itself)
        from chronic.services import interface_webhooks  # noqa: F401  (subscribes and handles its jobs)

        _close_the_library_screens()


def _close_the_library_screens() -> None:
    """Keys are made and ended by services alone; the OAuth library's own screens would let any superuser do it."""
    from django.apps import apps
    from django.contrib import admin

    for model in apps.get_app_config("oauth2_provider").get_models():
        if admin.site.is_registered(model):
            admin.site.unregister(model)
