"""One submission number, one effect, one answer, for ever; and the case behind an opaque handle."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from casework.errors import Refused
from casework.models import get_visible
from chronic.models import ApiClient, ApiSubmission, Certification

Json = dict[str, Any]
WAIT = "3s"
DIAGNOSIS = "diagnosis"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a submission did: its answer, and the case that it is about. Its handle names it from then on."""

    answer: Json
    certification: Certification | None = None


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What is answered; `again` when the same was submitted before."""

    answer: Json
    again: bool


@transaction.atomic
def once(
    *, client: ApiClient, number: str, verb: str, content: Json, at: datetime, act: Callable[[str], Done]
) -> Answered:
    """Have `act` done under a number of this institution, or give the answer that was given before.

    `act` is told the handle of the submission. The same number at the same time waits up to three seconds for the
    first; with other content it is refused `SUBMISSION_CONFLICT`. A refusal leaves nothing: the number stays free."""
    digest = _digest(verb, content)
    _hold(client, number)
    known = ApiSubmission.objects.filter(institution=client.institution_id, number=number).first()
    if known is not None:
        if known.digest != digest:
            raise Refused("SUBMISSION_CONFLICT", f"流水号{number[:40]}已报送过不同的内容，请换用新的流水号。")
        return Answered(answer=_ordered(known.answer), again=True)
    row = ApiSubmission(
        institution_id=client.institution_id, number=number, verb=verb, digest=digest, received_at=at
    )
    done = act(row.handle)
    row.answer, row.certification = done.answer, done.certification
    row.save(force_insert=True)
    return Answered(answer=_ordered(done.answer), again=False)


def submission_of(client: ApiClient, handle: str) -> ApiSubmission:
    """The diagnosis that this institution filed under a handle; of another's nothing is known."""
    found = ApiSubmission.objects.filter(
        institution=client.institution_id, handle=handle, verb=DIAGNOSIS
    ).select_related("certification").first()
    if found is None or found.certification is None:
        raise Refused("not_found", "未找到该报送，请核对编号。")
    get_visible(Certification, client.officer, pk=found.certification_id)
    return found


def submissions(client: ApiClient, *, before: str = "", most: int = 50) -> list[ApiSubmission]:
    """The institution's diagnoses, newest first; `before` is the handle of the last one seen."""
    rows = ApiSubmission.objects.filter(institution=client.institution_id, verb=DIAGNOSIS)
    if before:
        rows = rows.filter(pk__lt=submission_of(client, before).pk)
    chosen = rows.select_related("certification").prefetch_related("certification__items__entitlement")
    return list(chosen.order_by("-pk")[:most])


def _hold(client: ApiClient, number: str) -> None:
    """Until the transaction ends nobody else works under this number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
        name = f"submission:{client.institution_id}:{number}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _digest(verb: str, content: Json) -> str:
    text = json.dumps([verb, content], ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()


def _ordered(answer: Json) -> Json:
    """The same bytes each time: the database keeps no order of keys."""
    ordered: Json = json.loads(json.dumps(answer, sort_keys=True))
    return ordered
