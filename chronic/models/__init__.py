"""What is known of certifying institutions, certifications and entitlements. Services are the only writers."""

from chronic.models.certification import Certification, CertificationItem
from chronic.models.choices import SettlementChoice
from chronic.models.drugs import DrugCertification
from chronic.models.entitlements import Entitlement, EntitlementPeriod
from chronic.models.interface import (
    Acquaintance,
    ApiClient,
    ApiFile,
    ApiKey,
    ApiSubmission,
    Nonce,
    SignIn,
    WebhookDelivery,
    WebhookEndpoint,
)
from chronic.models.lists import TwoDiseaseList
from chronic.models.matters import Ending, Objection, Recognition, SpotCheck
from chronic.models.registers import Doctor, Qualification
from chronic.models.reviews import ReviewDue, ReviewNotice

__all__ = [
    "Acquaintance", "ApiClient", "ApiFile", "ApiKey", "ApiSubmission", "Certification", "CertificationItem", "Doctor",
    "DrugCertification", "Ending", "Entitlement", "EntitlementPeriod", "Nonce", "Objection", "Qualification",
    "Recognition", "ReviewDue", "ReviewNotice", "SettlementChoice", "SignIn", "SpotCheck", "TwoDiseaseList",
    "WebhookDelivery", "WebhookEndpoint",
]
