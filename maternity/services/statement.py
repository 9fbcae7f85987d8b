"""The statement of a decision (生育待遇核定表): every benefit with its steps and rules, from what was stored."""

from decimal import Decimal
from typing import Any

import cn2an

from enrollment import services as enrollment
from maternity.models import MaternityCase, MaternityItem
from maternity.services.assessing import PARTS

PARTS_NAMES = {"antenatal": "产前检查费", "medical": "生育医疗费", "allowance": "生育津贴"}


def statement(case: MaternityCase) -> dict[str, Any]:
    """Everything that the printed statement shows, as text. Raises `MaternityItem.DoesNotExist` for a case that is not
    computed. Names stand in full: printing is an act of its own for its door to record."""
    rows = case.items.filter(state__in=[MaternityItem.State.COMPUTED, MaternityItem.State.APPROVED])
    items = list(rows.select_related("release").order_by("id"))
    if not items or case.total is None:
        raise MaternityItem.DoesNotExist
    event, person = case.event, case.claimant
    return {
        "case_no": case.case_no,
        "matter": case.matter_label,
        "name": person.name,
        "masked_id": person.masked_id,
        "region": enrollment.region_name(case.region_code),
        "event": str(event),
        "mother": event.mother.name,
        "event_words": event_words(event),
        "applied_on": case.applied_on,
        "facts": case.facts,
        "benefits": [benefit(row) for row in items],
        "total": f"{case.total:.2f}",
        "total_words": in_words(case.total),
        "pack": {"version": items[0].release.version, "sha256": items[0].release.sha256},
        "payee_name": case.payee_name,
        "payee_bank": case.payee_bank,
        "payee_account": case.masked_payee_account,
        "computed_by": case.computed_by.name if case.computed_by else "",
        "reviewed_by": case.reviewed_by.name if case.reviewed_by else "",
        "approved_by": case.approved_by.name if case.approved_by else "",
    }


def benefit(item: MaternityItem) -> dict[str, Any]:
    """One benefit as it is explained: the steps that its amount is made of, each with rule and article."""
    steps = [
        {**step, "part": PARTS_NAMES.get(step["layer"], step["layer"])}
        for step in item.result.get("steps", []) if step["layer"] in PARTS[MaternityItem.Kind(item.kind)]
    ]
    return {
        "kind": item.kind, "label": item.get_kind_display(), "state": item.get_state_display(),
        "amount": f"{item.amount:.2f}" if item.amount is not None else "", "steps": steps, "digest": item.digest,
    }


def event_words(event: Any) -> str:
    """The event in one line: what, how, how many, in which week."""
    words = [event.get_event_display()]
    if event.mode:
        words.append(event.get_mode_display())
    if event.weeks is not None:
        words.append(f"孕{event.weeks}周")
    if event.babies > 1:
        words.append(f"{event.babies}胎")
    if event.live_baby:
        words.append("婴儿存活")
    if event.caesarean_operation:
        words.append("行剖宫术")
    return "，".join(words)


def in_words(amount: Decimal) -> str:
    """An amount in Chinese capitals as banks print it: 9800.00 → 玖仟捌佰元整."""
    return cn2an.an2cn(f"{amount:.2f}", "rmb")
