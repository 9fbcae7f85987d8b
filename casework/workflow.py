"""A workflow is a table of steps. `move` takes one step of one case, or refuses with words for the officer.

    CLAIM = Workflow(
        "LX", "手工报销", Status,
        Step("register", "登记", "", Status.REGISTERED, "claims.register_claim", task="enter_details"),
        Step("settle", "结算", Status.DETAILED, Status.SETTLED, "claims.settle_claim", task="review"),
        Step("review", "初审", Status.SETTLED, Status.REVIEWED, "claims.review_claim", not_after=("settle",)),
        closed=(Status.CLOSED, Status.WITHDRAWN),
    )

`Step.source` is "" for the step that makes the case. `Step.task` names the step that is awaited next (its label
and permission come from this table); None opens no task.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models

from casework import audit, calendar, numbering, rows
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import AuditEntry, CaseRecord, Officer, Task

WORKFLOWS: dict[str, "Workflow"] = {}

_TAKERS = """
SELECT DISTINCT ON (action) action, officer_id FROM casework_auditentry
WHERE case_no = %s AND matter = %s AND action = ANY(%s) ORDER BY action, id DESC
"""
_CLOSE_TASK = "UPDATE casework_task SET closed_at = %s, closed_by_id = %s WHERE case_no = %s AND closed_at IS NULL"


@dataclass(frozen=True, kw_only=True)
class OpenStep:
    """A step that leaves the case's present status; `reason` says why this officer may not take it, "" if he may."""

    step: "Step"
    reason: str = ""

    @property
    def allowed(self) -> bool:
        return not self.reason


@dataclass(frozen=True)
class Step:
    """One row of the table.

    `not_after`: steps whose last officer on this case must not take this one. `stops_clock`/`resumes_clock`:
    the time limit waits for the applicant (补正). `returns`: the case goes back, and shows as returned.
    """

    name: str
    label: str
    source: str | tuple[str, ...]
    target: str
    permission: str
    not_after: tuple[str, ...] = ()
    needs_note: bool = False
    task: str | None = None
    stops_clock: bool = False
    resumes_clock: bool = False
    returns: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The statuses it leaves, always as a tuple of plain strings."""
        given = (self.source,) if isinstance(self.source, str) else self.source
        return tuple(str(status) for status in given)


class Workflow:
    """The steps of one matter. Making it registers it; a mistake in the table is an error at import."""

    def __init__(
        self,
        matter: str,
        label: str,
        statuses: "type[models.TextChoices] | Mapping[str, str]",
        *steps: Step,
        closed: Iterable[str] = (),
    ) -> None:
        self.matter = matter
        self.label = label
        labels = statuses if isinstance(statuses, Mapping) else dict(statuses.choices)
        self.statuses = {str(value): str(text) for value, text in labels.items()}
        self.steps = {step.name: step for step in steps}
        self.closed = tuple(str(status) for status in closed)
        self._check(steps)
        WORKFLOWS[matter] = self

    def _check(self, steps: tuple[Step, ...]) -> None:
        if len(self.steps) != len(steps):
            raise ValueError(f"{self.matter}: two steps of one name")
        for step in steps:
            unknown = {*step.sources, str(step.target)} - set(self.statuses) - {""}
            if unknown or not step.target:
                raise ValueError(f"{self.matter}.{step.name}: unknown status {unknown or step.target!r}")
            if set(step.not_after) - set(self.steps):
                raise ValueError(f"{self.matter}.{step.name}: not_after names no step")
            if step.task is not None and step.task not in self.steps:
                raise ValueError(f"{self.matter}.{step.name}: task {step.task!r} is no step")
        if set(self.closed) - set(self.statuses):
            raise ValueError(f"{self.matter}: unknown closed status")

    def move(
        self,
        case: CaseRecord,
        name: str,
        *,
        by: Officer,
        at: datetime,
        note: str = "",
        detail: dict[str, Any] | None = None,
        expected_version: int | None = None,
    ) -> AuditEntry:
        """Take step `name` of `case`, whose row the caller has locked, and write down who did it.

        A case that is not saved yet is numbered and inserted. Otherwise only the workflow's own fields are
        written; the caller saves the rest. Refuses, having written nothing, a step that is not open from this
        status, without permission, outside the territory, without a needed note, by the officer who must not
        take it, or when the case has changed since the officer opened it (`expected_version`).
        """
        if not connection.in_atomic_block:
            raise RuntimeError("a step is taken inside the transaction of its deed")
        if expected_version is not None and expected_version != case.version:
            raise _changed()
        step, note, before = self.steps[name], note.strip(), case.status
        takers = self._judge(case, step, by, note)
        due = self._advance(case, step, by=by, at=at)
        entry = audit.entry(
            action=step.name,
            label=step.label,
            by=by,
            at=at,
            case_no=case.case_no,
            matter=self.matter,
            region_code=case.region_code,
            status_before=before,
            status_after=case.status,
            note=note,
            detail=detail,
        )
        writing = [rows.inserting([entry])]
        if before:
            writing.append(rows.Statement(_CLOSE_TASK, [at, by.pk, case.case_no]))
        if step.task:
            task = self._task(case, self.steps[step.task], takers | {step.name: by.pk}, due, at)
            writing.append(rows.inserting([task]))
        rows.keep([entry], rows.run(*writing)[0])
        return entry

    def open_steps(self, case: CaseRecord, officer: Officer) -> list[OpenStep]:
        """The steps that leave the present status, with the reason for those this officer may not take.

        At most two queries: his permissions and who took the earlier steps.
        """
        leaving = [step for step in self.steps.values() if case.status in step.sources]
        takers = self._takers(case, {name for step in leaving for name in step.not_after})
        found = []
        for step in leaving:
            try:
                self._refuse_stranger(case, step, officer)
                self._refuse_same_officer(step, takers, officer)
            except Refused as refusal:
                found.append(OpenStep(step=step, reason=refusal.message))
            else:
                found.append(OpenStep(step=step))
        return found

    def label_of(self, status: str) -> str:
        """The status in the officer's words."""
        return self.statuses.get(status, status)

    def transitions(self) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """(step, source, target, not_after) of each legal move."""
        return [
            (step.name, source, str(step.target), step.not_after)
            for step in self.steps.values()
            for source in step.sources
        ]

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", *(f"    state \"{text}\" as {name}" for name, text in self.statuses.items())]
        for step in self.steps.values():
            for source in step.sources:
                lines.append(f"    {source or '[*]'} --> {step.target}: {step.label}")
        lines += [f"    {status} --> [*]" for status in self.closed]
        return "\n".join(lines) + "\n"

    def _judge(self, case: CaseRecord, step: Step, by: Officer, note: str) -> dict[str, int | None]:
        """Refuse, or say who took the steps that matter to this step and to the one awaited after it."""
        self._refuse_stranger(case, step, by)
        self._refuse_closed(case, step)
        if step.needs_note and not note:
            raise Refused("note_required", f"办理“{step.label}”须写明意见。")
        awaited = self.steps[step.task].not_after if step.task else ()
        takers = self._takers(case, {*step.not_after, *awaited})
        self._refuse_same_officer(step, takers, by)
        return takers

    def _refuse_stranger(self, case: CaseRecord, step: Step, by: Officer) -> None:
        if not by.is_active:
            raise Refused("inactive_officer", "您的账户已停用，请联系系统管理员。")
        if not by.sees(case.region_code):
            raise Refused("out_of_jurisdiction", "该件不在您的经办区划内，请转由所属经办机构办理。")
        if not by.may(step.permission):
            raise Refused("no_permission", f"您的岗位不能办理“{step.label}”，请转由有此权限的人员办理。")

    def _refuse_closed(self, case: CaseRecord, step: Step) -> None:
        if case.status in step.sources and case._state.adding == ("" in step.sources):
            return
        awaited = "、".join(self.statuses[source] for source in step.sources if source)
        present = self.label_of(case.status) or "未登记"
        raise Refused(
            "step_not_open",
            f"该件现为“{present}”，不能办理“{step.label}”" + (f"；须为“{awaited}”。" if awaited else "。"),
        )

    def _refuse_same_officer(self, step: Step, takers: Mapping[str, int | None], by: Officer) -> None:
        for earlier in step.not_after:
            if takers.get(earlier) == by.pk:
                label = self.steps[earlier].label
                raise Refused(
                    "same_officer", f"“{label}”与“{step.label}”不得为同一人：您已办理“{label}”，请转由他人办理。"
                )

    def _takers(self, case: CaseRecord, names: set[str]) -> dict[str, int | None]:
        """Who took each of these steps last on this case."""
        if not names or case._state.adding:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(_TAKERS, [case.case_no, self.matter, sorted(names)])
            return dict(cursor.fetchall())

    def _advance(self, case: CaseRecord, step: Step, *, by: Officer, at: datetime) -> calendar.DueDates:
        """Set and store status, version and clock; say when the case and the awaited step are due."""
        today, due = bureau_day(at), calendar.DueDates()
        if step.task or step.resumes_clock or case._state.adding:
            limited = case.limit_matter or self.matter
            due = calendar.due_dates(
                limited, step.task or "", case.region_code, today, stopped_on=case.stopped_on,
                whole=case._state.adding,
            )
        case.status = str(step.target)
        case.returned = step.returns
        case.closed_at = at if case.status in self.closed else None
        if case._state.adding:
            case.registered_by, case.registered_at, case.due_on = by, at, due.case
            case.case_no = case.case_no or numbering.next_case_no(self.matter, case.region_code, today)
            case.version = 1
            case.save(force_insert=True)
            return due
        if step.resumes_clock and case.stopped_on:
            case.due_on = due.moved(case.due_on)
            case.stopped_on = None
        if step.stops_clock:
            case.stopped_on = case.stopped_on or today
        self._store(case)
        return due

    def _store(self, case: CaseRecord) -> None:
        names = ("status", "returned", "closed_at", "due_on", "stopped_on")
        assigned = ", ".join(f"{name} = %s" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{case._meta.db_table}" SET {assigned}, version = version + 1'  # noqa: S608
                " WHERE id = %s AND version = %s",
                [*(getattr(case, name) for name in names), case.pk, case.version],
            )
            changed = cursor.rowcount
        if not changed:
            raise _changed()
        case.version += 1

    def _task(
        self, case: CaseRecord, awaited: Step, takers: Mapping[str, int | None], due: calendar.DueDates, at: datetime
    ) -> Task:
        """What is to be done next on the case, as a row to be written."""
        days = [day for day in (due.step, case.due_on) if day is not None]
        return Task(
            case_no=case.case_no,
            matter=self.matter,
            step=awaited.name,
            permission=awaited.permission,
            region_code=case.region_code,
            title=f"待{awaited.label}",
            due_on=min(days) if days and case.stopped_on is None else None,
            stopped=case.stopped_on is not None,
            returned=case.returned,
            barred=sorted({taker for name in awaited.not_after if (taker := takers.get(name)) is not None}),
            opened_at=at,
        )


def _changed() -> Refused:
    return Refused("changed_since_opened", "该件在您打开之后已被改动，请刷新页面核对后再办理。")
