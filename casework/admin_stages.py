"""What every case page shows of its case's acts: the stepper, the record of acts, the rows kept by case number."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casework.models import AuditEntry, CaseRecord, Document, Notice, Task

SUPPLEMENT = "补正"
READS = {"read_document", "reveal", "print", "take_task", "release_task"}
SETBACKS = frozenset({"refuse", "withdraw", "fail", "reverse"})

Acts = Mapping[str, AuditEntry]


@dataclass
class Stage:
    """One stage as the page draws it: done (by whom, when), where the case stands, or to come."""

    label: str
    state: str = "todo"
    mark: str = ""
    who: str = ""
    when: datetime | None = None


@dataclass(frozen=True)
class Stepper:
    """The stages of a kind of case: label, the acts that complete it, the statuses in which the case stands there.

    `stops` names the act of each status that ends a case before its time; `began` the act whose officer is named
    beside the first stage of such a case. The supplement is drawn only of a case that was ever asked for one.
    """

    stages: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]
    closed: str
    stops: Mapping[str, str] = field(default_factory=dict)
    began: str = ""

    def draw(self, case: Any, entries: Iterable[AuditEntry]) -> list[Stage]:
        last = {entry.action: entry for entry in entries}
        shown = self._stopped(case, last) if case.status in self.stops else self._going(case.status, last)
        for number, stage in enumerate(shown, 1):
            stage.mark = stage.mark or str(number)
        return shown

    def _going(self, status: str, last: Acts) -> list[Stage]:
        current = next((number for number, (_, _, found) in enumerate(self.stages) if status in found), None)
        shown = []
        for number, (label, actions, statuses) in enumerate(self.stages):
            entry = next((last[action] for action in actions if action in last), None)
            if label == SUPPLEMENT and status not in statuses and entry is None:
                continue
            stage = Stage(label)
            if status == self.closed or (current is not None and number < current):
                stage.state, stage.mark = "done", "✓"
                if entry is not None:
                    stage.who, stage.when = entry.officer_name, entry.at
            elif number == current:
                stage.state = "now"
            shown.append(stage)
        return shown

    def _stopped(self, case: Any, last: Acts) -> list[Stage]:
        began = Stage(self.stages[0][0], "done", "✓", *_by(last.get(self.began)))
        return [began, Stage(case.get_status_display(), "stop", "×", *_by(last.get(self.stops[case.status])))]


def _by(entry: AuditEntry | None) -> tuple[str, datetime | None]:
    return ("", None) if entry is None else (entry.officer_name, entry.at)


@dataclass
class Event:
    """One act in the record of a case."""

    label: str
    who: str
    at: datetime
    note: str
    move: str
    tone: str


def timeline(
    entries: list[AuditEntry], statuses: Mapping[str, str], *,
    details: tuple[str, ...] = ("name", "number"), setbacks: Collection[str] = SETBACKS,
) -> list[Event]:
    """The case's acts, latest first; looking something up is kept in the trail but not shown here.

    `details` are what an act recorded that is said after its label; `setbacks` the acts drawn as going back.
    """
    shown = []
    for entry in reversed(entries):
        if entry.action in READS:
            continue
        moved = entry.status_after and entry.status_after != entry.status_before
        back = entry.action.startswith("return_") or entry.action in setbacks
        said = [str(entry.detail[key]) for key in details if entry.detail.get(key) not in (None, "")]
        shown.append(Event(
            "：".join([entry.label, *said]), entry.officer_name, entry.at, entry.note,
            f"→ {statuses.get(entry.status_after, entry.status_after)}" if moved else "",
            "back" if back else "move" if moved else "plain",
        ))
    return shown


def case_rows(case: CaseRecord) -> dict[str, Any]:
    """Rows kept by case number: the trail, documents, notices, the open task. One query each."""
    return {
        "entries": list(AuditEntry.objects.filter(case_no=case.case_no).order_by("pk")),
        "documents": list(Document.objects.filter(case_no=case.case_no, voided=False).order_by("pk")),
        "notices": list(Notice.objects.filter(case_no=case.case_no).order_by("pk")),
        "task": Task.objects.filter(case_no=case.case_no, closed_at=None).select_related("assignee").first(),
    }
