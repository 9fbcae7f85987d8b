"""The kinds of matter: the facts each asks for, what is checked beforehand, and the register's service it calls."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from casework.models import Officer
from enrollment.models import Employer
from enrollment.services import employers, groups, joining, leaving, merging, refunds, registering, retiring, transfers
from enrollment.services.entering import Act
from enrollment.services.facts import Facts, Fault, Field, Fields, choice, day, flag, text
from enrollment.services.registering import Outcome, Subject

About = Literal["", "person", "employer", "household"]
Effect = Callable[[Facts, Subject, Act], Outcome]
Check = Callable[[Facts, Subject, Officer, datetime], list[Fault]]


def no_faults(facts: Facts, subject: Subject, by: Officer, at: datetime) -> list[Fault]:
    return []


@dataclass(frozen=True)
class MatterKind:
    """One kind: what it is about, the facts asked for, the checks beforehand, and what is done in the register."""

    about: About
    fields: Fields
    effect: Effect
    check: Check = no_faults

    def labels(self) -> Mapping[str, str]:
        """The facts in the officer's words."""
        return {name: field.label for name, field in self.fields.items()}


UNIT: dict[str, Field] = {
    "name": text("单位名称", 100),
    "kind": choice("单位类型", Employer.Kind.choices),
    "school": flag("学校"),
    "treasury_paid": flag("财政预算公务员医疗补助"),
    "legal_representative": text("法定代表人", 50, required=False),
    "contact": text("经办人", 50, required=False),
    "phone": text("联系电话", 20, required=False),
    "address": text("地址", 200, required=False),
}
NEW_UNIT = {
    "credit_code": text("统一社会信用代码", 18),
    "region_code": text("参保地", 12),
    "insured_from": day("参保日期"),
    **UNIT,
}
CHANGED_UNIT = {name: Field(field.label, field.read, required=False) for name, field in UNIT.items()}
REASON = {"reason": text("原因", 100)}


def _register_unit(facts: Facts, subject: Subject, act: Act) -> Outcome:
    employer = employers.register_employer(by=act.by, at=act.at, **facts)
    return Outcome(employer=employer, data={"credit_code": employer.credit_code})


def _amend_unit(facts: Facts, subject: Subject, act: Act) -> Outcome:
    employer = employers.amend_employer(employer_id=_unit(subject), by=act.by, at=act.at, **facts)
    return Outcome(employer=employer, data={"changed": sorted(facts)})


def _suspend_unit(facts: Facts, subject: Subject, act: Act) -> Outcome:
    return Outcome(employer=employers.suspend_employer(employer_id=_unit(subject), by=act.by, at=act.at, **facts))


def _resume_unit(facts: Facts, subject: Subject, act: Act) -> Outcome:
    return Outcome(employer=employers.resume_employer(employer_id=_unit(subject), by=act.by, at=act.at))


def _end_unit(facts: Facts, subject: Subject, act: Act) -> Outcome:
    return Outcome(employer=employers.end_employer(employer_id=_unit(subject), by=act.by, at=act.at, **facts))


def _unit(subject: Subject) -> int:
    assert subject.employer is not None
    return subject.employer.pk


KINDS: dict[str, MatterKind] = {
    "employer_new": MatterKind("", NEW_UNIT, _register_unit),
    "employer_change": MatterKind("employer", CHANGED_UNIT, _amend_unit),
    "employer_suspend": MatterKind("employer", REASON, _suspend_unit),
    "employer_resume": MatterKind("employer", {}, _resume_unit),
    "employer_end": MatterKind("employer", {"ended_on": day("注销日期"), **REASON}, _end_unit),
    "employee_new": MatterKind(
        "employer", joining.EMPLOYEE, joining.register_employee, joining.joining_faults,
    ),
    "employee_change": MatterKind("person", leaving.AMEND, leaving.amend, leaving.amend_faults),
    "employee_leave": MatterKind("person", leaving.LEAVE_EMPLOYER, leaving.leave_employer),
    "flexible_new": MatterKind("", joining.FLEXIBLE, joining.register_flexible, joining.joining_faults),
    "household_new": MatterKind(
        "", registering.HOUSEHOLD, registering.register_household, registering.household_faults,
    ),
    "resident_new": MatterKind("", registering.RESIDENT, registering.register_resident, registering.resident_faults),
    "resident_change": MatterKind("person", leaving.AMEND, leaving.amend, leaving.amend_faults),
    "newborn": MatterKind("", registering.NEWBORN, registering.register_newborn, registering.newborn_faults),
    "students": MatterKind("employer", joining.STUDENTS, joining.register_students, joining.student_faults),
    "ex_soldier": MatterKind("", groups.SOLDIER, groups.register_soldier, groups.returned_faults),
    "released": MatterKind("", groups.RETURNED, groups.register_released, groups.returned_faults),
    "hmt_resident": MatterKind("", groups.OUTSIDER, groups.register_outsider, groups.outsider_faults),
    "foreigner": MatterKind("", groups.OUTSIDER, groups.register_outsider, groups.foreigner_faults),
    "suspend": MatterKind("person", leaving.SUSPEND, leaving.suspend),
    "terminate": MatterKind("person", leaving.TERMINATE, leaving.terminate),
    "death": MatterKind("person", leaving.DEATH, leaving.die),
    "scheme_change": MatterKind("person", leaving.CHANGE_SCHEME, leaving.change_scheme),
    "area_change": MatterKind("person", leaving.MOVE, leaving.move),
    "certificate": MatterKind("person", transfers.CERTIFICATE, transfers.issue_certificate),
    "transfer_out": MatterKind("person", transfers.OUT, transfers.transfer_out, transfers.out_faults),
    "transfer_in": MatterKind("person", transfers.IN, transfers.transfer_in, transfers.in_faults),
    "premium_refund": MatterKind("person", refunds.REFUND, refunds.refund, refunds.refund_faults),
    "account_payout": MatterKind("person", refunds.PAY_OUT, refunds.pay_account_out, refunds.pay_out_faults),
    "retirement": MatterKind("person", retiring.RETIRE, retiring.retire, retiring.retire_faults),
    "merge": MatterKind("person", merging.MERGE, merging.merge, merging.merge_faults),
    "merge_undo": MatterKind("person", merging.UNDO, merging.undo, merging.undo_faults),
}

