"""What is known of certifying institutions, certifications and entitlements. Services are the only writers."""

from chronic.models.certification import Certification, CertificationItem
from chronic.models.entitlements import Entitlement, EntitlementPeriod
from chronic.models.registers import Doctor, Qualification
from chronic.models.reviews import ReviewDue, ReviewNotice

__all__ = [
    "Certification", "CertificationItem", "Doctor", "Entitlement", "EntitlementPeriod", "Qualification", "ReviewDue",
    "ReviewNotice",
]
