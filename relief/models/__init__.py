"""What relief stores: applications, publication, looking back, recomputes of a year."""

from relief.models.applications import PublicationObjection, PublicationRule, ReliefApplication
from relief.models.recompute import Recompute, RecomputeChunk, RecomputeDifference
from relief.models.reconsideration import Reconsideration

__all__ = [
    "PublicationObjection",
    "PublicationRule",
    "Recompute",
    "RecomputeChunk",
    "RecomputeDifference",
    "Reconsideration",
    "ReliefApplication",
]
