"""What relief stores: applications to the recognising authorities, and when they must be made public first."""

from relief.models.applications import PublicationObjection, PublicationRule, ReliefApplication
from relief.models.recompute import Recompute, RecomputeChunk, RecomputeDifference

__all__ = [
    "PublicationObjection",
    "PublicationRule",
    "Recompute",
    "RecomputeChunk",
    "RecomputeDifference",
    "ReliefApplication",
]
