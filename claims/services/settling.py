"""Settling a claim: the person's years locked, the rules asked, everything stored in one transaction."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from casework import rows
from casework import services as casework
from casework.errors import Refused
from casework.models import Officer, PackRelease
from chronic import services as chronic
from claims.models import PAYERS, BillLine, Claim, Finding, SettledBill, Settlement, SettlementItem, Visit
from claims.services import facts, ledger, levels, rules
from claims.services.details import add_maker
from claims.services.registration import locked_claim, refuse_closed
from claims.workflow import CLAIM
from maternity.models import BirthEvent
from policy import Pack, packed

Json = dict[str, Any]

VOIDED = "所依据的生育事件已作废，请回退重新录入，或者撤销、冲销本件。"
LINES = "visit_id IN (SELECT id FROM claims_visit WHERE claim_id = %s AND NOT voided) ORDER BY visit_id, number"
AMOUNTS = ("total", "own_expense", "first_self_pay", "eligible", "deductible", *PAYERS, "fund_total", "personal")


@transaction.atomic
def settle(
    *, claim_id: int, by: Officer, at: datetime, note: str = "", expected_version: int | None = None
) -> Settlement:
    """Settle a claim (结算) by the pack in force, on the accumulators of its years as they stand.

    The person-year rows are locked first, so two claims of one person follow each other. Stored are the facts,
    the result with its steps, the pack's release and the digest; the ledger entries post at once. Refuses,
    writing nothing: stays without costs, findings that nobody has approved, a bill that the rules refuse
    (not covered, a figure that the source leaves out), an amount over a cap.
    """
    claim = locked_claim(claim_id, by)
    refuse_closed(claim, "settle")
    pack = rules.pack_of(claim.person.region_code)
    visits, findings, releases = _entered(claim, pack)
    _refuse_open_findings(claim, visits, findings)
    years = {visit.discharged_on.year for visit in visits}
    opening = ledger.lock_years(claim.person_id, years, to_post=True)
    person = facts.person(claim.person, facts.days(visits))
    request = facts.request(claim.case_no, pack.pool, person, visits, opening)
    result = rules.compute(request, pack)
    rules.refuse_if_refused(result)
    release = releases[0] if releases else casework.keep_release(pack)
    settlement = store(claim, visits, request, result, release=release, pack=pack, by=by, at=at)
    _lock_choices(claim.person_id, request)
    if add_maker(claim, by):
        claim.save(update_fields=["maker_ids"])
    CLAIM.move(
        claim, "settle", by=by, at=at, note=note, expected_version=expected_version,
        detail={"settlement": settlement.pk, "digest": settlement.digest, "fund_total": str(settlement.fund_total)},
    )
    return settlement


def entered_visits(claim: Claim) -> list[Visit]:
    """The claim's live stays in settlement order, each with its lines in `visit.entered`. One query."""
    return _entered(claim, rules.pack_of(claim.person.region_code))[0]


def _entered(claim: Claim, pack: Pack) -> tuple[list[Visit], list[Finding], list[PackRelease]]:
    """The stays with their lines, what the checks found and nobody has cleared, the pack's release. One query."""
    own = [claim.pk]
    found, lines, findings, releases = rows.read_all(
        rows.Question(Visit, "claim_id = %s AND NOT voided", own),
        rows.Question(BillLine, LINES, own),
        rows.Question(Finding, "claim_id = %s AND NOT cleared", own),
        rows.Question(PackRelease, "sha256 = %s", [pack.ref.sha256], ("text",)),
    )
    visits = facts.ordered(_with_births(found))
    if not visits or any(visit.mode == Visit.Mode.HEADER for visit in visits):
        raise Refused("NOT_ENTERED", "费用明细尚未录入，请先办理明细录入。")
    for visit in visits:
        visit.entered = [line for line in lines if line.visit_id == visit.pk]
    return visits, findings, releases


def _with_births(visits: list[Visit]) -> list[Visit]:
    """The same bills with their birth events. One query, none where there are no births."""
    wanted = [visit.birth_event_id for visit in visits if visit.birth_event_id]
    if wanted:
        events = BirthEvent.objects.filter(voided=False).in_bulk(wanted)
        if len(events) < len(set(wanted)):
            raise Refused("EVENT_VOIDED", VOIDED)
        for visit in visits:
            visit.birth_event = events.get(visit.birth_event_id)
    return visits


def _lock_choices(person_id: int, request: Json) -> None:
    """The first cost of a disease in a year holds the person to how he chose to have it settled (CQ-17.10). No query
    where he chose nothing."""
    chosen = {(row["disease"], str(row["year"])) for row in request["person"].get("choices", ())}
    first: dict[tuple[str, str], str] = {}
    for bill in request["bills"] if chosen else ():
        key = bill.get("disease", ""), bill["date"][:4]
        if key in chosen:
            first[key] = min(bill["date"], first.get(key, bill["date"]))
    for (unit, _), day in sorted(first.items()):
        chronic.lock_choices(person_id=person_id, units=[unit], on=date.fromisoformat(day))


def store(
    claim: Claim, visits: list[Visit], request: Json, result: Json, *, release: PackRelease, by: Officer, at: datetime,
    supersedes: Settlement | None = None, pack: Pack | None = None, later: ledger.Caps | None = None,
) -> Settlement:
    """Write a settlement, its amounts by stay and its ledger entries: two queries whatever their number.

    `pack` is that of the release, if the caller has it; else it is rebuilt from the stored text. `later` are caps
    that settlements standing after this one have set: a year's last cap holds.
    """
    request_text, result_text = rules.canonical(request), rules.canonical(result)
    pack = pack or rules.pack_of_release(release)
    packed_bills = packed.pack_bills(levels.named(request, pack), pack)
    settlement = Settlement(
        claim=claim,
        person_id=claim.person_id,
        origin_id=supersedes.place if supersedes else None,
        supersedes=supersedes,
        request_text=request_text,
        result_text=result_text,
        digest=rules.digest(request_text, result_text),
        release=release,
        engine_version=rules.ENGINE_VERSION,
        total=_sum(result, "total"),
        fund_total=_sum(result, "fund_total"),
        personal=_sum(result, "personal"),
        settled_by=by,
        settled_at=at,
    )
    rows.insert([settlement])
    moved = rules.deltas(request.get("opening", {}), result)
    entries = ledger.entries(settlement, moved, rules.caps(request, result) | (later or {}), at=at)
    bills = _bills(settlement, visits, packed_bills, result)
    rows.insert(_items(settlement, visits, result), entries, bills, first=_facts(packed_bills))
    return settlement


def amounts(result: Json) -> list[list[str]]:
    """The amounts of each bill: two results with the same ones pay the same, whatever their steps say of the year."""
    return [[bill[name] for name in AMOUNTS] for bill in result["bills"]]


def _items(settlement: Settlement, visits: list[Visit], result: Json) -> list[SettlementItem]:
    return [
        SettlementItem(
            settlement=settlement, visit=visit, number=number, year=visit.discharged_on.year,
            **{name: Decimal(bill[name]) for name in AMOUNTS},
        )
        for number, (visit, bill) in enumerate(zip(visits, result["bills"], strict=True), 1)
    ]


def _bills(
    settlement: Settlement, visits: list[Visit], each: list[packed.Packed], result: Json
) -> list[SettledBill]:
    """The same in the compact form from which whole years are replayed."""
    return [
        SettledBill(
            person_id=settlement.person_id, year=visit.discharged_on.year, place=settlement.place, number=number,
            settlement=settlement, release_id=settlement.release_id, day=visit.discharged_on,
            facts_id=packed.digest(one.facts), numbers=packed.NUMBERS.pack(*one.inputs, *packed.pack_result(bill)),
        )
        for number, (visit, one, bill) in enumerate(zip(visits, each, result["bills"], strict=True), 1)
    ]


def _facts(each: list[packed.Packed]) -> rows.Statement:
    """The texts of facts that no bill had before. In one order, so that two settlements can't wait for each other."""
    texts = sorted({one.facts for one in each})
    digests = [packed.digest(text) for text in texts]
    return rows.Statement(
        "INSERT INTO claims_settledfacts (digest, text) SELECT * FROM unnest(%s::uuid[], %s::text[])"
        " ORDER BY 1 ON CONFLICT DO NOTHING",
        [digests, texts],
    )


def _sum(result: Json, name: str) -> Decimal:
    return sum((Decimal(bill[name]) for bill in result["bills"]), Decimal("0.00"))


def _refuse_open_findings(claim: Claim, visits: list[Visit], findings: list[Finding]) -> None:
    """Refuse while a finding stands that blocks, or the person turns out to have died before a stay."""
    died_on = claim.person.died_on
    if died_on and any(visit.admitted_on > died_on for visit in visits):
        raise Refused("DIED_BEFORE", f"参保人已于{died_on}死亡，早于就诊日期，不能结算。")
    blocking = [row for row in findings if row.blocks]
    if not blocking:
        return
    refusals = [row for row in blocking if row.severity == Finding.Severity.REFUSE]
    if refusals:
        raise Refused(refusals[0].code, "不能结算：" + "；".join(row.message.rstrip("。") for row in refusals) + "。")
    raise Refused(
        "NEEDS_SUPERVISOR", "须先由主管审批：" + "；".join(row.message.rstrip("。") for row in blocking) + "。"
    )
