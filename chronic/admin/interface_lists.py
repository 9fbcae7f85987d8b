"""The lists of keys and of messages, over all institutions."""
from django.conf import settings
from django.contrib.admin import SimpleListFilter
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from casework.admin_base import (
    DialogForm,
    DropdownFilter,
    ModelAdmin,
    RangeDateTimeFilter,
    RequiredNoteForm,
    action,
    display,
    register,
    status_chip,
)
from casework.clock import now
from casework.models import Job
from chronic.models import ApiKey, WebhookDelivery
from chronic.services import interface_keys as keys
from chronic.services import interface_screens as screens
from chronic.services import interface_webhooks as webhooks
from chronic.services.interface_keys import KEEP

TONES = {screens.DELIVERED: "green", screens.WAITING: "blue", screens.DEAD: "red"}


def house_link(client) -> str:
    """The institution, as the way to the page of its interface."""
    url = reverse("admin:chronic_apiclient_change", args=[client.pk])
    return format_html('<a class="cw-link" href="{}">{}</a>', url, client.institution.name)


def minute(at) -> str:
    """A moment to the minute, on one line; nothing where there is none."""
    return format_html('<span class="cw-nowrap">{}</span>', f"{timezone.localtime(at):%Y-%m-%d %H:%M}") if at else ""


class LiveFilter(SimpleListFilter):
    """Keys that work first; those that ended are kept and found."""

    title, parameter_name = "状态", "standing"

    def lookups(self, request, model_admin):
        return [("ended", "已停用"), ("all", "全部")]

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        return [{**first, "display": "有效"}, *rest]

    def queryset(self, request, queryset):
        live = Q(ends_at=None) | Q(ends_at__gt=now())
        if self.value() == "all":
            return queryset
        return queryset.exclude(live) if self.value() == "ended" else queryset.filter(live)


@register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Who has which key, since when, when it was last used. Secrets are kept nowhere."""

    list_display = ["name", "house", "standing", "issued", "used", "ends", "scope_words"]
    list_display_links = None
    list_filter = [LiveFilter]
    list_select_related = ["client__institution__region"]
    search_fields = ["=name", "client__institution__name", "client__institution__code"]
    search_help_text = "密钥号、机构名称、编号"
    actions = None
    actions_detail = ["end"]
    actions_row = ["end"]

    @action(
        description="停用密钥", form_class=RequiredNoteForm, permissions=[KEEP], variant="danger", icon="block",
        consequence="立即停用：用此密钥的请求从下一次起被拒绝。更换密钥请先签发新密钥。",
    )
    def end(self, request, form, object_id):
        name = ApiKey.objects.values_list("name", flat=True).get(pk=object_id)
        keys.end_key(name=name, reason=form.cleaned_data["note"], by=request.user, at=now())
        return "密钥已停用。"

    @display(description="医疗机构", ordering="client__institution__name")
    def house(self, key):
        return house_link(key.client)

    @display(description="状态")
    def standing(self, key):
        return key_chip(key)

    @display(description="签发", ordering="issued_at")
    def issued(self, key):
        return minute(key.issued_at)

    @display(description="最近使用", ordering="last_used_at")
    def used(self, key):
        return minute(key.last_used_at) or "未使用"

    @display(description="停用", ordering="ends_at")
    def ends(self, key):
        return minute(key.ends_at) or "—"

    @display(description="权限")
    def scope_words(self, key):
        if set(key.scopes) == set(settings.API_SCOPES):
            return "全部"
        return "、".join(settings.API_SCOPES.get(scope, scope) for scope in key.scopes)


def key_chip(key: ApiKey) -> str:
    """Whether a key works, and until when where it has been replaced."""
    if key.ends_at is None:
        return status_chip("有效", "green")
    return status_chip("更换中", "amber") if key.ends_at > now() else status_chip("已停用", "grey")


class StateFilter(DropdownFilter):
    title, parameter_name = "状态", "state"

    def lookups(self, request, model_admin):
        return list(screens.STATES.items())

    def queryset(self, request, queryset):
        dead = Q(job_state=Job.State.DEAD, delivered_at=None)
        wanted = {
            screens.DELIVERED: Q(delivered_at__isnull=False), screens.DEAD: dead,
            screens.WAITING: Q(delivered_at=None) & ~Q(job_state=Job.State.DEAD),
        }.get(self.value())
        return queryset if wanted is None else queryset.filter(wanted)


@register(WebhookDelivery)
class WebhookDeliveryAdmin(ModelAdmin):
    """What was to be told to whom, and what became of it."""

    list_display = ["made", "house", "topic_word", "standing", "attempts", "error", "delivered", "handle"]
    list_display_links = None
    list_filter = [StateFilter, ("created_at", RangeDateTimeFilter)]
    list_select_related = ["endpoint__client__institution__region"]
    search_fields = ["=handle", "endpoint__client__institution__name", "=endpoint__client__institution__code"]
    search_help_text = "消息号、机构名称、编号"
    actions = None
    actions_detail = ["send_again"]
    actions_row = ["send_again"]

    def get_queryset(self, request):
        return screens.deliveries(super().get_queryset(request))

    @action(
        description="重新发送", form_class=DialogForm, permissions=[KEEP], icon="replay",
        consequence="以原消息号再次发送，从头计次；对方已收到的可据消息号识别。",
    )
    def send_again(self, request, form, object_id):
        webhooks.send_again(delivery_id=int(object_id), by=request.user, at=now())
        return "已重新排入发送。"

    @display(description="医疗机构", ordering="endpoint__client__institution__name")
    def house(self, row):
        return house_link(row.endpoint.client)

    @display(description="状态")
    def standing(self, row):
        state = screens.state_of(row)
        return status_chip(screens.STATES[state], TONES[state])

    @display(description="产生", ordering="created_at")
    def made(self, row):
        return minute(row.created_at)

    @display(description="主题", ordering="topic")
    def topic_word(self, row):
        return screens.TOPICS.get(row.topic, row.topic)

    @display(description="送达", ordering="delivered_at")
    def delivered(self, row):
        return minute(row.delivered_at) or "—"

    @display(description="最近一次未成的原因")
    def error(self, row):
        return screens.error_of(row) or "—"
