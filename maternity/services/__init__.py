"""The verbs of maternity benefits: the only writers of this app's tables, and its face.

    record_event                                   登记分娩或终止妊娠   (events)
    register / ask_supplement / receive_supplement 登记、补正           (registering)
    enter / approve_late / compute                 录入、批准逾期、核算 (computing)
    review / approve / send_back / refuse / withdraw / close           (deciding)

Questions, which write nothing: `months_of`, `missing_materials`, `assess`, and `event_facts` (the engine's
`maternity` object of a bill).
"""

from maternity.services.assessing import Answer, assess
from maternity.services.computing import approve_late, compute, enter
from maternity.services.deciding import approve, close, refuse, review, send_back, withdraw
from maternity.services.events import Happened, record_event
from maternity.services.facts import event_facts
from maternity.services.months import Months, months_of
from maternity.services.registering import (
    Payee,
    ask_supplement,
    missing_materials,
    receive_supplement,
    register,
)

__all__ = [
    "Answer",
    "Happened",
    "Months",
    "Payee",
    "approve",
    "approve_late",
    "ask_supplement",
    "assess",
    "close",
    "compute",
    "enter",
    "event_facts",
    "missing_materials",
    "months_of",
    "receive_supplement",
    "record_event",
    "refuse",
    "register",
    "review",
    "send_back",
    "withdraw",
]
