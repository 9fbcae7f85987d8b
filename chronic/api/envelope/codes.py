"""The platform's codes for what the register knows by its own words."""

from enrollment.models import HardshipIdentity, Person
from enrollment.models.relations import Scheme

INSUTYPES = {Scheme.EMPLOYEE: "310", Scheme.RESIDENT: "390"}
GENDERS = {Person.Sex.MALE: "1", Person.Sex.FEMALE: "2"}
CERTIFICATES = [kind.value for kind in Person.IdType]
CREDENTIALS = ["01", "02", "03", "04", "05"]
IDENTITY_CARD = "02"
LOCAL_IDENTITY = "2360"
IDENTITIES = {
    HardshipIdentity.Category.MINIMUM_ALLOWANCE: "2303",
    HardshipIdentity.Category.EXTREMELY_POOR: "2304",
    HardshipIdentity.Category.IMPOVERISHED_BY_ILLNESS: "2306",
}
"""Those that the platform has no code for carry the local one, and their name as memo."""
