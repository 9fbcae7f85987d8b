"""Objections to a conclusion: looked at again by the same questions, decided by a third (BZ-CHR-11.2, CQ-9.1)."""
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.admin_base import DialogForm, NoteForm, RequiredNoteForm, action, display, may, register
from casework.admin_case_deeds import given, noted
from casework.clock import bureau_day, now
from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import facts, people
from chronic.admin.matters import MatterScreen, linked
from chronic.admin.parts import Part, sent_part
from chronic.models import Objection
from chronic.services import Reexamined, screens
from chronic.workflow import OBJECTION, REEXAMINE
from enrollment import services as enrollment
from enrollment.models import Person


class ArrangeForm(DialogForm):
    institution = forms.ChoiceField(label="复核机构", required=False)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        case: Objection = self.obj
        first = case.item.certification.institution_id
        houses = screens.houses_for(case.region_code[:6], self.request.user, bureau_day(now()))
        blank = "请选择" if case.route == Objection.Route.INSTITUTION else "由经办机构组织复核"
        self.fields["institution"].choices = [
            ("", blank), *((f"{house.pk}", house.name) for house in houses if house.pk != first),
        ]
        self.fields["institution"].help_text = f"不含原认定机构{case.item.certification.institution.name}。"


def _deciding(model_admin, request, case: Objection) -> str:
    if case.met:
        return f"复核认为“{case.item.unit_name}”符合标准：改变原结论，给予待遇，并出具结果告知书。"
    final = "，复核结论为终局结论" if case.final else ""
    return f"复核认为“{case.item.unit_name}”不符合标准：维持原结论{final}，并出具结果告知书。"


@register(Objection)
class ObjectionAdmin(MatterScreen):
    workflow = OBJECTION
    list_display = ["case_no", "who", "disease", "route", "status_word", "county", "registered", "due"]
    rows = [
        ("arrange", "arrange", "cw-primary"), ("conclude", "conclude", "cw-primary"),
        ("overturn", "decide", "cw-primary"), ("uphold", "decide", "cw-primary"),
        ("withdraw_objection", "withdraw", "cw-danger"),
    ]
    actions_detail = ["arrange", "decide", "withdraw", "take", "release"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("item__certification__institution", "institution")

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:case_id>/conclude/", wrap(self.conclude_view), name="chronic_objection_conclude"),
            path("<int:case_id>/conclude/check/", wrap(self.conclude_check_view),
                 name="chronic_objection_conclude_check"),
            *super().get_urls(),
        ]

    def said(self, case):
        first = case.item.certification
        return [
            ("原认定件", linked(first, first.case_no)), ("病种", case.item.unit_name),
            ("原结论", case.item.refusal_reason), ("收到原结论", case.received_on), ("异议理由", case.reason),
            ("复核方式", case.get_route_display()), ("复核机构", case.institution.name if case.institution else ""),
            ("复核医师", case.doctor), ("复核结论", {True: "符合标准", False: "不符合标准"}.get(case.met, "")),
            ("结论理由", "；".join(case.reasons)), ("结论日期", case.concluded_on),
            ("终局", "是" if case.final else "否"), ("规则", case.rule),
        ]

    def more(self, case, request) -> dict:
        """The facts that were found on looking again, as the criteria show them."""
        known = chronic.catalogue_of(case.person.region_code)
        unit = known.units.get(case.item.unit)
        shown = unit is not None and case.met is not None
        return {"form": facts.tree(unit, facts.stored(unit, case.facts)) if shown else None}

    @action(
        description="安排复核", form_class=ArrangeForm,
        consequence="确定由谁复核；须由另一认定机构复核的，不能是原认定机构。",
    )
    def arrange(self, request, form, object_id):
        chosen = form.cleaned_data["institution"]
        chronic.arrange(
            **given(request, form, objection_id=int(object_id)), institution_id=int(chosen) if chosen else None
        )
        return "复核已安排，等待复核结论。"

    def conclude(self, request):
        """Only a button: the conclusion is a page of its own."""

    conclude.short_description = "录入复核结论"

    @action(description="作出决定", consequence=_deciding, form_class=NoteForm)
    def decide(self, request, form, object_id):
        case = chronic.decide_objection(**noted(request, form, objection_id=int(object_id)))
        return f"已决定：{case.get_status_display()}，告知书可在“文书”中打印。"

    @action(
        description="撤回异议", form_class=RequiredNoteForm, variant="danger",
        consequence="本件终止，原结论不变。",
    )
    def withdraw(self, request, form, object_id):
        chronic.withdraw_objection(
            **given(request, form, objection_id=int(object_id)), reason=form.cleaned_data["note"]
        )
        return "异议已撤回。"

    def conclude_view(self, request, case_id):
        """The facts as found on looking again, in the same form as an application's."""
        case, part, known = self._reexamined(request, case_id)
        refusal = ""
        if request.method == "POST":
            refusal = _conclude(request, case, part)
            if not refusal:
                messages.success(request, "复核结论已录入，等待决定。")
                return HttpResponseRedirect(reverse("admin:chronic_objection_change", args=[case.pk]))
        person = enrollment.with_history(Person.objects.filter(pk=case.person_id)).get()
        return TemplateResponse(request, "chronic/conclude.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "title": case.case_no, "case": case,
            "row": {"part": part, "checklist": part.checklist(known)}, "parts": [{"part": part, "checklist": []}],
            "refusal": refusal, "version": request.POST.get("version") or case.version,
            "doctor": request.POST.get("doctor", ""), "met": request.POST.get("met", ""),
            "check_url": reverse("admin:chronic_objection_conclude_check", args=[case.pk]),
            **people.panel(person, request),
        })

    def conclude_check_view(self, request, case_id):
        if request.method != "POST":
            raise PermissionDenied
        _, part, known = self._reexamined(request, case_id)
        context = {"parts": [{"part": part, "checklist": part.checklist(known)}], "live": True}
        return HttpResponse(render_to_string("chronic/application_check.html", context, request))

    def _reexamined(self, request, case_id):
        case = self.visible(request, case_id)
        if not may(request, REEXAMINE):
            raise PermissionDenied
        known = chronic.catalogue_of(case.person.region_code)
        unit = chronic.unit_of(known, case.item.unit)
        if request.method == "POST":
            return case, sent_part(unit, request.POST, known), known
        typed = facts.stored(unit, case.item.facts)
        part = Part(unit, typed, case.item.diagnosed_on.isoformat(), list(case.item.materials))
        return case, part.judge(known), known

    @display(description="病种")
    def disease(self, case):
        return case.item.unit_name


def _conclude(request, case: Objection, part: Part) -> str:
    """Record it, or the words why not."""
    if part.typed.errors:
        return "有的内容还需更正，见红字。"
    version = request.POST.get("version", "")
    found = Reexamined(
        facts=part.typed.facts, materials=part.materials, doctor=request.POST.get("doctor", ""),
        met={"yes": True, "no": False}.get(request.POST.get("met", "")),
    )
    try:
        chronic.conclude_objection(
            objection_id=case.pk, found=found, by=request.user, at=now(),
            expected_version=int(version) if version.isdecimal() else None,
        )
    except Refused as refusal:
        return refusal.message
    return ""
