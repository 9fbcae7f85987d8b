"""Single rows of the exchange that officers decide: exceptions, deliveries without answers, persons to be matched."""

from django import forms
from django.db.models import F

from casework.admin_base import DialogForm, ModelAdmin, action, display, register, status_chip
from casework.clock import now
from policy import masking
from relief.models import PushDelivery, PushReply, ReturnRow
from relief.services import exchange


class NoteForm(DialogForm):
    note = forms.CharField(label="处理情况", max_length=200, widget=forms.Textarea({"rows": 2}))


class ReasonForm(DialogForm):
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea({"rows": 2}))


@register(PushReply)
class PushReplyAdmin(ModelAdmin):
    """The exception list: rows that a receiver did not take."""

    list_display = ["line", "receiver", "person", "code", "message", "state_word", "note"]
    list_select_related = ["delivery__receiver", "delivery__push", "row", "settled_by"]
    fields = readonly_fields = [*list_display, "settled_by", "settled_at"]
    actions = None
    actions_detail = ["settle"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(accepted=False).order_by(
            F("settled_at").asc(nulls_first=True), "-pk"
        )

    @action(
        description="处理例外", form_class=NoteForm, permissions=["relief.settle_exceptions"],
        consequence="写明与对方核对的结果；只能写一次，此行随即从待处理的例外中移出。",
    )
    def settle(self, request, form, object_id):
        exchange.settle_exception(reply_id=int(object_id), note=form.cleaned_data["note"], by=request.user, at=now())
        return "例外已处理。"

    @display(description="名单与行")
    def line(self, reply):
        return f"{reply.delivery.push.month} 第 {reply.row.number} 行"

    @display(description="接收部门")
    def receiver(self, reply):
        return reply.delivery.receiver.name

    @display(description="参保人")
    def person(self, reply):
        return f"{masking.mask_name(reply.row.name)} {masking.mask_id(reply.row.id_no)}"

    @display(description="状态")
    def state_word(self, reply):
        return status_chip("待处理", "amber") if reply.settled_by_id is None else status_chip("已处理", "green")


@register(PushDelivery)
class PushDeliveryAdmin(ModelAdmin):
    """Deliveries are shown on the page of their list; here is the deed that ends the waiting for their answers."""

    list_display = ["number", "receiver", "push", "state", "sent_at", "receipt", "rows_sent", "rows_pending"]
    list_select_related = ["receiver", "push"]
    fields = readonly_fields = [*list_display, "rows_accepted", "rows_failed", "manifest_sha256"]
    actions = None
    actions_detail = ["give_up"]

    def has_module_permission(self, request) -> bool:
        return False

    @action(
        description="不再等待回执", form_class=ReasonForm, permissions=["relief.settle_exceptions"], variant="danger",
        consequence=lambda admin, request, row:
            f"尚未回执的 {row.rows_pending} 行全部列为例外，逐行处理；此后收到的回执不再改变它们。",
    )
    def give_up(self, request, form, object_id):
        exchange.give_up_waiting(
            delivery_id=int(object_id), reason=form.cleaned_data["reason"], by=request.user, at=now()
        )
        return "未回执的行已列为例外。"


class MatchForm(DialogForm):
    person = forms.ChoiceField(label="是哪一位参保人", widget=forms.RadioSelect)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        found = exchange.candidates([self.obj], self.request.user)[self.obj.pk]
        plain = self.request.user.may("enrollment.see_names")
        self.fields["person"].choices = [(one.pk, _shown(one, self.obj, plain)) for one in found]
        if not found:
            self.fields["person"].help_text = "没有同号码或同姓名同出生日期的参保人，请选“不写入”并退回报送部门核对。"


def _shown(person, row, plain: bool) -> str:
    why = "证件号码一致" if person.id_no == row.id_no else "姓名和出生日期一致"
    name = person.name if plain else person.masked_name
    return f"{name} {person.masked_id} {person.birth_date} {person.region_code[:6]}（{why}）"


def _match_consequence(admin, request, row: ReturnRow) -> str:
    plain = request.user.may("enrollment.see_names")
    named = f"{row.name if plain else masking.mask_name(row.name)} {masking.mask_id(row.id_no)}"
    when = "立即写入" if row.return_list.state in {"released", "applied"} else "随名单一并写入"
    return f"名单上的“{named} {row.get_category_display()} {row.get_change_display()}”记到所选的参保人名下，{when}。"


@register(ReturnRow)
class ReturnRowAdmin(ModelAdmin):
    """Rows are shown on the page of their list; here are the deeds of the matching desk."""

    list_display = ["row_no", "return_list", "state", "category", "change"]
    list_select_related = ["return_list"]
    fields = readonly_fields = list_display
    actions = None
    actions_detail = ["match", "dismiss"]

    def has_module_permission(self, request) -> bool:
        return False

    @action(
        description="匹配", form_class=MatchForm, permissions=["relief.match_row"], consequence=_match_consequence,
    )
    def match(self, request, form, object_id):
        exchange.match_row(
            row_id=int(object_id), person_id=int(form.cleaned_data["person"]), by=request.user, at=now()
        )
        return "已匹配。"

    @action(
        description="不写入", form_class=ReasonForm, permissions=["relief.match_row"], variant="danger",
        consequence="此行不写入任何参保人名下，列入错误清单退回报送部门。",
    )
    def dismiss(self, request, form, object_id):
        exchange.dismiss_row(row_id=int(object_id), reason=form.cleaned_data["reason"], by=request.user, at=now())
        return "此行不写入。"
