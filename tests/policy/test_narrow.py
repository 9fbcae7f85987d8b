"""A plan narrowed to facts pays what the plan pays, whatever the facts, the amounts and the year before them."""

import random
from datetime import date, timedelta
from typing import get_args

import pytest

import policy
from policy import packed
from policy.engine.arithmetic import marginal
from policy.engine.compile import Compiled
from policy.engine.facts import Bill
from policy.engine.narrow import facts_of, narrow
from policy.engine.program import program_for
from policy.pack import pools
from policy.pack_figures import FigureNotGiven
from policy.vocabulary import Tag


def plans() -> list[tuple[str, str, str]]:
    """Each plan of each pool with the schemes that use it."""
    found = []
    for pool in pools():
        for scheme, benefits in policy.pack_for(pool).section("settle").get("benefits", {}).items():
            routes = [row for raw in benefits.values() for row in (raw if isinstance(raw, (list, tuple)) else [raw])]
            names = {row if isinstance(row, str) else row.get("plan") for row in routes} - {None}
            found += [(pool, scheme, name) for name in sorted(names)]
    return found


def some_bill(dice: random.Random, pack, scheme: str) -> Bill:
    tags = [tag for tag in get_args(Tag) if dice.random() < 0.2]
    diseases = list(pack.section("diseases")) or ["none"]
    certs = dice.sample(diseases, min(len(diseases), dice.randrange(3)))
    return Bill(
        id="", benefit="inpatient", day=date(2025, 1, 1) + timedelta(days=dice.randrange(700)), scheme=scheme, total=0,
        level=dice.choice(pack.keys("level")), place=dice.choice(("local", "local", "in_province", "out_of_province")),
        filing=dice.choice(("none", "referred", "emergency", "long_term")), direct=dice.random() < 0.3,
        own_fault=dice.random() < 0.1, course=dice.choice((None, None, "C1")), referred=dice.random() < 0.8,
        disease=dice.choice(diseases), days=dice.choice((1, 3, 40)), admission_covered=dice.random() < 0.9,
        tags=frozenset(tags), relief_tags=frozenset(dice.choice((tags, []))), looks_back=dice.random() < 0.1,
        certs=frozenset(certs), cert_from=date(2025, 1, dice.randrange(1, 28)),
        cat_cap=dice.choice((None, 5_000_000)), limit=dice.choice((0, 30_000, 500_000)),
    )


def amounts_of(dice: random.Random) -> tuple[int, ...]:
    total = dice.choice((1, 4_999, 70_000, 70_001, dice.randrange(5_000_000), dice.randrange(90_000_000)))
    own = dice.randrange(total // 3 + 1)
    first, single = dice.randrange(total // 4 + 1), dice.choice((0, 0, dice.randrange(total // 5 + 1)))
    return total, own, first, single, dice.choice((0, first)), dice.randrange(100), dice.randrange(9)


def plan_for(pack, bill: Bill, name: str):
    program = program_for(pack, max(bill.day, pack.in_force or bill.day), ())
    return program.plan(name, bill.scheme, traced=False).compiled


@pytest.mark.parametrize(("pool", "scheme", "name"), plans())
def test_gives_what_the_plan_gives_bill_after_bill(pool, scheme, name):
    dice, pack, compared = random.Random(f"{pool} {scheme} {name}"), policy.pack_for(pool), 0
    for _ in range(20):
        bill = some_bill(dice, pack, scheme)
        try:
            compared += compare(dice, plan_for(pack, bill, name), bill)
        except (FigureNotGiven, KeyError):
            continue  # facts that no request brings here, or a figure that nobody has published
    assert compared or name.endswith("rescue")


def compare(dice: random.Random, plan, bill: Bill) -> int:
    """Eight bills of the same facts on one year, the long way and the narrow one."""
    narrowed = narrow(plan, {fact: getattr(bill, fact) for fact in facts_of(plan, packed.INPUTS)}, packed.INPUTS)
    wide_year, narrow_year, wide_courses, narrow_courses = {}, {}, {}, {}
    for _ in range(8):
        amounts = amounts_of(dice)
        for key, value in zip(packed.INPUTS, amounts, strict=True):
            setattr(bill, key, value)
        wide = plan.call(bill, wide_year, wide_courses)
        assert narrowed(*amounts, narrow_year, narrow_courses) == wide
        assert _moved(narrow_year) == _moved(wide_year)
        assert narrow_courses == wide_courses
    return 8


def _moved(year: dict) -> dict:
    """Accumulators that a bill moved: one that stands at 0 may be written or not."""
    return {name: value for name, value in year.items() if value}


def test_decides_beforehand_what_the_facts_decide():
    """A resident's local stay at level 3 without identities: no choice by facts is left, and nothing of relief."""
    pack = policy.pack_for("bazhong")
    plan = program_for(pack, date(2025, 3, 1), ()).plan("resident.stay", "resident", traced=False).compiled
    bill = Bill(id="", benefit="inpatient", day=date(2025, 3, 1), scheme="resident", total=0, level="level3")
    narrowed = narrow(plan, {fact: getattr(bill, fact) for fact in facts_of(plan, packed.INPUTS)}, packed.INPUTS)

    used = {*narrowed.__code__.co_varnames, *narrowed.__code__.co_consts}

    assert "choice_area" in plan.source
    assert not [name for name in used if isinstance(name, str) and name.startswith(("choice_", "A_RR"))]


HAND_WRITTEN = {
    "a product of what changes before it is used": """
    cost = total
    exact = cost * 6000
    cost = cost - 10
    amount = (exact + 5000) // 10000
    return amount, cost
""",
    "an accumulator written under another name": """
    acc = state.get('A', 0)
    state['B'] = acc
    return total,
""",
    "an accumulator that only one way changes": """
    acc = state.get('A', 0)
    if total > 100:
        acc = acc + total
    state['A'] = acc
    return acc,
""",
    "a choice that amounts decide": """
    ratio = 50
    if total > 100: ratio = 60
    return total * ratio,
""",
    "a return on one way only": """
    rest = 0
    if level == 'level1' and total > 100:
        return 1, rest
    if level == 'level3':
        rest = 7
    return total, rest
""",
    "bands on a sum": """
    paid = marginal(((0, 100, 5000), (100, 300, 6000)), total - 5, total + 7)
    return paid,
""",
}


@pytest.mark.parametrize("total", [1, 99, 100, 101, 4_999, 5_000])
@pytest.mark.parametrize("body", HAND_WRITTEN.values(), ids=HAND_WRITTEN)
def test_keeps_what_a_plan_may_do_with_a_name(body, total):
    source = f"def settle_bill(bill, state, courses):\n    total = bill.total\n    level = bill.level\n{body}"
    space = {"marginal": marginal}
    made = dict(space)
    exec(source, made)
    plan = Compiled("hand-written", made["settle_bill"], source, [], [], space)
    bill = Bill(id="", benefit="", day=date(2025, 1, 1), scheme="", total=total, level="level1")
    wide_year, narrow_year = {"A": 40, "B": 3}, {"A": 40, "B": 3}

    narrowed = narrow(plan, {"level": "level1"}, ("total",))

    assert narrowed(total, narrow_year, {}) == plan.call(bill, wide_year, {})
    assert narrow_year == wide_year
