"""Columns that several tables have."""

from typing import Any

from django.db import models


def officer(label: str, **more: Any) -> models.ForeignKey:
    """Who did something. Without an index: nobody asks by these columns (the audit trail answers that), and each
    change of a claim's status would have to write them all."""
    return models.ForeignKey(
        "casework.Officer", models.PROTECT, db_index=False, verbose_name=label, related_name="+", **more
    )


def named(target: str, label: str, **more: Any) -> models.ForeignKey:
    """A row of a short list, such as a reason; without an index for the same reason."""
    return models.ForeignKey(target, models.PROTECT, db_index=False, verbose_name=label, related_name="+", **more)
