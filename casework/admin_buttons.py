"""The deeds of a case as buttons of its page: which leave the present status, and why one is grey."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from casework.models import Officer, Task
from casework.workflow import Workflow


@dataclass
class Button:
    """A deed as a page draws it: open to this officer, or why not; `page` leads on instead of opening a dialog."""

    name: str
    label: str
    url: str
    allowed: bool = True
    reason: str = ""
    style: str = ""
    page: bool = False
    gap: bool = False


@dataclass(frozen=True)
class Row:
    """One deed and the steps of the workflow that it takes; `checks` bars whoever made the case."""

    name: str
    steps: tuple[str, ...]
    style: str = ""
    page: bool = False
    checks: bool = False


def address_of(case: Any, name: str) -> str:
    """Where a deed of this case is done, with the version that the officer looks at."""
    meta = case._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=[case.pk])
    version = getattr(case, "version", None)
    return url if version is None else f"{url}?version={version}"


def row_buttons(
    workflow: Workflow, rows: Iterable[Row], case: Any, officer: Officer, *, labels: Mapping[str, str], maker: str,
    address: Callable[[Any, str], str] = address_of,
) -> list[Button]:
    """A button for each row with a step that leaves the present status, those closed to this officer with the reason.

    `maker` is said to whoever made the case and would check it.
    """
    open_steps = {found.step.name: found for found in workflow.open_steps(case, officer)}
    shown: list[Button] = []
    for row in rows:
        found = [open_steps[name] for name in row.steps if name in open_steps]
        if not found:
            continue
        allowed = any(step.allowed for step in found)
        reason = "" if allowed else found[0].reason
        if allowed and row.checks and officer.pk in case.maker_ids:
            allowed, reason = False, maker
        shown.append(Button(row.name, labels[row.name], address(case, row.name), allowed, reason, row.style, row.page))
    return shown


def step_buttons(
    model_admin: Any, case: Any, officer: Officer, workflow: Workflow, steps: Iterable[tuple[str, str, str]],
) -> list[Button]:
    """A button for each (step, deed, style) whose step leaves the present status. A deed without a dialog is a page."""
    open_steps = {found.step.name: found for found in workflow.open_steps(case, officer)}
    shown = []
    for step, name, style in steps:
        found = open_steps.get(step)
        if found is not None:
            deed = getattr(model_admin, name)
            shown.append(Button(
                name, deed.short_description, address_of(case, name), found.allowed, found.reason, style,
                page=not hasattr(deed, "deed"),
            ))
    return shown


def task_buttons(case: Any, task: Task | None, officer: Officer) -> list[Button]:
    """Taking the case's open task, or giving one's own back; nothing to whoever may not do it."""
    if task is None or officer.pk in task.barred or not officer.may(task.permission):
        return []
    name, label = ("take", "领取") if task.assignee_id is None else ("release", "退回待办")
    if task.assignee_id not in (None, officer.pk):
        return []
    return [Button(name, label, address_of(case, name))]


def aside(case: Any, name: str, label: str, query: str = "") -> Button:
    """A deed that stands beside what it is about, not in the row of deeds."""
    return Button(name, label, address_of(case, name) + query, style="cw-small")


def part_gap(shown: list[Button]) -> int:
    """Set the first setback apart from what leads on; say where the deeds that stand before it may be put."""
    place = next((number for number, button in enumerate(shown) if button.style == "cw-danger"), len(shown))
    if place < len(shown):
        shown[place].gap = True
    return place


def reasons_of(shown: Iterable[Button]) -> list[dict[str, str]]:
    """Why some buttons are grey, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for button in shown:
        if button.reason:
            by_reason.setdefault(button.reason, []).append(button.label)
    return [{"label": "、".join(labels), "text": text} for text, labels in by_reason.items()]


class StepButtons:
    """For a screen with `workflow` and `steps`: (step, its deed, style), in the order of the page."""

    workflow: Workflow
    steps: Sequence[tuple[str, str, str]] = ()

    def steps_of(self, case: Any) -> Sequence[tuple[str, str, str]]:
        return self.steps

    def buttons(self, case: Any, officer: Officer) -> dict[str, Any]:
        """A deed per step that leaves the present status, and the reasons for those that are closed to the officer."""
        shown = step_buttons(self, case, officer, self.workflow, self.steps_of(case))
        return {"deeds": shown, "reasons": reasons_of(shown)}
