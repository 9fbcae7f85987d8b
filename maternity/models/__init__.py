"""What is known of births and terminations, and of the benefits asked for. Services are the only writers."""

from maternity.models.cases import MaternityCase, MaternityItem
from maternity.models.events import BirthEvent
from maternity.models.reference import Benefit, ClaimPeriod, MaternityGround, MaternityMaterial

__all__ = [
    "Benefit", "BirthEvent", "ClaimPeriod", "MaternityCase", "MaternityGround", "MaternityItem", "MaternityMaterial",
]
