"""The verbs of chronic and special diseases: the only writers of this app's tables, and its face.

    apply / amend / receive_documents          提交、更正申请，收材料        (applying)
    apply_review                               申请复审（之后与认定同一流程） (applying)
    sign / seal / enter                        医师结论、盖章、录入平台      (concluding)
    file_diagnosis / complete                  医院接口报送、补报事实        (filing)
    confirm / refuse / send_back / withdraw    确认、不予确认、退回、撤回    (deciding)
    qualify / withdraw_qualification / register_doctor / load_qualifications   认定机构和医师 (registers)
    grant / cut                                给予、终止待遇                (granting)
    run_reviews                                复审通知、暂停（每日作业）    (reviewing)

Questions, which write nothing: `catalogue_of`, `unit_of`, `evaluate`, `criteria_form`, `published`,
`missing_documents`; of reviews: `reviews_due`, `suspended`, `state_on`; of a person (answers): `policy_facts`,
`certificates`, `choices`, `entitlements_on`.
"""

from chronic.services.answers import certificates, choices, entitlements_on, policy_facts
from chronic.services.applying import (
    Applicant,
    Claimed,
    amend,
    apply,
    apply_review,
    missing_documents,
    receive_documents,
)
from chronic.services.concluding import enter, seal, sign
from chronic.services.deciding import confirm, refuse, send_back, withdraw
from chronic.services.filing import Filed, by_number, complete, file_diagnosis
from chronic.services.granting import Grant, cut, grant
from chronic.services.judging import Criterion, Verdict, catalogue_of, criteria_form, evaluate, unit_of
from chronic.services.registers import (
    doctor_of,
    load_qualifications,
    published,
    qualified,
    qualify,
    register_doctor,
    withdraw_qualification,
)
from chronic.services.reviewing import reviews_due, run_reviews, state_on, suspended

__all__ = [
    "Applicant", "Claimed", "Criterion", "Filed", "Grant", "Verdict", "amend", "apply", "apply_review", "by_number",
    "catalogue_of", "certificates", "choices", "complete", "confirm", "criteria_form", "cut", "doctor_of", "enter",
    "entitlements_on", "evaluate", "file_diagnosis", "grant", "load_qualifications", "missing_documents",
    "policy_facts", "published", "qualified", "qualify", "receive_documents", "refuse", "register_doctor",
    "reviews_due", "run_reviews", "seal", "send_back", "sign", "state_on", "suspended", "unit_of", "withdraw",
    "withdraw_qualification",
]
