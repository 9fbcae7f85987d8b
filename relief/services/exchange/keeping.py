"""What the bureau sets about the exchange itself: how each receiver is served, and its own rules from a day on."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from casework import audit
from casework.errors import Refused
from casework.models import Officer
from relief.models import ExchangeRule, Receiver
from relief.services.exchange.terms import authorise


@transaction.atomic
def set_receiver(*, receiver: Receiver, by: Officer, at: datetime) -> Receiver:
    """Keep what was changed about a receiver (its name, its text form, its key's version, whether it takes part).

    What was sent stays as it was sent; what waits is sent in the form of its approval.
    """
    authorise(by, "change_receiver", receiver.region_code)
    known = Receiver.objects.select_for_update().get(pk=receiver.pk)
    if receiver.key_version < known.key_version:
        raise Refused("KEY_VERSION", "密钥版本只能增加：退回旧密钥等于没有更换。")
    receiver.save(update_fields=["name", "form", "key_version", "active"])
    _note(by, at, "set_receiver", "改交换部门", receiver, {
        "form": receiver.form, "key_version": receiver.key_version, "active": receiver.active,
    })
    return receiver


@transaction.atomic
def set_exchange_rule(*, rule: ExchangeRule, by: Officer, at: datetime) -> ExchangeRule:
    """Set a rule of the bureau from a day on; one that is in force is ended and followed, not edited.

    Refuses a rule of another territory, and one that was in force before today for anything but its end.
    """
    authorise(by, "change_exchangerule" if rule.pk else "add_exchangerule", rule.region_code)
    if rule.pk and _changed(rule):
        raise Refused("RULE_IN_FORCE", "已登记的交换规定只能填写停用日期；改动请另登记一条。")
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise Refused("RULE_EXISTS", "该日已有一条交换规定，请核对施行日期。") from None
    _note(by, at, "set_exchange_rule", "改交换规定", rule, {"valid_from": rule.valid_from, "valid_to": rule.valid_to})
    return rule


def _changed(rule: ExchangeRule) -> bool:
    known = ExchangeRule.objects.get(pk=rule.pk)
    names = [field.attname for field in ExchangeRule._meta.concrete_fields if field.attname != "valid_to"]
    return any(getattr(known, name) != getattr(rule, name) for name in names)


def _note(by: Officer, at: datetime, action: str, label: str, row: Any, detail: dict[str, Any]) -> None:
    audit.record(
        action=f"relief.{action}", label=label, by=by, at=at, subject=f"{row._meta.model_name}:{row.pk}",
        region_code=row.region_code, detail={name: str(value) for name, value in detail.items()},
    )
