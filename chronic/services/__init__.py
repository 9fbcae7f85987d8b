"""The verbs of chronic and special diseases: the only writers of this app's tables, and its face.

    apply / amend / receive_documents          提交、更正申请，收材料        (applying)
    apply_review                               申请复审（之后与认定同一流程） (applying)
    sign / seal / enter                        医师结论、盖章、录入平台      (concluding)
    file_diagnosis / complete                  医院接口报送、补报事实        (filing)
    confirm / refuse / send_back / withdraw    确认、不予确认、退回、撤回    (deciding)
    qualify / withdraw_qualification / register_doctor / load_qualifications   认定机构和医师 (registers)
    grant / cut                                给予、终止待遇                (granting)
    run_reviews                                复审通知、暂停（每日作业）    (reviewing)
    object_to / arrange / conclude_objection / decide_objection / withdraw_objection    异议复核 (objecting)
    open_check / record_pass / record_fault / dismiss / cancel    抽查、取消待遇  (checking)
    end_voluntarily / report_stop / confirm_stop / reject_stop    终止待遇        (ending)
    claim_recognition / recognise / refuse_recognition / withdraw_recognition   互认、原待遇保留 (recognising)
    choose_settlement / lock_choices           单病种结算选择，发生费用后锁定 (choosing; lock_choices is for claims)
    take_two_disease_list                      两病名单（卫健部门）           (two_diseases)
    file_drug / confirm_drug / refuse_drug / withdraw_drug / end_drug     特药认定 (drugs)
    follow_register / carry_over / end_with_death / end_with_insurance    随参保关系变更 (following)

Questions, which write nothing: `catalogue_of`, `unit_of`, `evaluate`, `criteria_form`, `published`,
`missing_documents`; of reviews: `reviews_due`, `suspended`, `state_on`; of a person (answers): `policy_facts`,
`certificates`, `choices`, `entitlements_on`; of drugs: `drug_certificate_on`, `drug_days`, `drug_refusals`; for
managers (figures): `by_disease_and_county`, `by_institution`; of a file: `read_two_disease_list`.
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
from chronic.services.checking import cancel, dismiss, open_check, record_fault, record_pass
from chronic.services.choosing import choose_settlement, lock_choices
from chronic.services.concluding import enter, seal, sign
from chronic.services.deciding import confirm, refuse, send_back, withdraw
from chronic.services.drugs import (
    Drug,
    confirm_drug,
    drug_certificate_on,
    drug_days,
    drug_refusals,
    end_drug,
    file_drug,
    refuse_drug,
    withdraw_drug,
)
from chronic.services.ending import confirm_stop, end_voluntarily, reject_stop, report_stop
from chronic.services.figures import Figure, InstitutionFigure, by_disease_and_county, by_institution
from chronic.services.filing import Filed, by_number, complete, file_diagnosis
from chronic.services.following import (
    carry_over,
    end_with_death,
    end_with_insurance,
    follow_register,
    merge_veto,
)
from chronic.services.granting import Grant, cut, grant
from chronic.services.judging import Criterion, Verdict, catalogue_of, criteria_form, evaluate, unit_of
from chronic.services.objecting import (
    Reexamined,
    arrange,
    conclude_objection,
    decide_objection,
    object_to,
    withdraw_objection,
)
from chronic.services.recognising import (
    Former,
    claim_recognition,
    recognise,
    refuse_recognition,
    withdraw_recognition,
)
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
from chronic.services.two_diseases import Listed, Taken, read_two_disease_list, take_two_disease_list

__all__ = [
    "Applicant", "Claimed", "Criterion", "Drug", "Figure", "Filed", "Former", "Grant", "InstitutionFigure", "Listed",
    "Reexamined", "Taken", "Verdict", "amend", "apply", "apply_review", "arrange", "by_disease_and_county",
    "by_institution", "by_number", "cancel", "carry_over", "catalogue_of", "certificates", "choices",
    "choose_settlement", "claim_recognition", "complete", "conclude_objection", "confirm", "confirm_drug",
    "confirm_stop", "criteria_form", "cut", "decide_objection", "dismiss", "doctor_of", "drug_certificate_on",
    "drug_days", "drug_refusals", "end_drug", "end_voluntarily", "end_with_death", "end_with_insurance", "enter",
    "entitlements_on", "evaluate", "file_diagnosis", "file_drug", "follow_register", "grant", "load_qualifications",
    "lock_choices", "merge_veto", "missing_documents", "object_to", "open_check", "policy_facts", "published",
    "qualified", "qualify", "read_two_disease_list", "receive_documents", "recognise", "record_fault", "record_pass",
    "refuse", "refuse_drug", "refuse_recognition", "register_doctor", "reject_stop", "report_stop", "reviews_due",
    "run_reviews", "seal", "send_back", "sign", "state_on", "suspended", "take_two_disease_list", "unit_of",
    "withdraw", "withdraw_drug", "withdraw_objection", "withdraw_qualification", "withdraw_recognition",
]
