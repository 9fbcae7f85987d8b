"""What is known of births and terminations, and of the benefits asked for. Services are the only writers."""

from maternity.models.cases import MaternityCase, MaternityItem
from maternity.models.events import BirthEvent

__all__ = ["BirthEvent", "MaternityCase", "MaternityItem"]
