"""What a manual reimbursement stores: the claim, its stays and costs, settlements, the year's ledger, payments."""

from claims.models.adjustment import Adjustment, RecoveredBill
from claims.models.bills import SettledBill, SettledFacts
from claims.models.claim import Claim
from claims.models.ledger import Accumulator, LedgerEntry, PersonYear
from claims.models.papers import Finding, MaterialReceived
from claims.models.payment import AccountCorrection, BankReturn, Payment, PaymentBatch
from claims.models.reference import (
    ClaimBenefit,
    ClaimDeadline,
    ClaimPublication,
    ClaimReason,
    MaterialRequirement,
    RefusalGround,
)
from claims.models.settlement import PAYERS, Reversal, Settlement, SettlementItem
from claims.models.stay import PAID_ELSEWHERE, BillLine, Visit
from claims.models.years import YearClosing

__all__ = [
    "PAID_ELSEWHERE",
    "PAYERS",
    "AccountCorrection",
    "Accumulator",
    "Adjustment",
    "BankReturn",
    "BillLine",
    "Claim",
    "ClaimBenefit",
    "ClaimDeadline",
    "ClaimPublication",
    "ClaimReason",
    "Finding",
    "LedgerEntry",
    "MaterialReceived",
    "MaterialRequirement",
    "Payment",
    "PaymentBatch",
    "PersonYear",
    "RecoveredBill",
    "RefusalGround",
    "Reversal",
    "SettledBill",
    "SettledFacts",
    "Settlement",
    "SettlementItem",
    "Visit",
    "YearClosing",
]
