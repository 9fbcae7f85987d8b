"""Certificates from elsewhere, and such that are kept from before the present list (BZ-CHR-16.1, CQ-31.1)."""
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_base import NoteForm, RequiredNoteForm, action, display, may, register
from casework.admin_case_deeds import given, noted
from casework.admin_deeds import say_what_is_missing
from casework.clock import now
from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import facts, people
from chronic.admin.fields import DayField
from chronic.admin.matters import MatterScreen
from chronic.admin.parts import sent_part
from chronic.models import Recognition
from chronic.services import Former
from chronic.workflow import RECOGNISE, RECOGNITION


class FormerForm(forms.Form):
    """What the former certificate says."""

    required_css_class = "required"
    kind = forms.ChoiceField(label="种类", choices=Recognition.Kind.choices)
    unit = forms.CharField(label="病种编码", max_length=60)
    unit_name = forms.CharField(label="原病种名称", required=False, max_length=120, help_text="只在保留原待遇时填写。")
    certified_on = DayField(label="原认定日期")
    former_place = forms.CharField(label="原认定地", max_length=100, required=False)
    former_no = forms.CharField(label="原认定凭证号", max_length=60, required=False)
    standard = forms.CharField(
        label="锁定的原待遇标准", required=False, max_length=200, help_text="只在保留原待遇时填写。"
    )

    def __init__(self, *args, **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["unit"].widget.attrs |= {"list": "units", "autocomplete": "off", "placeholder": "名称或编码"}

    def full_clean(self) -> None:
        say_what_is_missing(self)
        super().full_clean()

    def clean_unit(self) -> str:
        return self.cleaned_data["unit"].split()[0].upper()


@register(Recognition)
class RecognitionAdmin(MatterScreen):
    workflow = RECOGNITION
    list_display = ["case_no", "who", "disease", "kind", "former_place", "status_word", "county", "registered", "due"]
    rows = [
        ("recognise", "recognise", "cw-primary"), ("refuse_recognition", "refuse", "cw-danger"),
        ("withdraw_recognition", "withdraw", "cw-danger"),
    ]
    actions_detail = ["recognise", "refuse", "withdraw", "take", "release"]

    def has_add_permission(self, request, obj=None) -> bool:
        return may(request, RECOGNISE)

    def said(self, case):
        return [
            ("种类", case.get_kind_display()), ("病种", f"{case.unit_name}（{case.unit}）"),
            ("原认定日期", case.certified_on), ("原认定地", case.former_place), ("原认定凭证号", case.former_no),
            ("待遇开始日期", case.starts_on), ("个人标准", case.parameters.get("standard", "")),
            ("按本地标准", "；".join(case.reasons)), ("规则", case.rule),
        ]

    def more(self, case, request) -> dict:
        """The facts under the local criteria, where they are needed."""
        unit = chronic.catalogue_of(case.person.region_code).units.get(case.unit)
        shown = unit is not None and bool(case.verdict)
        return {"form": facts.tree(unit, facts.stored(unit, case.facts)) if shown else None}

    def add_view(self, request, form_url="", extra_context=None):
        """Person, former certificate, and for one from outside the province the local criteria as questions."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            person = people.chosen(request)
            context = people.search(request) if person is None else {"query": ""}
            if person is not None:
                context |= {**people.panel(person, request), **self._entry(request, person)}
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(reverse("admin:chronic_recognition_add"))
        if context.get("made"):
            return HttpResponseRedirect(reverse("admin:chronic_recognition_change", args=[context["made"].pk]))
        return TemplateResponse(request, "chronic/recognition.html", {
            **self.admin_site.each_context(request), "title": "登记互认", "opts": self.opts, **context,
        })

    def _entry(self, request, person) -> dict:
        known = chronic.catalogue_of(person.region_code)
        form = FormerForm(request.POST or None)
        part = self._part(request, known)
        context = {"form": form, "units": known.units.values(), "row": None}
        if part is not None:
            context |= {"row": {"part": part, "checklist": part.checklist(known)}, "parts": [{"part": part}]}
        if "_apply" in request.POST and form.is_valid():
            try:
                context["made"] = chronic.claim_recognition(
                    person_id=person.pk, former=_former(form.cleaned_data, part), by=request.user, at=now()
                )
            except Refused as refusal:
                context["refusal"] = refusal.message
            else:
                messages.success(request, f"已登记，件号 {context['made'].case_no}，待他人确认。")
        return context

    @staticmethod
    def _part(request, known):
        """The chosen disease as a form; only where the former certificate must stand the local criteria."""
        kind = request.POST.get("kind", "")
        needed = any(row.within == kind and row.criteria for row in known.rules.recognition)
        code = (request.POST.get("unit", "").split() or [""])[0].upper()
        unit = known.units.get(code)
        return sent_part(unit, request.POST, known) if needed and unit is not None and unit.criteria else None

    @action(
        description="确认", form_class=NoteForm,
        consequence="确认后自待遇开始日期起享受待遇，复审期从原认定日期算；登记人不得确认。",
    )
    def recognise(self, request, form, object_id):
        chronic.recognise(**noted(request, form, recognition_id=int(object_id)))
        return "已确认，待遇已开通。"

    @action(
        description="不予确认", form_class=RequiredNoteForm, variant="danger",
        consequence="本件办结，不给予待遇；可以按认定另行申请。",
    )
    def refuse(self, request, form, object_id):
        chronic.refuse_recognition(
            **given(request, form, recognition_id=int(object_id)), reason=form.cleaned_data["note"]
        )
        return "已不予确认。"

    @action(description="撤回", form_class=RequiredNoteForm, variant="danger", consequence="本件终止。")
    def withdraw(self, request, form, object_id):
        chronic.withdraw_recognition(
            **given(request, form, recognition_id=int(object_id)), reason=form.cleaned_data["note"]
        )
        return "已撤回。"

    @display(description="病种")
    def disease(self, case):
        return case.unit_name


def _former(said: dict, part) -> Former:
    return Former(
        kind=said["kind"], unit=said["unit"], certified_on=said["certified_on"], former_place=said["former_place"],
        former_no=said["former_no"], unit_name=said["unit_name"],
        parameters={"standard": said["standard"]} if said["standard"] else {},
        facts=part.typed.facts if part else {}, materials=part.materials if part else (),
    )
