"""What is known of places, institutions and persons, and from when to when. Services are the only writers."""
from enrollment.models.files import ImportBatch
from enrollment.models.filings import CareFiling
from enrollment.models.identities import HardshipIdentity
from enrollment.models.institutions import HospitalLevel, Institution
from enrollment.models.persons import Person
from enrollment.models.regions import Region
from enrollment.models.relations import InsurancePeriod, PersonTag, PersonType

__all__ = [
    "CareFiling",
    "HardshipIdentity",
    "HospitalLevel",
    "ImportBatch",
    "Institution",
    "InsurancePeriod",
    "Person",
    "PersonTag",
    "PersonType",
    "Region",
]
