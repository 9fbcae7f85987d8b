"""What casework writes after each migration: roles, legal steps, the time limits that apps start with."""

from datetime import date
from typing import Any

from django.apps import AppConfig, apps
from django.db import connections, transaction

from casework import roles
from casework.models import TimeLimit, Transition
from casework.workflow import WORKFLOWS


def after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Run once, after the last app has its permissions, and only if casework's tables stand."""
    last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
    if sender is not last:
        return
    needed = {TimeLimit._meta.db_table, Transition._meta.db_table, "auth_group"}
    if not needed <= set(connections[using].introspection.table_names()):
        return
    with transaction.atomic(using=using):
        roles.sync()
        sync_transitions()
        seed_time_limits()


def sync_transitions() -> None:
    """Hold the table of legal steps to the workflow tables of the code."""
    wanted = {
        (matter, step, source, target, not_after)
        for matter, workflow in WORKFLOWS.items()
        for step, source, target, not_after in workflow.transitions()
    }
    stored = {
        (row.matter, row.step, row.source, row.target, tuple(row.not_after)): row.pk for row in Transition.objects.all()
    }
    Transition.objects.filter(pk__in=[pk for key, pk in stored.items() if key not in wanted]).delete()
    Transition.objects.bulk_create(
        Transition(matter=matter, step=step, source=source, target=target, not_after=list(not_after))
        for matter, step, source, target, not_after in sorted(wanted - stored.keys())
    )


def seed_time_limits() -> None:
    """The limits that an AppConfig starts with, `time_limits = [(matter, step, region, valid_from, days, article)]`.

    A limit that is there already, edited or not, stays.
    """
    for config in apps.get_app_configs():
        for matter, step, region_code, valid_from, working_days, article in getattr(config, "time_limits", []):
            TimeLimit.objects.get_or_create(
                matter=matter,
                step=step,
                region_code=region_code,
                valid_from=date.fromisoformat(valid_from),
                defaults={"working_days": working_days, "article": article},
            )
