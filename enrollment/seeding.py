"""What enrollment writes after each migration: divisions, the national code lists, the service items."""
from django.apps import AppConfig
from django.db import connections

from enrollment import services
from enrollment.models import HospitalLevel, ItemMaterial, PersonType, Region


def after_migrate(sender: AppConfig, using: str, **_: object) -> None:
    """Load the data files, if the tables stand (a migration may go backwards)."""
    needed = {model._meta.db_table for model in (Region, HospitalLevel, PersonType)}
    if needed <= set(connections[using].introspection.table_names()):
        services.load_regions()
        services.load_code_lists()
    if {ItemMaterial._meta.db_table} <= set(connections[using].introspection.table_names()):
        services.load_service_items()
