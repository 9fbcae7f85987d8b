"""What claims writes after each migration: its reference data, so that a fresh installation can register claims."""

from typing import Any

from django.apps import AppConfig
from django.db import connections


def after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Load reasons, materials, deadlines and grounds, once their tables stand. What the bureau changed stays."""
    from claims.models import RefusalGround
    from claims.services.reference import load_reference

    if RefusalGround._meta.db_table in connections[using].introspection.table_names():
        load_reference()
