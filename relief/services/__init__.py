"""The verbs of medical relief; the only writers of its tables."""

from relief.services.applications import (
    apply,
    ask_supplement,
    receive_supplement,
    recognise,
    refuse,
    send,
    withdraw,
)
from relief.services.lookback import BillDifference, differences, looking_back
from relief.services.publication import answer_objection, publish, record_objection

__all__ = [
    "BillDifference",
    "answer_objection",
    "apply",
    "ask_supplement",
    "differences",
    "looking_back",
    "publish",
    "receive_supplement",
    "recognise",
    "record_objection",
    "refuse",
    "send",
    "withdraw",
]
