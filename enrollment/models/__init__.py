"""What is known of places, institutions and persons, and from when to when. Services are the only writers."""
from enrollment.models.accounts import AccountBalance, AccountEntry, FamilyBinding
from enrollment.models.bulk import BulkBatch, BulkExport, RowFault, StagedRow
from enrollment.models.contributions import Contribution
from enrollment.models.employers import Employer, Employment, Schooling
from enrollment.models.files import ImportBatch
from enrollment.models.filings import CareFiling, FilingInstitution
from enrollment.models.households import Household, HouseholdMember
from enrollment.models.identities import HardshipIdentity
from enrollment.models.institutions import HospitalLevel, Institution
from enrollment.models.matters import EnrollmentCase, ItemMaterial, ServiceItem, TransferRecord
from enrollment.models.merges import PersonMerge
from enrollment.models.persons import Person
from enrollment.models.regions import Region
from enrollment.models.relations import InsurancePeriod, PersonTag, PersonType
from enrollment.models.windows import BenefitWindow, WaitingExemption, YearRecord

__all__ = [
    "AccountBalance",
    "AccountEntry",
    "BenefitWindow",
    "BulkBatch",
    "BulkExport",
    "CareFiling",
    "Contribution",
    "Employer",
    "Employment",
    "EnrollmentCase",
    "FamilyBinding",
    "FilingInstitution",
    "HardshipIdentity",
    "HospitalLevel",
    "Household",
    "HouseholdMember",
    "ImportBatch",
    "Institution",
    "InsurancePeriod",
    "ItemMaterial",
    "Person",
    "PersonMerge",
    "PersonTag",
    "PersonType",
    "Region",
    "RowFault",
    "Schooling",
    "ServiceItem",
    "StagedRow",
    "TransferRecord",
    "WaitingExemption",
    "YearRecord",
]
