"""The verbs of maternity benefits: the only writers of this app's tables, and its face.

    record_event / name_spouse / void_event                    登记、补登配偶、作废生育事件  (events)
    register                                                   登记申请（一件事）            (registering)
    receive_material / ask_supplement / receive_supplement     收取材料、告知补正、收到补正  (materials)
    enter / enter_days / approve_late / compute                录入、津贴天数、逾期、核算    (computing)
    review / approve / send_back / refuse / withdraw / reverse 初审、复核、回退、不予支付、撤销、冲销  (deciding)
    batch / unbatch / close / fail / correct_account / pay_again   拨付各步，由 claims 调用  (paying)

Questions, which write nothing: `months_of`, `checklist`, `needed`, `assess`, `outlook` (all benefits of an event and
their windows), `trial`, `statement`, and `event_facts` (the engine's `maternity` object of a bill).
"""

from maternity.services.assessing import Answer, assess
from maternity.services.computing import approve_late, compute, enter, enter_days
from maternity.services.deciding import approve, refuse, reverse, review, send_back, withdraw
from maternity.services.events import Happened, name_spouse, record_event, void_event
from maternity.services.facts import event_facts
from maternity.services.materials import (
    ask_supplement,
    checklist,
    needed,
    receive_material,
    receive_supplement,
    supplement_notice,
)
from maternity.services.months import Months, months_of
from maternity.services.outlook import Outlook, Prospect, outlook
from maternity.services.paying import batch, close, correct_account, fail, hold_cases, pay_again, unbatch
from maternity.services.reference import load_reference
from maternity.services.registering import Payee, register
from maternity.services.statement import benefit, event_words, statement
from maternity.services.trial import Tried, trial
from maternity.services.windows import Window

__all__ = [
    "Answer",
    "Happened",
    "Months",
    "Outlook",
    "Payee",
    "Prospect",
    "Tried",
    "Window",
    "approve",
    "approve_late",
    "ask_supplement",
    "assess",
    "batch",
    "benefit",
    "checklist",
    "close",
    "compute",
    "correct_account",
    "enter",
    "enter_days",
    "event_facts",
    "event_words",
    "fail",
    "hold_cases",
    "load_reference",
    "months_of",
    "name_spouse",
    "needed",
    "outlook",
    "pay_again",
    "receive_material",
    "receive_supplement",
    "record_event",
    "refuse",
    "register",
    "reverse",
    "review",
    "send_back",
    "statement",
    "supplement_notice",
    "trial",
    "unbatch",
    "void_event",
    "withdraw",
]
