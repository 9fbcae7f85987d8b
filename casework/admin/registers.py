"""What the bureau keeps: working days, time limits; and the rule packs that decisions were made under."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib.admin import SimpleListFilter
from django.db.models import Case, F, QuerySet, Value, When
from django.http import HttpRequest

from casework import services
from casework.admin_base import EditableAdmin, ModelAdmin, RangeDateFilter, display, register
from casework.clock import now
from casework.models import PackRelease, TimeLimit, WorkDay
from casework.workflow import WORKFLOWS


@register(WorkDay)
class WorkDayAdmin(EditableAdmin):
    scoped = False
    list_display = ("day", "weekday", "is_workday", "name", "provisional", "edited_by")
    list_filter = (("day", RangeDateFilter), "is_workday", "provisional")
    list_select_related = ("edited_by",)
    search_fields = ("name",)
    date_hierarchy = "day"
    fields = ("day", "is_workday", "name")

    @display(description="星期")
    def weekday(self, row: WorkDay) -> str:
        return "周" + "一二三四五六日"[row.day.weekday()]

    def get_readonly_fields(self, request: HttpRequest, obj: WorkDay | None = None) -> tuple[str, ...]:
        return ("day",) if obj else ()

    def save_model(self, request: HttpRequest, obj: WorkDay, form: forms.ModelForm, change: bool) -> None:
        kept = services.set_workday(
            day=obj.day, is_workday=obj.is_workday, name=obj.name, by=request.user, at=now()
        )
        obj.pk = kept.pk


def matter_names() -> dict[str, str]:
    """The words for the matters that a time limit may name: of each workflow, and of the kinds into which an app
    divides its matter (`AppConfig.matter_names`), since each kind has a limit of its own."""
    names = {matter: workflow.label for matter, workflow in WORKFLOWS.items()}
    for config in apps.get_app_configs():
        names |= getattr(config, "matter_names", dict)()
    return names


class MatterFilter(SimpleListFilter):
    """By matter, in words; only those that have a limit are offered."""

    title, parameter_name = "事项", "matter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = matter_names()
        used = TimeLimit.objects.order_by("matter").values_list("matter", flat=True).distinct()
        return [(matter, names.get(matter, matter)) for matter in used]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(matter=self.value()) if self.value() else queryset


@register(TimeLimit)
class TimeLimitAdmin(EditableAdmin):
    scoped = False
    list_display = ("what", "step_label", "region_code", "valid_from", "working_days", "article")
    list_filter = (MatterFilter,)
    fields = ("matter", "step", "region_code", "valid_from", "working_days", "article")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Each row with the words for its matter."""
        said = [When(matter=matter, then=Value(name)) for matter, name in matter_names().items()]
        return super().get_queryset(request).annotate(matter_name=Case(*said, default=F("matter")))

    @display(description="事项", ordering="matter")
    def what(self, row: Any) -> str:
        name: str = row.matter_name
        return name

    @display(description="步骤", ordering="step")
    def step_label(self, row: TimeLimit) -> str:
        workflow = WORKFLOWS.get(row.matter.partition(":")[0])
        if not row.step:
            return "整件"
        return workflow.steps[row.step].label if workflow and row.step in workflow.steps else row.step

    def get_readonly_fields(self, request: HttpRequest, obj: TimeLimit | None = None) -> tuple[str, ...]:
        return ("matter", "step", "region_code", "valid_from") if obj else ()

    def save_model(self, request: HttpRequest, obj: TimeLimit, form: forms.ModelForm, change: bool) -> None:
        kept = services.set_time_limit(
            matter=obj.matter, step=obj.step, region_code=obj.region_code, valid_from=obj.valid_from,
            working_days=obj.working_days, article=obj.article, by=request.user, at=now(),
        )
        obj.pk = kept.pk


@register(PackRelease)
class PackReleaseAdmin(ModelAdmin):
    scoped = False
    list_display = ("pool", "version", "path", "sha256", "first_used_at")
    search_fields = ("=sha256", "pool", "version")
    fields = ("pool", "version", "path", "sha256", "first_used_at", "text")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("text")
