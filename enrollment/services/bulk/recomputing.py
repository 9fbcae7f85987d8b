"""After a chunk: the benefit windows of everybody whom it touched."""
from datetime import datetime

from django.db import transaction

from casework import jobs
from casework.models import Officer
from enrollment.services.windows import recompute_many

PORTION = 200


def recompute_touched(run: jobs.Run, *, at: datetime) -> None:
    """Decide anew from when the persons of one chunk may draw benefits, some at a time, each portion one transaction.

    Done again after a kill it changes nothing more: a window that is right already stays as it is.
    """
    by = Officer.objects.get(pk=run.payload["officer_id"])
    ids, changed = run.payload["person_ids"], 0
    for start in range(run.progress, len(ids), PORTION):
        with transaction.atomic():
            changed += recompute_many(ids[start:start + PORTION], by=by, at=at)
            run.checkpoint(min(start + PORTION, len(ids)), len(ids), "正在重算待遇享受期")
    run.message = f"重算{len(ids)}人，{changed}人的待遇享受期有变化。"
