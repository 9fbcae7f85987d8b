"""Publication (公示) of an application for relief, where the county's dated rules ask for it."""

from datetime import date, datetime

from django.db import transaction

from casework import calendar
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from relief.models import PublicationObjection, PublicationRule, ReliefApplication
from relief.workflow import APPLICATION


@transaction.atomic
def publish(
    *, application_id: int, by: Officer, at: datetime, expected_version: int | None = None
) -> ReliefApplication:
    """Make an application public from today for the working days that the rule in force on its day asks for.

    Refuses where no rule asks for it."""
    case: ReliefApplication = get_visible(ReliefApplication, by, lock=True, pk=application_id)
    today = bureau_day(at)
    rule = PublicationRule.objects.in_force(case.region_code, case.applied_on).first()
    if rule is None:
        raise Refused("PUBLICATION_NOT_ASKED", "本地没有公示规定，无须公示，可直接转送。")
    case.published_on, case.publication_article = today, rule.article
    case.publication_last_day = calendar.add_working_days(today, rule.working_days)
    APPLICATION.move(
        case, "publish", by=by, at=at, expected_version=expected_version,
        detail={"last_day": case.publication_last_day.isoformat(), "article": rule.article},
    )
    case.save(update_fields=["published_on", "publication_last_day", "publication_article"])
    return case


@transaction.atomic
def record_objection(*, application_id: int, content: str, by: Officer, at: datetime) -> PublicationObjection:
    """Record an objection that came during the publication; it must be answered before the application goes on.

    Refuses one that comes after the last day."""
    case: ReliefApplication = get_visible(ReliefApplication, by, lock=True, pk=application_id)
    if case.publication_last_day is not None and bureau_day(at) > case.publication_last_day:
        raise Refused("PUBLICATION_OVER", f"公示已于{case.publication_last_day}期满，不再受理异议。")
    APPLICATION.move(case, "object", by=by, at=at, note=content)
    return PublicationObjection.objects.create(
        application=case, content=content.strip()[:500], received_on=bureau_day(at), received_by=by
    )


@transaction.atomic
def answer_objection(*, objection_id: int, answer: str, by: Officer, at: datetime) -> PublicationObjection:
    """Answer an objection; not by the officer who took the latest one in, and only once."""
    objection: PublicationObjection = get_visible(PublicationObjection, by, lock=True, pk=objection_id)
    case: ReliefApplication = get_visible(ReliefApplication, by, lock=True, pk=objection.application_id)
    if objection.answered_on:
        raise Refused("ANSWERED_ALREADY", "该异议已经答复。")
    if objection.received_by_id == by.pk:
        raise Refused("same_officer", "异议的登记人与答复人不得为同一人，请转由他人办理。")
    APPLICATION.move(case, "answer", by=by, at=at, note=answer)
    objection.answer, objection.answered_on, objection.answered_by = answer.strip()[:500], bureau_day(at), by
    objection.save(update_fields=["answer", "answered_on", "answered_by"])
    return objection


def refuse_unfinished(case: ReliefApplication, today: date) -> None:
    """Refuse to go on before a publication that is asked for, during it, or with an objection unanswered."""
    if case.published_on is None:
        if PublicationRule.objects.in_force(case.region_code, case.applied_on).exists():
            raise Refused("PUBLICATION_NEEDED", "本地规定须先公示，请先办理公示。")
        return
    if case.publication_last_day is not None and today <= case.publication_last_day:
        raise Refused("PUBLICATION_RUNNING", f"公示至{case.publication_last_day}，期满后方可转送。")
    if case.objections.filter(answered_on=None).exists():
        raise Refused("OBJECTION_OPEN", "尚有公示异议未答复，请先答复。")
