"""The deeds that cases of every kind have, and what they ask: taking and giving back, sending back, taking in a paper.

    class SendBackForm(case_deeds.SendBackForm):
        returns, statuses = RETURNS, ClaimStatus

    class Deeds(TaskDeeds):
        actions_detail = ["send_back", "take", "release"]

        def send_back(self, request, form, object_id):
            services.send_back(**given(request, form, claim_id=int(object_id)), to=form.cleaned_data["to"], ...)
"""
from collections.abc import Iterable, Mapping

from django import forms
from django.http import HttpResponse
from django.template.loader import render_to_string

from casework import services
from casework.admin_deeds import DialogForm, RequiredNoteForm, action
from casework.clock import now
from casework.errors import Refused
from casework.models import Task


def given(request, form, **more) -> dict:
    """What every deed hands to its service, with the version that the officer looked at."""
    return {"by": request.user, "at": now(), "expected_version": form.opened_version, **more}


def noted(request, form, **more) -> dict:
    """The same with the officer's word."""
    return given(request, form, note=form.cleaned_data["note"], **more)


class TaskDeeds:
    """Taking the open task of a case and giving it back. Not steps of its workflow: neither changes the case."""

    taking = "领取后这件归您办理，他人不能再领取，直到您退回待办。"
    releasing = "退回后这件回到公共待办，由其他人员领取。"

    @action(description="领取", consequence=lambda screen, request, case: screen.taking)
    def take(self, request, form, object_id):
        services.take_task(task_id=self._open_task(object_id), by=request.user, at=now())
        return "已领取。"

    @action(description="退回待办", consequence=lambda screen, request, case: screen.releasing)
    def release(self, request, form, object_id):
        services.release_task(task_id=self._open_task(object_id), by=request.user, at=now())
        return "已退回待办。"

    def _open_task(self, object_id) -> int:
        """The open task of the case, which the dialog has found visible; a refusal if it was done meanwhile."""
        case_no = self.model.objects.values_list("case_no", flat=True).get(pk=object_id)
        task = Task.objects.filter(case_no=case_no, closed_at=None).values_list("pk", flat=True).first()
        if task is None:
            raise Refused("task_closed", "该件没有待办，请刷新页面。")
        return task


class SendBackForm(RequiredNoteForm):
    """Where a case goes back to, the nearest first. Needs ``returns`` (status → step, targets) and ``statuses``."""

    returns: Mapping = {}
    statuses = None
    to = forms.ChoiceField(label="退回到", widget=forms.RadioSelect)
    field_order = ["to", "note"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        targets = self.returns.get(self.obj.status, ("", ()))[1]
        self.fields["to"].choices = [(str(target), self.statuses(target).label) for target in targets]
        if targets:
            self.fields["to"].initial = str(targets[-1])


class RefuseForm(RequiredNoteForm):
    """On which ground of the dated table a case is refused, with facts and reason."""

    ground = forms.ChoiceField(widget=forms.RadioSelect)
    ground_label = "不予支付情形"
    field_order = ["ground", "note"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].label = self.ground_label
        self.fields["ground"].choices = [(row.code, f"{row.name}（{row.article}）") for row in self.grounds()]
        self.fields["note"].label = "事实和理由"

    def grounds(self) -> Iterable:
        raise NotImplementedError


class ScanForm(DialogForm):
    """A paper that came in, with its scan if there is one. It decides nothing, so no version is compared."""

    file = forms.FileField(
        label="影像", required=False, help_text="PDF、JPG 或 PNG，不超过 20 MB；只收纸质件的可以不传。"
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("version", None)

    def offer(self, name: str, rows: Iterable) -> None:
        """Let the officer choose among the rows of a checklist, what is missing first."""
        ordered = sorted(rows, key=lambda row: (not row.missing, bool(row.received)))
        self.fields[name].choices = [(getattr(row, name), f"{row.name}{_state(row)}") for row in ordered]


def _state(row) -> str:
    return "（已收，补传影像）" if row.received else "（还缺）" if row.missing else ""


class RevealForm(DialogForm):
    """Which full number is looked at and what for. Needs ``secrets``; ``example`` is a purpose that would do."""

    secrets: Mapping[str, str] = {}
    example = ""
    field = forms.ChoiceField(label="查看")
    purpose = forms.CharField(label="用途", max_length=200)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = list(self.secrets.items())
        self.fields["purpose"].widget.attrs["placeholder"] = self.example
        self.fields.pop("version", None)


def shown_once(request, template: str, label: str, value: str) -> HttpResponse:
    """A full number in the dialog, kept nowhere: not in a message, not in the session, not by the browser."""
    page = render_to_string(template, {"label": label, "value": value or "（未登记）"}, request)
    return HttpResponse(page, headers={"Cache-Control": "no-store"})
