"""What relief stores: applications, publication, looking back, recomputes of a year."""

from relief.models.applications import PublicationObjection, PublicationRule, ReliefApplication
from relief.models.lookback import LookBack
from relief.models.recompute import Recompute, RecomputeChunk, RecomputeDifference

__all__ = [
    "LookBack",
    "PublicationObjection",
    "PublicationRule",
    "Recompute",
    "RecomputeChunk",
    "RecomputeDifference",
    "ReliefApplication",
]
