"""The verbs of manual reimbursement: the only writers of this app's tables, and its face.

Every verb takes `by` (the officer) and `at` (an aware moment) from its door, refuses with `casework.errors.Refused`
(code, Chinese message) having written nothing, and most take `expected_version` (the case's version when the
officer opened it).

    register(person_id, reason, stays, by, at, **Terms) -> Claim           登记
    precheck / accept(claim_id, by, at, note) -> Claim                     乡镇资料初审、县级受理
    receive_material(claim_id, kind, by, at, file=None)                    收取材料
    give_back_material(material_id, reason, by, at)                        退还材料
    ask_supplement(claim_id, by, at, note) -> Notice                       告知补正（一次性告知书）
    receive_supplement(claim_id, by, at, note) -> Claim                    收到补正
    enter_details(claim_id, stays, by, at, note) -> Claim                  明细录入
    approve_finding(finding_id, reason, by, at) -> Finding                 主管审批疑点
    settle(claim_id, by, at, note) -> Settlement                           结算
    review / approve(claim_id, by, at, note) -> Claim                      初审、复核
    publish(claim_id, by, at) -> Claim                                     公示（仅在当地规定须公示时）
    send_back(claim_id, to, reason, by, at) -> Claim                       回退（to: a status of workflow.RETURNS）
    withdraw(claim_id, reason, by, at) -> Claim                            撤销
    refuse(claim_id, ground, reason, by, at) -> Claim                      不予支付（ground: RefusalGround.code）
    reverse(claim_id, reason, by, at) -> Claim                             冲销
    batch_payments(payment_ids, by, at) -> PaymentBatch                    编制拨付批次
    confirm_batch / cancel_batch(batch_id, …)                              确认、作废批次
    export_batch(batch_id, by, at, form="csv"|"xlsx") -> BankFile          导出银行文件
    record_bank_return(batch_id, content, file_name, by, at) -> BankReturn 登记银行回盘
    correct_account(payment_id, payee_name, payee_bank, payee_account, by, at)  更正账户
    pay_again(payment_id, by, at) -> Payment                               确认账户重新拨付
    review_adjustment / approve_adjustment / drop_adjustment / receive_recovery(adjustment_id, …)
    reconsider(person_id, year, revise, reason, rule, by, at) -> [Adjustment]   年度重新结算
    propose_after_cut(person_id, unit, from_day, reason, by, at) -> [Adjustment]   终止慢特病待遇后的追回
    propose_after_drug_end(person_id, drug, from_day, reason, by, at) -> [Adjustment]   终止特药认定后的追回
    propose_from_institution(spot_check_id, from_day, at) -> Adjustment | None   抽查取消待遇后向认定机构追回
    reckon_again(adjustment_id, by, at) -> Adjustment                      向机构追回的重新核算

Questions, which write nothing: `checklist(claim)`, `statement(claim)`, `supplement_notice(claim, at)`,
`preview(person_id, year, revise)` of a year settled again, `trial(person_id, stays, by, at)`,
`trial_of_claim(claim_id, by)`, `entitlements(person, on)`, `replay(settlement)`.
`Stay` and `Line` are what an officer enters; their values may be the raw texts of a form.
"""

from claims.services.adjustments import (
    approve_adjustment,
    drop_adjustment,
    receive_recovery,
    review_adjustment,
)
from claims.services.bank import BankFile, export_batch, record_bank_return
from claims.services.births import mark_voided_birth
from claims.services.cuts import propose_after_cut, who_cut
from claims.services.details import approve_finding, enter_details
from claims.services.drug_cuts import propose_after_drug_end
from claims.services.entitlements import Entitlements, Room, entitlements
from claims.services.entries import Line, Stay
from claims.services.losses import losses, propose_from_institution, reckon_again
from claims.services.materials import (
    Material,
    ask_supplement,
    checklist,
    give_back_material,
    materials_for,
    receive_material,
    receive_supplement,
    supplement_notice,
)
from claims.services.payments import batch_payments, cancel_batch, confirm_batch, correct_account, pay_again
from claims.services.publishing import publish
from claims.services.reconsidering import BillDifference, preview, reconsider
from claims.services.reference import load_reference
from claims.services.registration import Terms, accept, precheck, register
from claims.services.reversal import (
    Proof,
    broken_invariants,
    count_settlements,
    replay,
    replay_all,
    reverse,
)
from claims.services.review import approve, paid_out, refuse, review, send_back, withdraw
from claims.services.settling import settle
from claims.services.statement import PAYER_NAMES, in_words, statement
from claims.services.trial import trial, trial_of_claim

__all__ = [
    "PAYER_NAMES",
    "BankFile",
    "BillDifference",
    "Entitlements",
    "Line",
    "Material",
    "Proof",
    "Room",
    "Stay",
    "Terms",
    "accept",
    "approve",
    "approve_adjustment",
    "approve_finding",
    "ask_supplement",
    "batch_payments",
    "broken_invariants",
    "cancel_batch",
    "checklist",
    "confirm_batch",
    "correct_account",
    "count_settlements",
    "drop_adjustment",
    "enter_details",
    "entitlements",
    "export_batch",
    "give_back_material",
    "in_words",
    "load_reference",
    "losses",
    "mark_voided_birth",
    "materials_for",
    "paid_out",
    "pay_again",
    "precheck",
    "preview",
    "propose_after_cut",
    "propose_after_drug_end",
    "propose_from_institution",
    "publish",
    "receive_material",
    "receive_recovery",
    "receive_supplement",
    "reckon_again",
    "reconsider",
    "record_bank_return",
    "refuse",
    "register",
    "replay",
    "replay_all",
    "reverse",
    "review",
    "review_adjustment",
    "send_back",
    "settle",
    "statement",
    "supplement_notice",
    "trial",
    "trial_of_claim",
    "who_cut",
    "withdraw",
]
