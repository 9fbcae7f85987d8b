"""The hospitals' interfaces (docs/hospital-interface.md): who has which key since when, where news goes, what became of
it."""
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from casework.admin_base import ModelAdmin, RequiredNoteForm, action, display, may, register, status_chip
from casework.clock import bureau_day, now
from chronic.admin.buttons import Button, address_of
from chronic.admin.interface_forms import IssueForm, OpenForm, TermsForm, WebhookForm
from chronic.admin.interface_lists import TONES, key_chip, minute
from chronic.admin.panels import timeline
from chronic.models import ApiClient
from chronic.services import interface_keys as keys
from chronic.services import interface_screens as screens
from chronic.services import interface_webhooks as webhooks
from chronic.services.interface_keys import KEEP


def told_once(request, title: str, secrets: list[tuple[str, str]], done_url: str) -> HttpResponse:
    """The dialog that shows a secret this one time: it is in no page, no message and no record afterwards."""
    context = {"title": title, "secrets": secrets, "done_url": done_url}
    whole = not request.headers.get("HX-Request")
    template = "chronic/secret_page.html" if whole else "chronic/secret.html"
    return HttpResponse(render_to_string(template, context, request), headers={"Cache-Control": "no-store"})


@register(ApiClient)
class ApiClientAdmin(ModelAdmin):
    """One row for each institution whose system may call; its page has the keys and the notices."""

    list_display = ["house", "region", "standing", "scheme", "network_words", "key_count", "used", "news", "opened"]
    list_display_links = ["house"]
    list_filter = ["active", "scheme"]
    search_fields = ["institution__name", "institution__code", "institution__name_initials"]
    search_help_text = "机构名称、编号、名称首字母"
    ordering = ["institution__code"]
    actions = None
    actions_list = ["open"]
    actions_detail = ["issue", "change_terms", "set_webhook", "stop_webhook", "close"]

    def get_queryset(self, request):
        return screens.clients(super().get_queryset(request), now())

    def change_view(self, request, object_id, form_url="", extra_context=None):
        client = self.get_object(request, object_id)
        if client is None or not self.has_view_permission(request, client):
            messages.error(request, "没有这家机构的接口，或不在您的管理范围内。")
            return HttpResponseRedirect(reverse("admin:index"))
        return TemplateResponse(request, "chronic/interface.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": client, "client": client,
            "title": client.institution.name, **_page(client, request),
        })

    @action(
        description="开通接口", form_class=OpenForm, permissions=[KEEP], variant="primary", icon="add",
        consequence="为该机构的信息系统建立接口账户，不能用于登录；开通后再签发密钥。",
    )
    def open(self, request, form):
        given = form.cleaned_data
        client = keys.open_client(
            institution_code=given["institution"], scheme=given["scheme"], networks=given["networks"],
            by=request.user, at=now(),
        )
        return f"已开通{client.institution.name}的接口，请签发密钥。"

    @action(
        description="签发密钥", form_class=IssueForm, permissions=[KEEP], submit="签发",
        consequence="密钥只在签发后显示一次，请当场交给该机构；原有密钥到期后停用。",
    )
    def issue(self, request, form, object_id):
        issued = keys.issue_key(
            client_id=int(object_id), overlap=timedelta(hours=form.cleaned_data["hours"]), by=request.user, at=now()
        )
        return told_once(request, "新密钥", [
            ("CLIENT_ID", issued.key.name), ("CLIENT_SECRET", issued.secret), ("SIGNING_KEY", issued.signing_key),
        ], page_of(object_id))

    @action(
        description="签名和网段", form_class=TermsForm, permissions=[KEEP], submit="保存",
        consequence="即时生效：签名方式不符或不在网段内的请求，从下一次起被拒绝。已停用的接口随之恢复。",
    )
    def change_terms(self, request, form, object_id):
        client = self.get_object(request, object_id)
        keys.open_client(
            institution_code=client.institution.code, **form.cleaned_data, by=request.user, at=now()
        )
        return "已保存。"

    @action(
        description="登记通知地址", form_class=WebhookForm, permissions=[KEEP], submit="登记",
        consequence="该机构的件有变化时，向此地址发送通知，不含个人信息。每次登记都更换签名密钥，只显示一次。",
    )
    def set_webhook(self, request, form, object_id):
        _, secret = webhooks.set_webhook(
            client_id=int(object_id), url=form.cleaned_data["url"].strip(), by=request.user, at=now()
        )
        return told_once(request, "通知的签名密钥", [("WEBHOOK_SECRET", secret)], page_of(object_id))

    @action(
        description="停用通知", form_class=RequiredNoteForm, permissions=[KEEP], variant="danger",
        consequence="不再向该机构发送通知，待发送的随之失败；对方可以继续查询。",
    )
    def stop_webhook(self, request, form, object_id):
        webhooks.stop_webhook(client_id=int(object_id), reason=form.cleaned_data["note"], by=request.user, at=now())
        return "已停用通知地址。"

    @action(
        description="停用接口", form_class=RequiredNoteForm, permissions=[KEEP], variant="danger",
        consequence="该机构的所有密钥从下一次请求起被拒绝，也不再收到通知；已报送的件照常办理。",
    )
    def close(self, request, form, object_id):
        keys.close_client(client_id=int(object_id), reason=form.cleaned_data["note"], by=request.user, at=now())
        return "接口已停用。"

    @display(description="医疗机构", ordering="institution__name")
    def house(self, client):
        return format_html(
            '{}<br><span class="cw-dim cw-small">{}</span>', client.institution.name, client.institution.code
        )

    @display(description="所在区划", ordering="institution__region")
    def region(self, client):
        return client.institution.region.name

    @display(description="状态", ordering="active")
    def standing(self, client):
        return client_chip(client)

    @display(description="允许的网段")
    def network_words(self, client):
        return "、".join(client.networks) or "不限"

    @display(description="有效密钥", ordering="live_keys")
    def key_count(self, client):
        return client.live_keys

    @display(description="最近使用", ordering="used_at")
    def used(self, client):
        return minute(client.used_at) or "—"

    @display(description="通知")
    def news(self, client):
        return news_chip(client)

    @display(description="开通", ordering="opened_at")
    def opened(self, client):
        return bureau_day(client.opened_at).isoformat()


def page_of(client_id) -> str:
    return reverse("admin:chronic_apiclient_change", args=[client_id])


def client_chip(client: ApiClient) -> str:
    return status_chip("在用", "green") if client.active else status_chip("已停用", "grey")


def news_chip(client: ApiClient) -> str:
    hook = getattr(client, "webhook", None)
    if hook is None or not hook.active:
        return status_chip("未登记" if hook is None else "已停用", "grey")
    return status_chip(f"失败 {client.failed} 条", "red") if client.failed else status_chip("正常", "green")


def _page(client: ApiClient, request) -> dict:
    """What the page shows. The number of queries depends on neither keys nor messages."""
    at, keeps = now(), may(request, KEEP)
    rows = screens.keys_of(client)
    for key in rows:
        key.live, key.chip = key.ends_at is None or key.ends_at > at, key_chip(key)
        key.deed = _small(key, "end", "停用", "cw-danger") if key.live and keeps else None
    hook = getattr(client, "webhook", None)
    sent = list(screens.deliveries(hook.deliveries.all())[: screens.SHOWN]) if hook else []
    for row in sent:
        row.state, row.error = screens.state_of(row), screens.error_of(row)
        row.about = screens.TOPICS.get(row.topic, row.topic)
        row.chip = status_chip(screens.STATES[row.state], TONES[row.state])
        row.deed = _small(row, "send_again", "重新发送") if keeps and row.state == screens.DEAD else None
    return {
        "keys": rows, "hook": hook, "sent": sent, "chip": client_chip(client), "news": news_chip(client),
        "events": timeline(screens.trail_of(client)), "deeds": _deeds(client, hook) if keeps else [],
        "list_url": f"{reverse('admin:chronic_webhookdelivery_changelist')}?q={client.institution.code}",
    }


def _small(row, name: str, label: str, style: str = "") -> Button:
    return Button(name, label, address_of(row, name), style=f"cw-small {style}".strip())


def _deeds(client: ApiClient, hook) -> list[Button]:
    shown = [("issue", "cw-primary"), ("change_terms", ""), ("set_webhook", "")] if client.active else [
        ("change_terms", "cw-primary")
    ]
    if hook is not None and hook.active:
        shown.append(("stop_webhook", "cw-danger"))
    if client.active:
        shown.append(("close", "cw-danger"))
    made = [
        Button(name, getattr(ApiClientAdmin, name).short_description, address_of(client, name), style=style)
        for name, style in shown
    ]
    if not client.active:
        made[0].label = "恢复接口"
    setback = next((button for button in made if button.style == "cw-danger"), None)
    if setback is not None:
        setback.gap = True
    return made
