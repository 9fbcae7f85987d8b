"""Buttons of a small case (a batch, an adjustment): a deed per step of its workflow, open or with the reason."""
from django.urls import reverse

from claims.admin.buttons import Button


def address_of(case, name: str) -> str:
    meta = case._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=[case.pk])
    return f"{url}?version={case.version}"


class StepButtons:
    """Needs ``workflow`` and ``steps``: (step, its deed, style), in the order of the page."""

    steps: list[tuple[str, str, str]] = []

    def steps_of(self, case) -> list[tuple[str, str, str]]:
        return self.steps

    def buttons(self, case, officer) -> dict:
        open_steps = {found.step.name: found for found in self.workflow.open_steps(case, officer)}
        shown, reasons = [], {}
        for step, name, style in self.steps_of(case):
            found = open_steps.get(step)
            if found is None:
                continue
            label = getattr(self, name).short_description
            shown.append(Button(name, label, address_of(case, name), found.allowed, found.reason, style))
            if found.reason:
                reasons.setdefault(found.reason, []).append(label)
        return {
            "deeds": shown,
            "reasons": [{"label": "、".join(labels), "text": text} for text, labels in reasons.items()],
        }

    def _open(self, case, officer, step: str) -> bool:
        return any(found.step.name == step and found.allowed for found in self.workflow.open_steps(case, officer))
