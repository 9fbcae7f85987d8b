"""What the checks of a claim know, and where they say what they found."""

from dataclasses import dataclass, field
from datetime import date, datetime

from casework.models import Officer
from claims.models import Claim, Finding, Visit
from enrollment.models import Person


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the checks know: the person, the bills, who asks and when."""

    person: Person
    visits: list[Visit]
    by: Officer
    at: datetime
    applied_on: date
    late_reason: str = ""
    claim: Claim | None = None
    found: list[Finding] = field(default_factory=list)

    def say(self, code: str, severity: str, message: str, rule: str, visit: Visit | None = None) -> None:
        """Add a finding; the same one about the same bill is said once."""
        subject = visit.subject if visit else ""
        if not any((row.code, row.subject) == (code, subject) for row in self.found):
            self.found.append(Finding(code=code, severity=severity, message=message, rule=rule, subject=subject))
