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
from relief.services.lookback import by_identity, differences, looking_back
from relief.services.lookback_cases import (
    apply_lookback,
    dismiss_lookback,
    open_lookbacks,
    propose,
    send_back_lookback,
)
from relief.services.publication import answer_objection, publish, record_objection

__all__ = [
    "BillDifference",
    "answer_objection",
    "apply",
    "apply_lookback",
    "ask_supplement",
    "by_identity",
    "differences",
    "dismiss_lookback",
    "looking_back",
    "open_lookbacks",
    "propose",
    "publish",
    "receive_supplement",
    "recognise",
    "record_objection",
    "refuse",
    "send",
    "send_back_lookback",
    "withdraw",
]
