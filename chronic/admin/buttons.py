"""The deeds of a case of long-term illness as buttons, where hospitals and the bureau work on the same cases."""
from casework.admin_buttons import Button, part_gap, step_buttons, task_buttons

UNSEEN = "找不到这件，或不在您的经办范围内。"


def own_buttons(model_admin, case, officer, workflow, rows: list[tuple[str, str, str]]) -> list[Button]:
    """One button for each row (step, deed, style) whose step leaves the present status; a deed of two steps once.
    Staff of a hospital are not shown the bureau's steps, nor the bureau theirs: what is never one's own is no grey
    button."""
    own = [row for row in rows if officer.may(workflow.steps[row[0]].permission)]
    shown: dict[str, Button] = {}
    for button in step_buttons(model_admin, case, officer, workflow, own):
        shown.setdefault(button.name, button)
    part_gap(list(shown.values()))
    return list(shown.values())


def queue_buttons(case, task, officer) -> list[Button]:
    """Staff of a hospital have no queue of tasks."""
    return [] if officer.institution_code else task_buttons(case, task, officer)
