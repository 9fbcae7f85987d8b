"""What maternity writes after each migration: its reference data, so that a fresh installation can work."""

from typing import Any

from django.apps import AppConfig
from django.db import connections


def after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Load materials, time limits and grounds, once their tables stand. What the bureau changed stays."""
    from maternity.models import MaternityGround
    from maternity.services.reference import load_reference

    if MaternityGround._meta.db_table in connections[using].introspection.table_names():
        load_reference()
