"""The monthly exchange with civil affairs, agriculture and health (BZ-REL-9.1, BZ-REL-9.2); the only writer of it."""

from relief.services.exchange.answering import give_up_waiting, settle_exception, take_answers
from relief.services.exchange.applying import apply_list
from relief.services.exchange.approving import approve_push, stem_of
from relief.services.exchange.building import ask_push, build_push, withdraw_push
from relief.services.exchange.collecting import ask_collect, collect
from relief.services.exchange.comparing import Difference, differences_of
from relief.services.exchange.downloading import download_push_file, list_fault_workbook
from relief.services.exchange.keeping import set_exchange_rule, set_receiver
from relief.services.exchange.matching import candidates, dismiss_row, match_row
from relief.services.exchange.proving import broken_exchange
from relief.services.exchange.reading import read_list
from relief.services.exchange.releasing import reject_list, release_list
from relief.services.exchange.sending import send_delivery
from relief.services.exchange.taking import Covering, Taken, take_list
from relief.services.exchange.terms import month_before, receivers
from relief.services.exchange.watching import Alarm, alarms, exchange_months, near_threshold

__all__ = [
    "Alarm",
    "Covering",
    "Difference",
    "Taken",
    "alarms",
    "apply_list",
    "approve_push",
    "ask_collect",
    "ask_push",
    "broken_exchange",
    "build_push",
    "candidates",
    "collect",
    "differences_of",
    "dismiss_row",
    "download_push_file",
    "exchange_months",
    "give_up_waiting",
    "list_fault_workbook",
    "match_row",
    "month_before",
    "near_threshold",
    "read_list",
    "receivers",
    "reject_list",
    "release_list",
    "send_delivery",
    "set_exchange_rule",
    "set_receiver",
    "settle_exception",
    "stem_of",
    "take_answers",
    "take_list",
    "withdraw_push",
]
