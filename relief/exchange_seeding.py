"""What the exchange starts with after each migration: its receivers and rules. What the bureau changed stays."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.db import connections

DATA = Path(__file__).parent / "data" / "exchange.toml"


def after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Load receivers and rules, once their tables stand."""
    from relief.models import ExchangeRule, Receiver

    if ExchangeRule._meta.db_table not in connections[using].introspection.table_names():
        return
    known = tomllib.loads(DATA.read_text(encoding="utf-8"))
    for row in known["receivers"]:
        Receiver.objects.get_or_create(region_code=row["region_code"], code=row["code"], defaults=row)
    for row in known["rules"]:
        row["repeat_growth"] = Decimal(row["repeat_growth"])
        ExchangeRule.objects.get_or_create(
            region_code=row["region_code"], valid_from=row["valid_from"], defaults=row
        )
