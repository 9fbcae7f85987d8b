"""The verbs of medical relief; the only writers of its tables."""

from claims.services import BillDifference
from relief.services.applications import (
    apply,
    ask_supplement,
    receive_supplement,
    recognise,
    refuse,
    send,
    withdraw,
)
from relief.services.lookback import by_identity, by_register, differences, looking_back
from relief.services.publication import answer_objection, publish, record_objection
from relief.services.reconsiderations import (
    apply_reconsideration,
    bills_now,
    dismiss_reconsideration,
    open_corrections,
    open_lookbacks,
    propose,
    send_back_reconsideration,
)
from relief.services.years import close_year

__all__ = [
    "BillDifference",
    "answer_objection",
    "apply",
    "apply_reconsideration",
    "ask_supplement",
    "bills_now",
    "by_identity",
    "by_register",
    "close_year",
    "differences",
    "dismiss_reconsideration",
    "looking_back",
    "open_corrections",
    "open_lookbacks",
    "propose",
    "publish",
    "receive_supplement",
    "recognise",
    "record_objection",
    "refuse",
    "send",
    "send_back_reconsideration",
    "withdraw",
]
