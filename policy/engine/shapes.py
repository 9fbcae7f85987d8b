"""The named shapes of which plans are made; each writes the lines of one step.

Rounding (readings O-3): a payer's amount is computed exactly and rounded half-up to the fen once; caps
apply to the rounded amount; the next step starts from it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, lcm

from policy.engine import tables
from policy.engine.conditions import condition, disease_set
from policy.engine.entry import Entry
from policy.engine.facts import NO_LIMIT, PAYERS, Refused
from policy.engine.tables import Ref
from policy.engine.writer import Site, Writer

Shape = Callable[[Writer, Entry], None]
COMMON = ("shape", "when", "label", "rules")


def read(writer: Writer, ref: Ref, stem: str) -> str:
    """Put a figure into a variable; leave the function if the figure is not given."""
    variable = writer.fresh(stem)
    writer.line(f"{variable} = {ref.code}")
    if ref.refuses:
        writer.line(f"if {variable}.__class__ is Refused: return {variable}")
    return variable


def payer_of(entry: Entry) -> str:
    payer = entry.text("payer")
    if payer not in PAYERS:
        raise entry.error("payer", f"{payer!r} is none of {', '.join(PAYERS)}")
    return payer


def counted(writer: Writer, entry: Entry) -> list[str]:
    """The variables of the accumulators that grow by the step's amount."""
    return [writer.writes(name, entry) for name in entry.names("count")]


def room(writer: Writer, caps: list[Entry]) -> tuple[str, str]:
    """What the caps leave of a payment, as a variable, and the cite of the cap that binds."""
    if not caps:
        return str(NO_LIMIT), "-1"
    left, cite = writer.fresh("room"), writer.fresh("cap")
    found = _spread(writer, caps)
    started = not found[0].has("when")
    if not started:
        writer.line(f"{left} = {NO_LIMIT}")
        if writer.traced:
            writer.line(f"{cite} = -1")
    for number, cap in enumerate(found):
        cap.only("figure", "highest", "plus", "plus_each_further", "of", "times", "used", "when", "override")
        if cap.has("when"):
            with writer.block(f"if {condition(writer, cap.entry('when'))}:"):
                _cap(writer, cap, left, cite, first=False)
        else:
            _cap(writer, cap, left, cite, first=started and number == 0)
    writer.line(f"if {left} < 0: {left} = 0")
    return left, cite if writer.traced else "-1"


def _spread(writer: Writer, caps: list[Entry]) -> list[Entry]:
    """The caps, with named lists of the section `caps` in their place."""
    found = []
    for cap in caps:
        if not cap.has("use"):
            found.append(cap)
            continue
        pack, name = writer.target.pack, cap.text("use")
        cap.only("use")
        if name not in pack.section("caps"):
            raise cap.error("use", f"the pack has no caps {name!r}")
        found += [Entry(pack.source("caps", name), f"caps.{name}", raw) for raw in pack.section("caps")[name]]
    return found


def _cap(writer: Writer, cap: Entry, left: str, cite: str, *, first: bool) -> None:
    """What one cap leaves, if that is less than what the caps before it left."""
    limit, own = _overridden(writer, cap) if cap.has("override") else _limit(writer, cap)
    rest = limit + "".join(f" - {writer.accumulator(name, cap)}" for name in cap.names("used"))
    if first:
        _bind(writer, left, rest, cite, own)
        return
    with writer.block(f"if {rest} < {left}:"):
        _bind(writer, left, rest, cite, own)


def _bind(writer: Writer, left: str, rest: str, cite: str, own: str) -> None:
    writer.line(f"{left} = {rest}")
    if writer.traced:
        writer.line(f"{cite} = {own}")


def _overridden(writer: Writer, cap: Entry) -> tuple[str, str]:
    """The person's own cap where there is one; the figure is then not needed."""
    if cap.text("override") != "cat_cap":
        raise cap.error("override", "only cat_cap, the person's own cap, can replace a figure")
    own, cite = writer.fresh("limit"), writer.fresh("cite")
    writer.line(f"{own}, {cite} = {writer.fact('cat_cap')}, -1")
    with writer.block("if cat_cap is None:"):
        limit, figure = _limit(writer, cap)
        writer.line(f"{own}, {cite} = {limit}, {figure}")
    return own, cite


def _limit(writer: Writer, cap: Entry) -> tuple[str, str]:
    """The limit itself: a figure, the highest of the certified diseases, with what is added to it."""
    if cap.has("highest"):
        return _highest(writer, cap)
    ref = tables.amounts(writer, cap, "figure")
    changed = any(cap.has(key) for key in ("plus", "times", "plus_each_further"))
    limit, own = (ref.code if ref.fixed and not changed else read(writer, ref, "limit")), ref.cite
    if cap.has("plus"):
        writer.line(f"{limit} += {read(writer, tables.amounts(writer, cap, 'plus'), 'plus')}")
    if cap.has("times"):
        writer.line(f"{limit} *= {_times(writer, cap)}")
    if cap.has("plus_each_further"):
        _add_each_further(writer, cap, limit)
    return limit, own


def _times(writer: Writer, entry: Entry) -> str:
    if entry.text("times") != "days":
        raise entry.error("times", "only `days`")
    return writer.fact("days")


def _add_each_further(writer: Writer, cap: Entry, limit: str) -> None:
    each = read(writer, tables.amounts(writer, cap, "plus_each_further"), "each")
    diseases = writer.constant(disease_set(writer.target.pack, cap, "of"))
    number = writer.fresh("n")
    writer.line(f"{number} = len({diseases} & {writer.fact('certs')})")
    writer.line(f"if {number} > 1: {limit} += {each} * ({number} - 1)")


def _highest(writer: Writer, cap: Entry) -> tuple[str, str]:
    """The highest limit among the person's certified diseases of a class; 无 gives none."""
    cells = tables.by_disease(writer, cap, "highest")
    limits = {disease: amount for disease, (amount, _) in cells.items()}
    limit, cite = writer.fresh("limit"), "0"
    writer.line(f"{limit} = highest({writer.constant(limits, 'H')}, {writer.fact('certs')})")
    if any(isinstance(each, Refused) for each in limits.values()):
        writer.line(f"if {limit}.__class__ is Refused: return {limit}")
    if writer.traced:
        cite = writer.fresh("cite")
        figures = {amount: writer.cite(figures) for amount, figures in reversed(cells.values())}
        writer.line(f"{cite} = {writer.constant(figures, 'C')}.get({limit}, -1)")
    if cap.has("plus_each_further"):
        _add_each_further(writer, cap, limit)
    return limit, cite


def refuse(writer: Writer, entry: Entry) -> None:
    """Not settled if the condition holds."""
    entry.only(*COMMON, "code", "rule")
    if not entry.has("when"):
        raise entry.error("when", "a refusal needs its condition")
    made = writer.constant(Refused(entry.text("code"), entry.text("rule"), entry.text("label")))
    writer.line(f"return {made}")


def certified(writer: Writer, entry: Entry) -> None:
    """The bill's disease is on the list of this benefit, and the person is certified for it on the day."""
    entry.only(*COMMON, "of", "rule", "list_rule")
    diseases = writer.constant(disease_set(writer.target.pack, entry, "of"))
    rule = entry.text("rule")
    other = Refused("disease_not_listed", entry.text("list_rule", rule), "该病种不属于本项待遇的病种范围")
    without = Refused("not_certified", rule, "就诊当日未取得该病种的待遇资格")
    writer.line(f"if {writer.fact('disease')} not in {diseases}: return {writer.constant(other)}")
    writer.line(f"if disease not in {writer.fact('certs')}: return {writer.constant(without)}")


def split(writer: Writer, entry: Entry) -> None:
    """Total = own expense + first self-pay + single-line + eligible, as `splits` says (readings R-3, O-4)."""
    entry.only(*COMMON, "by")
    writer.facts |= dict.fromkeys(("total", "own", "first", "single", "split_refusal"))
    writer.line("if split_refusal is not None: return split_refusal")
    for name, value in (("total", "total"), ("own_expense", "own"), ("first_self_pay", "first"), ("single", "single"),
                        ("eligible", "total - own - first - single")):
        writer.line(f"{writer.define(name, 1, entry)} = {value}")
    writer.line(f"{writer.define('class_b', 1, entry)} = {writer.fact('class_b')}")
    writer.line(f"{writer.define('class_a', 1, entry)} = r_eligible - class_b")


def whole(writer: Writer, entry: Entry) -> None:
    """The whole bill counts, whatever the catalogue says (CQ-17.1)."""
    entry.only(*COMMON)
    writer.fact("total")
    writer.line(f"{writer.define('total', 1, entry)} = {writer.define('eligible', 1, entry)} = total")
    for name in ("own_expense", "first_self_pay", "single"):
        writer.line(f"{writer.define(name, 1, entry)} = 0")


def show(writer: Writer, entry: Entry) -> None:
    """Which register the result shows as eligible, deductible, own expense or first self-pay."""
    entry.only("shape", *writer.shown)
    for name in writer.shown:
        if entry.has(name):
            writer.shown[name] = writer.register(entry.text(name), entry, name)[0]


def value(writer: Writer, entry: Entry) -> None:
    """A register from others, at most another one, not below 0."""
    entry.only(*COMMON, "as", "of", "at_most")
    code, scale = writer.sum(entry.names("of"), entry)
    name = writer.define(entry.text("as"), scale, entry)
    writer.line(f"{name} = {code}")
    if entry.has("at_most"):
        most, other = writer.register(entry.text("at_most"), entry, "at_most")
        if scale % other:
            raise entry.error("at_most", "is in finer fractions than the register it limits")
        writer.line(f"if {name} > {most} * {scale // other}: {name} = {most} * {scale // other}")
    writer.line(f"if {name} < 0: {name} = 0")


def cost_limit(writer: Writer, entry: Entry) -> None:
    """The cost that a yearly limit still lets in (CQ-16.1, 17.5); it is used up even where nothing is paid."""
    entry.only(*COMMON, "as", "of", "caps", "count")
    code, scale = writer.sum(entry.names("of"), entry)
    if scale != 1:
        raise entry.error("of", "a cost limit works on whole fen")
    name = writer.define(entry.text("as"), 1, entry)
    left, cite = room(writer, entry.entries("caps"))
    writer.line(f"{name} = {code}")
    if writer.traced and entry.has("label"):
        site = writer.site(Site("cost_limit", "basic", entry.text("label"), data={"notes": True}))
        with writer.block(f"if {name} > {left}:"):
            writer.trace(site, name, left, cite)
    writer.line(f"if {name} > {left}: {name} = {left}")
    for variable in counted(writer, entry):
        writer.line(f"{variable} += {name}")


def count(writer: Writer, entry: Entry) -> None:
    """Add to an accumulator, half-up to the fen."""
    entry.only(*COMMON, "to", "of")
    code, scale = writer.sum(entry.names("of"), entry)
    variable = writer.writes(entry.text("to"), entry)
    writer.line(f"{variable} += {code if scale == 1 else f'(2 * ({code}) + {scale}) // {2 * scale}'}")


def note(writer: Writer, entry: Entry) -> None:
    """A layer that pays nothing, and why: for the reader of the notice."""
    entry.only(*COMMON, "payer", "rule")
    if writer.traced:
        site = writer.site(Site("note", payer_of(entry), entry.text("label"), entry.text("rule")))
        writer.trace(site, "0")


def turned_into_cost(ref: Ref) -> int:
    """The fraction of a fen in which every payment divided by these ratios is whole."""
    return lcm(*(value // gcd(value, ref.den) for value in ref.values if isinstance(value, int) and value))
