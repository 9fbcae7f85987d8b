from importlib import import_module
from typing import ClassVar

from django.apps import AppConfig
from django.db.models.signals import post_migrate

VIEW = [f"enrollment.view_{name}" for name in (
    "person", "insuranceperiod", "persontag", "hardshipidentity", "carefiling", "institution", "region", "contribution",
    "benefitwindow", "waitingexemption", "yearrecord", "accountentry", "accountbalance", "familybinding",
)]
VIEW += [f"enrollment.view_{name}" for name in (
    "employer", "employment", "schooling", "household", "householdmember", "enrollmentcase", "personmerge",
    "transferrecord",
)]
ITEMS = [f"enrollment.{verb}_{name}" for name in ("serviceitem", "itemmaterial") for verb in ("view", "add", "change")]
MATTERS = ["enrollment.handle_matter", "enrollment.view_serviceitem", "enrollment.view_itemmaterial"]
DECISIONS = ["enrollment.review_matter", "enrollment.view_serviceitem", "enrollment.view_itemmaterial"]
NAMES = "enrollment.see_names"
PAYMENTS = ["enrollment.record_contribution", "enrollment.keep_account"]
REVEAL = "enrollment.reveal_person"
FILES = ["enrollment.view_bulkbatch", "enrollment.view_rowfault"]
LISTS = ["enrollment.view_hospitallevel", "enrollment.view_persontype", "enrollment.view_importbatch"]


class EnrollmentConfig(AppConfig):
    name = "enrollment"
    verbose_name = "参保"

    roles: ClassVar[dict[str, list[str]]] = {
        "窗口经办": [
            *VIEW, NAMES, REVEAL, "enrollment.register_person", "enrollment.keep_identity", "enrollment.import_person",
            *FILES, *PAYMENTS, *MATTERS, "enrollment.upload_bulk",
        ],
        "初审": [*VIEW, NAMES, REVEAL],
        # What a reviewed matter changes is changed in the name of who approves it.
        "复核": [*VIEW, NAMES, REVEAL, *DECISIONS, *PAYMENTS, "enrollment.register_person"],
        "拨付": [*VIEW, NAMES, REVEAL],
        "主管": [
            *VIEW, *LISTS, *ITEMS, *MATTERS, *DECISIONS, NAMES, REVEAL, "enrollment.register_person",
            "enrollment.keep_identity", "enrollment.import_person", "enrollment.export_person",
            "enrollment.export_plain_person",
            "enrollment.add_institution", "enrollment.change_institution", "enrollment.import_institution",
            "enrollment.export_institution", *FILES, *PAYMENTS, "enrollment.upload_bulk", "enrollment.confirm_bulk",
            "enrollment.view_bulkexport", "enrollment.export_payment", "enrollment.export_plain_payment",
        ],
        "审计": [*VIEW, *LISTS, *FILES, "enrollment.view_bulkexport"],
        "系统管理": [
            *LISTS, "enrollment.view_institution", "enrollment.view_region", "enrollment.add_institution",
            "enrollment.change_institution", "enrollment.import_institution", "enrollment.export_institution",
            "enrollment.change_hospitallevel", "enrollment.change_persontype",
        ],
    }

    def matter_names(self) -> dict[str, str]:
        """The kinds of matter in words: each has a time limit of its own."""
        from enrollment.services.matters.items import limit_names

        return limit_names()

    def ready(self) -> None:
        # Every process that may run a job must know its handlers, not only Celery's worker.
        import_module("enrollment.tasks")
        from enrollment.seeding import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="enrollment.after_migrate")
