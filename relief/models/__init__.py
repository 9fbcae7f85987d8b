"""What relief stores: applications, publication, looking back, recomputes of a year, the monthly exchange."""

from relief.models.applications import PublicationObjection, PublicationRule, ReliefApplication
from relief.models.deliveries import Acknowledgement, DeliveryAttempt, PushDelivery, PushReply
from relief.models.exchange import ExchangeRule, Push, PushFile, PushRow, Receiver
from relief.models.recompute import Recompute, RecomputeChunk, RecomputeDifference
from relief.models.reconsideration import Reconsideration
from relief.models.returns import ReturnFault, ReturnList, ReturnRow

__all__ = [
    "Acknowledgement",
    "DeliveryAttempt",
    "ExchangeRule",
    "PublicationObjection",
    "PublicationRule",
    "Push",
    "PushDelivery",
    "PushFile",
    "PushReply",
    "PushRow",
    "Receiver",
    "Recompute",
    "RecomputeChunk",
    "RecomputeDifference",
    "Reconsideration",
    "ReliefApplication",
    "ReturnFault",
    "ReturnList",
    "ReturnRow",
]
