"""Taking a step of a matter together with the columns that the database wants to see filled with it."""

from datetime import datetime
from typing import Any

from casework.models import CaseRecord, Officer
from casework.workflow import Workflow


def take(
    workflow: Workflow, case: CaseRecord, step: str, *, by: Officer, at: datetime, note: str = "",
    expected_version: int | None = None, hands: tuple[int | None, ...] = (), detail: dict[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Write `columns`, then take the step. An officer of `hands`, who must not take it, is left to the workflow to
    refuse in words, before the database would refuse the columns without any."""
    if by.pk not in hands:
        for name, value in columns.items():
            setattr(case, name, value)
        case.save(update_fields=list(columns))
    workflow.move(case, step, by=by, at=at, note=note, expected_version=expected_version, detail=detail)
