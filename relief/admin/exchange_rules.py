"""With whom lists are exchanged, and the bureau's own rules about it."""

from casework.admin_base import EditableAdmin, display, register, status_chip
from casework.clock import now
from policy.periods import ONE_DAY
from relief.models import ExchangeRule, Receiver
from relief.services import exchange


@register(Receiver)
class ReceiverAdmin(EditableAdmin):
    """Name, text form, key version and whether it takes part; the address stands in the deployment's settings."""

    list_display = ["name", "code", "form", "key_version", "state_word"]
    fields = ["region_code", "code", "name", "form", "key_version", "active"]
    readonly_fields = ["region_code", "code"]

    def has_add_permission(self, request) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        exchange.set_receiver(receiver=obj, by=request.user, at=now())

    @display(description="状态", ordering="active")
    def state_word(self, receiver):
        return status_chip("参加交换", "green") if receiver.active else status_chip("停用", "grey")


@register(ExchangeRule)
class ExchangeRuleAdmin(EditableAdmin):
    """Dated rules: one that is in force is ended and followed by another, not edited."""

    list_display = ["period", "repeat_growth", "near_percent", "alarm_days", "hold_percent", "hold_from", "article"]
    fields = ["region_code", "valid_from", "valid_to", "repeat_growth", "near_percent", "alarm_days", "hold_percent",
              "hold_from", "article"]

    def get_readonly_fields(self, request, obj=None):
        return [name for name in self.fields if name != "valid_to"] if obj else []

    def save_model(self, request, obj, form, change) -> None:
        exchange.set_exchange_rule(rule=obj, by=request.user, at=now())

    @display(description="施行期间", ordering="valid_from")
    def period(self, rule):
        return f"{rule.valid_from} 起" if rule.valid_to is None else f"{rule.valid_from} 至 {rule.valid_to - ONE_DAY}"
