"""Recomputes: the list with progress, the report of one by county and cause, and a bill's steps before and after."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse

from casework.admin_base import DialogForm, ModelAdmin, action, display, register, status_chip
from casework.clock import bureau_day, now
from casework.errors import Refused
from casework.models.jurisdiction import area_prefix
from claims.services import PAYER_NAMES
from enrollment import services as enrollment
from enrollment.models import Region
from relief import services
from relief.models import Recompute, RecomputeDifference
from relief.services import recompute

TONES = {"running": "blue", "done": "green", "stopped": "grey"}
CAUSE_TONES = {"fault": "red", "fact": "amber", "pack": "violet"}
SHOWN = 200
AMOUNTS = {**PAYER_NAMES, "own_expense": "自费", "first_self_pay": "先行自付", "eligible": "政策范围内费用",
           "deductible": "起付线"}


class StartForm(DialogForm):
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    region_code = forms.ChoiceField(label="范围")
    person = forms.CharField(label="只重算一人（参保人证件号码）", required=False, max_length=18)
    with_register = forms.BooleanField(
        label="同时按现行参保信息和现行规则核对", required=False, help_text="用时较长；不勾选则只核对存档能否重现。"
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        own = self.request.user.region_code
        rows = Region.objects.filter(code__startswith=own[:4]).filter(code__regex=r"^\d{6}$").order_by("code")
        self.fields["region_code"].choices = [(row.code, row.name) for row in rows if self.request.user.sees(row.code)]
        self.fields["year"].initial = bureau_day(now()).year


@register(Recompute)
class RecomputeAdmin(ModelAdmin):
    """Nothing is written by a recompute itself: what it finds is applied by two officers, person by person."""

    list_display = ["name", "state_word", "scope", "progress", "persons", "bills", "differences", "started_at"]
    list_filter = ["year", "state"]
    list_select_related = ["started_by", "person"]
    actions = None
    actions_list = ["start"]
    actions_detail = ["stop", "open_cases"]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        region = Region.objects.filter(code=OuterRef("region_code")).values("name")[:1]
        return rows.annotate(
            region_name=Subquery(region), parts=Count("chunks"),
            parts_done=Count("chunks", filter=Q(chunks__done_at__isnull=False)),
            persons_done=Sum("chunks__persons"), found=Sum("chunks__differences"),
        )

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:run_id>/progress/", wrap(self.progress_view), name="relief_recompute_progress"),
            path("difference/<int:difference_id>/", wrap(self.difference_view), name="relief_recompute_difference"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        if run is None or not self.has_view_permission(request, run):
            return super().change_view(request, object_id, form_url, extra_context)
        return TemplateResponse(request, "relief/recompute.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": run, "title": str(run), "run": run,
            "tone": TONES[run.state], "scope": self.scope(run), **_progress(run), **self._report(request, run),
            "may_run": request.user.may("relief.run_recompute"),
        })

    def _report(self, request, run: Recompute) -> dict:
        cause = request.GET.get("cause", "")
        rows = RecomputeDifference.objects.filter(chunk__run=run, person__region_code__startswith=_prefix(request))
        if cause in RecomputeDifference.Cause.values:
            rows = rows.filter(cause=cause)
        plain = request.user.may("enrollment.see_names")
        names = dict(Region.objects.values_list("code", "name"))
        return {
            "lines": [
                {"region": names.get(line.region_code[:6], line.region_code), "line": line,
                 "word": RecomputeDifference.Cause(line.cause).label, "tone": CAUSE_TONES[line.cause]}
                for line in recompute.recompute_report(run) if request.user.sees(line.region_code)
            ],
            "rows": [_difference(row, plain) for row in rows.select_related("person", "settlement__claim")[:SHOWN]],
            "cause": cause, "causes": RecomputeDifference.Cause.choices, "shown": SHOWN,
        }

    def progress_view(self, request, run_id: int):
        run = self.get_object(request, str(run_id))
        if run is None or not self.has_view_permission(request, run):
            raise Http404
        answer = TemplateResponse(request, "relief/progress.html", {"run": run, **_progress(run)})
        if run.state != Recompute.State.RUNNING:
            answer["HX-Refresh"] = "true"
        return answer

    def difference_view(self, request, difference_id: int):
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = RecomputeDifference.objects.select_related("person", "settlement__claim", "chunk__run").filter(
            pk=difference_id
        ).first()
        if row is None or not request.user.sees(row.person.region_code):
            raise Http404
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "重算差异", "row": row,
                   "tone": CAUSE_TONES[row.cause], "name": row.person.masked_name}
        try:
            before, after = recompute.steps_before_and_after(difference_id=row.pk, by=request.user)
            context |= {"sides": [("存档", before), ("重算", after)], "moved": _moved(row)}
        except Refused as refusal:
            context["refusal"] = str(refusal)
        return TemplateResponse(request, "relief/difference.html", context)

    @action(
        description="发起年度重算", form_class=StartForm, permissions=["relief.run_recompute"],
        consequence="按存档事实和存档规则重放该年度全部结算并逐笔比对，只出报告，不改动任何结算。",
    )
    def start(self, request, form):
        asked = form.cleaned_data
        person = None
        if asked["person"]:
            person = enrollment.find_persons(asked["person"], request.user).first()
            if person is None:
                raise Refused("not_found", "没有找到该参保人，或不在您的经办区划内。")
        recompute.start_recompute(
            year=asked["year"], by=request.user, at=now(), region_code=asked["region_code"],
            person_id=person and person.pk, with_register=asked["with_register"],
        )
        return "已发起，完成后在此查看报告。"

    @action(
        description="终止", permissions=["relief.run_recompute"], variant="danger",
        consequence="尚未开始的部分不再重算；已找到的差异保留。",
    )
    def stop(self, request, form, object_id):
        recompute.stop_recompute(run_id=int(object_id), by=request.user, at=now())
        return "已终止。"

    @action(
        description="提出更正", permissions=["relief.run_recompute"],
        consequence="为差错和信息变化所涉的每个参保人各开一件“年度重新结算”，由另外两人核对、复核；"
                    "规则包变化不改变已办结的结算。",
    )
    def open_cases(self, request, form, object_id):
        made = services.open_corrections(recompute_id=int(object_id), by=request.user, at=now())
        return f"已开出 {len(made)} 件年度重新结算。" if made else "没有需要开件的参保人。"

    @display(description="年度重算", ordering="year")
    def name(self, run):
        return f"{run.year}年度 第{run.pk}次"

    @display(description="状态", ordering="state")
    def state_word(self, run):
        return status_chip(run.get_state_display(), TONES[run.state])

    @display(description="范围")
    def scope(self, run):
        return run.person.masked_name if run.person else run.region_name or run.region_code

    @display(description="进度")
    def progress(self, run):
        return f"{_progress(run)['percent']}%"


def _prefix(request) -> str:
    return area_prefix(request.user.region_code) or "-"


def _progress(run) -> dict:
    percent = 100 if run.state == "done" else 100 * run.parts_done // run.parts if run.parts else 0
    return {
        "percent": percent, "persons_done": run.persons_done or 0, "found": run.found or 0,
        "progress_url": reverse("admin:relief_recompute_progress", args=[run.pk]),
        "stop_url": reverse("admin:relief_recompute_stop", args=[run.pk]),
        "open_url": reverse("admin:relief_recompute_open_cases", args=[run.pk]),
    }


def _difference(row: RecomputeDifference, plain: bool) -> dict:
    return {
        "row": row, "name": row.person.name if plain else row.person.masked_name, "tone": CAUSE_TONES[row.cause],
        "moved": _moved(row), "url": reverse("admin:relief_recompute_difference", args=[row.pk]),
    }


def _moved(row: RecomputeDifference) -> list[dict]:
    """The amounts that differ, in yuan; nothing for accumulators and refusals."""
    return [
        {"label": AMOUNTS[name], "before": _yuan(old), "after": _yuan(new)}
        for name, (old, new) in recompute.difference_by_payer(row).items()
    ]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
