from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate

VIEW = [f"enrollment.view_{name}" for name in (
    "person", "insuranceperiod", "persontag", "hardshipidentity", "carefiling", "institution", "region",
)]
NAMES = "enrollment.see_names"
REVEAL = "enrollment.reveal_person"
LISTS = ["enrollment.view_hospitallevel", "enrollment.view_persontype", "enrollment.view_importbatch"]


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = "参保"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": [
            *VIEW, NAMES, REVEAL, "enrollment.register_person", "enrollment.keep_identity", "enrollment.import_person",
        ],
        "初审": [*VIEW, NAMES, REVEAL],
        "复核": [*VIEW, NAMES, REVEAL],
        "拨付": [*VIEW, NAMES, REVEAL],
        "主管": [
            *VIEW, *LISTS, NAMES, REVEAL, "enrollment.register_person", "enrollment.keep_identity",
            "enrollment.import_person", "enrollment.export_person", "enrollment.export_plain_person",
            "enrollment.add_institution", "enrollment.change_institution", "enrollment.import_institution",
            "enrollment.export_institution",
        ],
        "审计": [*VIEW, *LISTS],
        "系统管理": [
            *LISTS, "enrollment.view_institution", "enrollment.view_region", "enrollment.add_institution",
            "enrollment.change_institution", "enrollment.import_institution", "enrollment.export_institution",
            "enrollment.change_hospitallevel", "enrollment.change_persontype",
        ],
    }

    def ready(self) -> None:
        from enrollment.seeding import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="enrollment.after_migrate")
