"""The deeds of a case as buttons: which leave the present status, in which order, and why one is grey."""
from dataclasses import dataclass

from django.urls import reverse


@dataclass
class Button:
    """A deed as a page draws it: open to this officer, or why not."""

    name: str
    label: str
    url: str
    allowed: bool = True
    reason: str = ""
    style: str = ""
    gap: bool = False
    page: bool = False


def address_of(case, name: str) -> str:
    """Where a deed of this case is done, with the version that the officer looks at."""
    meta = case._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=[case.pk])
    version = getattr(case, "version", None)
    return url if version is None else f"{url}?version={version}"


def step_buttons(model_admin, case, officer, workflow, rows: list[tuple[str, str, str]]) -> list[Button]:
    """One button for each row (step, deed, style) whose step leaves the present status; a deed of two steps once, one
    without dialog as a link to its page. Staff of a hospital are not shown the bureau's steps, nor the bureau theirs:
    what is never one's own is no grey button."""
    open_steps = {found.step.name: found for found in workflow.open_steps(case, officer)}
    shown: list[Button] = []
    for step, name, style in rows:
        found = open_steps.get(step)
        if found is None or not officer.may(found.step.permission) or any(one.name == name for one in shown):
            continue
        deed = getattr(model_admin, name)
        shown.append(Button(
            name, deed.short_description, address_of(case, name), found.allowed, found.reason, style,
            page=not hasattr(deed, "deed"),
        ))
    setback = next((button for button in shown if button.style == "cw-danger"), None)
    if setback is not None:
        setback.gap = True
    return shown


def with_task(deeds: list[Button], case, task, officer) -> list[Button]:
    """The deeds with taking or giving back the open task, which stands with the steps, before what sets the case back.
    Staff of a hospital have no queue of tasks; nor is it offered to whom the task is not for."""
    if task is None or officer.institution_code or officer.pk in task.barred or not officer.may(task.permission):
        return deeds
    if task.assignee_id not in (None, officer.pk):
        return deeds
    name, label = ("take", "领取") if task.assignee_id is None else ("release", "退回待办")
    place = next((number for number, deed in enumerate(deeds) if deed.gap), len(deeds))
    return [*deeds[:place], Button(name, label, address_of(case, name)), *deeds[place:]]


def reasons_of(deeds: list[Button]) -> list[dict]:
    """Why some buttons are grey, each reason once."""
    by_reason: dict[str, list[str]] = {}
    for deed in deeds:
        if deed.reason:
            by_reason.setdefault(deed.reason, []).append(deed.label)
    return [{"label": "、".join(labels), "text": text} for text, labels in by_reason.items()]
