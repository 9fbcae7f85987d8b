"""Two numbers of one person (参保信息合并): one row stays and answers for both, and the way back.

Nothing is moved or copied: periods, contributions, ledgers and cases stay on the number under which they were
written, and the questions of the kept person read both. Undoing takes the pointer away.
"""
from collections.abc import Callable
from datetime import datetime

from casework import outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer, get_visible
from enrollment.models import InsurancePeriod, Person, PersonMerge
from enrollment.services.entering import Act
from enrollment.services.facts import Facts, Fault, number, text
from enrollment.services.registering import Outcome, Subject
from enrollment.services.spans import note_act
from enrollment.services.windows import refresh

Veto = Callable[[Person, Person], str]
VETOES: list[Veto] = []
MERGE = {"absorbed_id": number("并入的参保人编号", 1, 2**62), "reason": text("合并原因", 200)}
UNDO = {"merge_id": number("合并记录编号", 1, 2**62), "reason": text("撤销原因", 200)}


def register_veto(veto: Veto) -> Veto:
    """Have an upper app asked before a merge and before its undoing: `veto(kept, absorbed)` returns the reason, in
    Chinese, why not, or nothing. Call it in AppConfig.ready(); the same function counts once."""
    if veto not in VETOES:
        VETOES.append(veto)
    return veto


def merge_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    """What stands against merging, as far as it is known when the application is registered."""
    if "absorbed_id" not in facts or subject.person is None:
        return []
    try:
        check_merge(subject.person, get_visible(Person, by, pk=facts["absorbed_id"]), at=at)
    except Refused as refusal:
        return [Fault("absorbed_id", refusal.code, refusal.message)]
    return []


def check_merge(kept: Person, absorbed: Person, *, at: datetime) -> None:
    """Refuse to merge what is not plainly one person with one insurance at a time.

    Birth date and sex agree, periods never overlap (BZ-GEN-24.1), the insurance in force is on the number that stays,
    neither is merged already, and no upper app objects (both have cases in work).
    """
    if kept.pk == absorbed.pk:
        raise Refused("MERGE_SAME", "两个编号相同，无须合并。")
    if kept.merged_into_id or absorbed.merged_into_id or absorbed.absorbs:
        raise Refused("MERGED_ALREADY", "其中一个编号已办理过合并，请先核对或撤销原合并。")
    if (kept.birth_date, kept.sex) != (absorbed.birth_date, absorbed.sex):
        raise Refused("MERGE_DISAGREES", "两个编号的出生日期或性别不一致，不能认定为同一人；登记有误的请先更正。")
    if kept.died_on != absorbed.died_on:
        raise Refused("MERGE_DISAGREES", "两个编号的死亡登记不一致，请先核对。")
    _refuse_overlap(kept, absorbed)
    if InsurancePeriod.objects.filter(person=absorbed).in_force(bureau_day(at)).exists():
        raise Refused("MERGE_KEEP_INSURED", "并入的编号正在参保：请保留正在参保的编号，将另一编号并入。")
    _ask_vetoes(kept, absorbed)


def merge(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Point one number at the other (合并). Lists show one person from then on; services refuse the absorbed number.

    The apps above hear `enrollment.persons_merged`.
    """
    assert subject.person is not None
    kept, absorbed = _both(subject.person.pk, facts["absorbed_id"], act.by)
    check_merge(kept, absorbed, at=act.at)
    record = PersonMerge.objects.create(
        kept=kept, absorbed=absorbed, case_no=act.case_no, reason=facts["reason"],
        proposed_by=act.proposed_by or act.by, merged_by=act.by, merged_at=act.at,
    )
    absorbed.merged_into, kept.absorbs = kept, True
    absorbed.save(update_fields=["merged_into"])
    kept.save(update_fields=["absorbs"])
    _tell(record, "merged", "参保信息合并", kept, absorbed, act)
    refresh(absorbed, by=act.by, at=act.at)
    refresh(kept, by=act.by, at=act.at)
    return Outcome(person=kept, data={"merge": record.pk, "absorbed": absorbed.pk})


def undo_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    if "merge_id" not in facts or subject.person is None:
        return []
    found = PersonMerge.objects.visible_to(by).filter(pk=facts["merge_id"], kept=subject.person).first()
    if found is None or found.undone_at:
        return [Fault("merge_id", "NOT_MERGED", "未找到该编号下有效的合并记录，请核对。")]
    return []


def undo(facts: Facts, subject: Subject, act: Act) -> Outcome:
    """Undo a merge (撤销合并): both numbers stand as before, with what each wrote meanwhile. The apps above hear
    `enrollment.merge_undone`."""
    assert subject.person is not None
    found: PersonMerge = get_visible(PersonMerge, act.by, pk=facts["merge_id"], kept=subject.person)
    kept, absorbed = _both(found.kept_id, found.absorbed_id, act.by)
    found = PersonMerge.objects.select_for_update().get(pk=found.pk)
    if found.undone_at:
        raise Refused("NOT_MERGED", "该合并已撤销，无须重复办理。")
    _ask_vetoes(kept, absorbed)
    found.undone_by, found.undone_at, found.undo_case_no = act.by, act.at, act.case_no
    found.save(update_fields=["undone_by", "undone_at", "undo_case_no"])
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into"])
    kept.absorbs = kept.absorbed.exists()
    kept.save(update_fields=["absorbs"])
    _tell(found, "merge_undone", "撤销参保信息合并", kept, absorbed, act)
    refresh(kept, by=act.by, at=act.at)
    refresh(absorbed, by=act.by, at=act.at)
    return Outcome(person=kept, data={"merge": found.pk, "absorbed": absorbed.pk})


def _both(kept_id: int, absorbed_id: int, by: Officer) -> tuple[Person, Person]:
    """Lock both rows in one order; both must lie in the officer's territory."""
    rows = {
        person.pk: person
        for person in Person.objects.visible_to(by).filter(pk__in=[kept_id, absorbed_id])
        .order_by("pk").select_for_update(of=("self",))
    }
    if absorbed_id not in rows or kept_id not in rows:
        raise Refused("not_found", "未找到该参保人，或不在您的经办区划内。请核对编号。")
    return rows[kept_id], rows[absorbed_id]


def _refuse_overlap(kept: Person, absorbed: Person) -> None:
    theirs = list(absorbed.insurance_periods.filter(voided=False))
    for period in kept.insurance_periods.filter(voided=False):
        for other in theirs:
            last = other.last_day or period.starts_on.max
            if period.touches(other.starts_on, last):
                raise Refused("PERIOD_OVERLAP", f"两个编号的参保期间重叠（“{period}”与“{other}”），请先更正其一。")


def _ask_vetoes(kept: Person, absorbed: Person) -> None:
    reasons = [reason for veto in VETOES if (reason := veto(kept, absorbed))]
    if reasons:
        raise Refused("MERGE_VETO", "；".join(reasons))


def _tell(record: PersonMerge, event: str, label: str, kept: Person, absorbed: Person, act: Act) -> None:
    for person, other in ((kept, absorbed), (absorbed, kept)):
        note_act(person, event, label, by=act.by, at=act.at, merge=record.pk, other=other.pk, case_no=act.case_no)
    topic = "enrollment.persons_merged" if event == "merged" else "enrollment.merge_undone"
    outbox.publish(topic, f"{record.pk}", {"kept_id": kept.pk, "absorbed_id": absorbed.pk, "merge_id": record.pk})

