"""The trial of an event's benefits (试算): the same rules on facts that are not stored. Writes nothing."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from enrollment import services as enrollment
from enrollment.models import Person
from enrollment.services.packs import ask, pack_of
from maternity.models import Benefit, BirthEvent
from maternity.services.assessing import PARTS, assess, months_needed, request_of, worker_of
from maternity.services.computing import read_facts
from maternity.services.events import Happened, check
from maternity.services.months import months_of
from maternity.services.windows import Window
from policy import maternity, money

TRY = "maternity.try_maternitycase"
MEDICAL = "medical"
LABELS = {Benefit.ANTENATAL: "产前检查费", MEDICAL: "生育医疗费", Benefit.ALLOWANCE: "生育津贴"}


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One benefit of the trial: its amount and steps, or why there is none; and when it is to be claimed."""

    kind: str
    label: str
    amount: Decimal | None = None
    refusal: str = ""
    code: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    window: Window = field(default_factory=Window)


def trial(
    *, person_id: int, happened: Happened, facts: dict[str, Any], by: Officer, at: datetime,
    leave_days: int | None = None, level: str = "",
) -> list[Tried]:
    """What this person would be paid for such an event: antenatal payment, medical cost, allowance, one after the
    other, each with its amount or its refusal. `leave_days` and the institution's `level` are supposed."""
    person = Person.objects.visible_to(by).filter(pk=person_id, merged_into=None).first()
    if person is None:
        raise Refused("not_found", "未找到该参保人，或不在您的经办区划内。")
    if not by.may(TRY):
        raise Refused("no_permission", "您的岗位不能试算。")
    check(person, happened, bureau_day(at))
    event = BirthEvent(mother=person, region_code=person.region_code[:6], **asdict(happened))
    supposed = read_facts(facts) | ({"leave_days": leave_days} if leave_days else {})
    return [_medical(event, supposed, level) if kind == MEDICAL else _try(event, kind, supposed, at) for kind in LABELS]


def _try(event: BirthEvent, kind: str, facts: dict[str, Any], at: datetime) -> Tried:
    try:
        answer = assess(event, kind, event.mother, facts, bureau_day(at))
    except Refused as refusal:
        return Tried(kind=kind, label=LABELS[kind], refusal=refusal.message, code=refusal.code)
    steps = [step for step in answer.result["steps"] if step["layer"] in PARTS[Benefit(kind)]]
    return Tried(kind=kind, label=LABELS[kind], amount=answer.amount, steps=steps, window=answer.window)


def _medical(event: BirthEvent, facts: dict[str, Any], level: str) -> Tried:
    """The cost up to its limit; what is left of the year's cap is seen only when the claim is settled (BZ-EMP-37.1)."""
    person, day = event.mother, event.happened_on
    scheme = enrollment.coverage_on(person, day).scheme or ""
    pack = pack_of(person.region_code)
    months = months_of(person, day, day, months_needed(pack, day))
    worker = worker_of(person, event, MEDICAL, scheme)
    asked = request_of(event, MEDICAL, scheme, worker, facts | ({"level": level} if level else {}), months)
    result = ask(maternity, asked, pack)
    steps = [step for step in result["steps"] if step["layer"] == MEDICAL]
    if not steps and (refused := result["refused"]):
        said = f"{refused['message']}（{refused['rule']}）"
        return Tried(kind=MEDICAL, label=LABELS[MEDICAL], refusal=said, code=refused["code"].upper())
    return Tried(kind=MEDICAL, label=LABELS[MEDICAL], amount=money.yuan(result["medical"]), steps=steps)
