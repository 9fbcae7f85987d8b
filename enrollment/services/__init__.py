"""The face of enrollment: its verbs (the only writers) and the questions that the apps above ask."""
from enrollment.services.files import FileCount, accept_file, check_file_is_new, record_export
from enrollment.services.filings import CareTerms, decide_filing, end_filing, file_care_elsewhere, void_filing
from enrollment.services.identities import end_identity, grant_identity, void_identity
from enrollment.services.institutions import amend_institution, close_institution, register_institution
from enrollment.services.insuring import (
    close_insurance,
    end_tag,
    open_insurance,
    tag_person,
    void_insurance,
    void_tag,
)
from enrollment.services.persons import (
    SECRETS,
    account_warning,
    amend_person,
    record_death,
    register_person,
    reveal,
    set_bank_account,
)
from enrollment.services.questions import (
    Coverage,
    coverage_on,
    filing_on,
    filing_record_on,
    find_persons,
    identities_on,
    policy_person,
    with_history,
)
from enrollment.services.regions import load_code_lists, load_regions, place_of, region_name

__all__ = [
    "SECRETS",
    "CareTerms",
    "Coverage",
    "FileCount",
    "accept_file",
    "account_warning",
    "amend_institution",
    "amend_person",
    "check_file_is_new",
    "close_institution",
    "close_insurance",
    "coverage_on",
    "decide_filing",
    "end_filing",
    "end_identity",
    "end_tag",
    "file_care_elsewhere",
    "filing_on",
    "filing_record_on",
    "find_persons",
    "grant_identity",
    "identities_on",
    "load_code_lists",
    "load_regions",
    "open_insurance",
    "place_of",
    "policy_person",
    "record_death",
    "record_export",
    "region_name",
    "register_institution",
    "register_person",
    "reveal",
    "set_bank_account",
    "tag_person",
    "void_filing",
    "void_identity",
    "void_insurance",
    "void_tag",
    "with_history",
]
