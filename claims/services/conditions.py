"""What each benefit asks of a bill: a certificate on the day, one disease to a claim, a designated institution, a
birth within the stay, a filing elsewhere. The rules are asked with a nominal cost before any is known."""

from typing import Any

from casework.errors import Refused
from chronic import services as chronic
from chronic.models import DrugCertification
from claims.models import Finding, Visit
from claims.services import facts, rules
from claims.services.benefits import disease_name
from claims.services.found import Checked
from enrollment import services as enrollment
from enrollment.services.spans import merged_numbers
from policy import Pack

Json = dict[str, Any]

REFUSE, SUPERVISOR, WARN = Finding.Severity.REFUSE, Finding.Severity.SUPERVISOR, Finding.Severity.WARN

NOMINAL = "100000.00"
"""A bill that shows which deductible and ratio would apply, where no cost is known yet."""

NOT_CERTIFIED, OUTSIDE, NOT_DESIGNATED, MIXED = "CHR-1", "CHR-2", "CHR-3", "CHR-6"
"""Refusals of BZ-CHR-15.1 by its numbers; costs of (4) and (5) are deducted, or the claim is refused on that ground."""

SAID_ELSEWHERE = {"not_covered", "parameter_missing"}
"""Refusals of the rules that are no finding: cover has its own, and a figure that is missing shows when settling."""


def check(asked: Checked) -> None:
    """Findings about the conditions of each bill's benefit. Two queries whatever the number of bills, one more for
    drugs."""
    pack = rules.pack_of(asked.person.region_code)
    days = facts.days(asked.visits)
    person = enrollment.policy_person(asked.person, days) | chronic.policy_facts(asked.person, [])
    _buckets(asked, pack)
    _drugs(asked)
    for visit in asked.visits:
        _payable(asked, visit, person, pack)
        _place(asked, visit, person, pack)
        if visit.birth_event_id and not visit.admitted_on <= visit.birth_event.happened_on <= visit.discharged_on:
            said = f"登记的分娩或终止妊娠日期{visit.birth_event.happened_on}不在本次就诊期间，请核对。"
            asked.say("EVENT_OUTSIDE", SUPERVISOR, said, "BZ-EMP-28.2", visit)


def _buckets(asked: Checked, pack: Pack) -> None:
    """Drugs of a certified disease are settled apart from everything else: one claim carries one disease
    (BZ-CHR-14.1)."""
    certified = {(visit.benefit, visit.disease) for visit in asked.visits if visit.kind.category}
    if len(certified) > 1 or (certified and any(not visit.kind.category for visit in asked.visits)):
        names = "、".join(sorted(disease_name(disease, pack) for _, disease in certified))
        said = f"门诊慢特病的费用须按病种分别申报，不能与其他费用合在一件内（本件：{names}）。"
        asked.say(MIXED, REFUSE, said, "BZ-CHR-14.1")


def _drugs(asked: Checked) -> None:
    """A drug under special control is paid under a certification of that drug, from the one institution that it fixes
    (五定, BZ-DRG-3.1, BZ-DRG-3.4); one bought elsewhere after that (BZ-DRG-4.3) is for the supervisor to judge."""
    visits = [visit for visit in asked.visits if visit.kind.drug]
    held = DrugCertification.objects.filter(
        person__in=merged_numbers(asked.person), drug_code__in={visit.drug for visit in visits},
        status__in=("confirmed", "ended"),
    ).select_related("supplying") if visits else ()
    every = list(held)
    for visit in visits:
        found = next(
            (row for row in every if row.drug_code == visit.drug
             and row.valid_from <= visit.discharged_on < row.valid_until), None,
        )
        if found is None:
            said = f"药品{visit.drug}在{visit.discharged_on}没有有效的特药认定，不予支付。"
            asked.say("DRUG_NOT_CERTIFIED", REFUSE, said, "BZ-DRG-3.1", visit)
        elif found.supplying_id != visit.institution_id:
            said = f"购药机构不是认定的供药机构“{found.supplying.name}”。"
            weight = REFUSE if visit.place == "local" else SUPERVISOR
            asked.say("DRUG_ELSEWHERE", weight, said, "BZ-DRG-3.4", visit)


def _payable(asked: Checked, visit: Visit, person: Json, pack: Pack) -> None:
    """What the rules refuse whatever the cost: no certificate on the day, a benefit that the scheme has not."""
    refused = _asked(visit, person, pack).get("refused")
    if not refused or refused["code"] in SAID_ELSEWHERE:
        return
    if refused["code"] == "not_certified":
        _certificate(asked, visit, person, pack)
    else:
        asked.say(refused["code"].upper(), REFUSE, f"{refused['message']}。", refused["rule"], visit)


def _certificate(asked: Checked, visit: Visit, person: Json, pack: Pack) -> None:
    """Whether the disease was never certified, or only not on this day (BZ-CHR-12.1, BZ-CHR-12.2, BZ-CHR-15.1)."""
    name = disease_name(visit.disease, pack)
    held = dict.fromkeys(row["disease"] for row in person["certificates"])
    always = [{"disease": code, "from": person["birth_date"], "to": None} for code in held]
    if _asked(visit, person | {"certificates": always}, pack).get("refused"):
        asked.say(NOT_CERTIFIED, REFUSE, f"{name}未经认定，不予支付。", "BZ-CHR-15.1", visit)
    else:
        asked.say(OUTSIDE, REFUSE, f"{visit.admitted_on}不在{name}的待遇享受期内，不予支付。", "BZ-CHR-15.1", visit)


def _place(asked: Checked, visit: Visit, person: Json, pack: Pack) -> None:
    institution = visit.institution
    if not institution.active_on(visit.discharged_on):
        said = f"{institution.name}在{visit.discharged_on}没有有效的定点协议。"
        if visit.kind.category:
            asked.say(NOT_DESIGNATED, REFUSE, said, "BZ-CHR-15.1", visit)
        else:
            asked.say("NOT_DESIGNATED", SUPERVISOR, said, "BZ-GEN-5.1", visit)
    if visit.place != "local" and visit.filing == "none":
        without, filed = (_terms(_asked(visit, person, pack, filing=filing)) for filing in ("none", "long_term"))
        if visit.outpatient and without == filed:
            return
        effect = f"按未备案计算：{without}；若已办理长期备案：{filed}。" if without and filed else ""
        said = f"在{institution.name}就医未办理异地就医备案，也未登记为急诊抢救。{effect}"
        asked.say("NOT_FILED", WARN, said, "BZ-GEN-30.3", visit)


def _asked(visit: Visit, person: Json, pack: Pack, **instead: str) -> Json:
    """What the rules in force answer for this bill with a nominal cost; empty where they cannot be asked.

    For one that was settled elsewhere they are asked for relief alone."""
    bill = facts.heading(visit) | {"total": NOMINAL} | ({"paid_elsewhere": {}} if visit.settlement_no else {}) | instead
    try:
        (answer,) = rules.compute({"pool": pack.pool, "person": person, "bills": [bill]}, pack)["bills"]
    except Refused:
        return {}
    return answer


def _terms(answer: Json) -> str:
    """Deductible and ratio of an answer in words; nothing where the rules refuse or do not pay by a ratio."""
    step = next((step for step in answer.get("steps", ()) if step["layer"] == "basic"), None)
    return f"起付线{answer['deductible']}元、支付比例{step['ratio']}" if step and step["ratio"] else ""
