"""From a checked request to bills that the compiled plans can read: everything as of the bill's own day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from policy.calculator import Refusal
from policy.engine.facts import Bill, Line, Refused
from policy.engine.program import Plan, Program, program_for
from policy.engine.splits import Splitter
from policy.errors import PolicyError
from policy.maternity_limit import medical_limit
from policy.pack_figures import FigureNotGiven
from policy.pack_values import Value
from policy.periods import age_on

if TYPE_CHECKING:
    from policy.pack import Pack
    from policy.settle_request import BillRequest, SettleRequest


class Preparer:
    """The person of a request, and how its bills look on their days. Checks what depends on the pool."""

    def __init__(self, pack: Pack, asked: SettleRequest, *, explained: bool = True) -> None:
        self.pack, self.asked, self.person, self.explained = pack, asked, asked.person, explained
        self.supplied: Mapping[str, Value] = pack.read_parameters(asked.parameters)
        self.key = tuple(sorted(self.supplied.items(), key=lambda item: item[0]))
        self.covers = _covers_of(pack)
        self.certificates = [(self._disease(each.disease, f"person.certificates[{number}].disease"), each)
                             for number, each in enumerate(self.person.certificates)]
        self.modes = {(self._disease(each.disease, f"person.choices[{number}].disease"), each.year): each.mode
                      for number, each in enumerate(self.person.choices)}
        for number, bill in enumerate(asked.bills):
            self._check(bill, f"bills[{number}]")

    def bill(self, number: int) -> tuple[Bill, Plan | Refused, Program]:
        """The bill as facts, and the plan that settles it, or why none does. Raises PolicyError."""
        given = self.asked.bills[number]
        path = f"bills[{number}]"
        bill = self._facts(given)
        in_force = self.pack.in_force or bill.day
        program = program_for(self.pack, max(bill.day, in_force), self.key)
        plan = self._plan(program, bill)
        if isinstance(plan, Refused):
            self._split(bill, given, program.splitter_of(bill), path)
            return bill, plan, program
        for name in plan.needs:
            if getattr(bill, name) is None:
                raise PolicyError("missing_field", f"{path}.{name}", "本项待遇必须提供此项")
        self._split(bill, given, plan.splitter, path)
        if plan.uses_limit:
            self._limit(bill, given, path)
        return bill, plan, program

    def _plan(self, program: Program, bill: Bill) -> Plan | Refused:
        if self.pack.in_force is not None and bill.day < self.pack.in_force:
            return program.refusal("not_in_force")
        if not bill.scheme:
            return program.refusal("not_covered")
        route = program.route(bill.scheme, bill.benefit)
        found = route if isinstance(route, Refused) else route(bill)
        if isinstance(found, Refused):
            return found
        alone = bill.elsewhere is not None
        if alone and not program.relieves(found, bill.scheme):
            relieving = "not_relieved" in self.pack.section("settle")["refusals"]
            return program.refusal("not_relieved" if relieving else "not_in_pool")
        return program.plan(found, bill.scheme, traced=self.explained, alone=alone)

    def _check(self, given: BillRequest, path: str) -> None:
        """Words that only this pool gives a meaning."""
        pack, settle = self.pack, self.pack.section("settle")
        for name in settle.get("required", {}).get(given.benefit, ()):
            if getattr(given, name) is None:
                raise PolicyError("missing_field", f"{path}.{name}", "本项待遇必须提供此项")
        levels = settle.get("levels", {}).get(given.benefit, pack.keys("level"))
        if given.level is not None and given.level not in levels:
            raise _bad(f"{path}.level", "机构级别", levels)
        if given.place not in pack.keys("place"):
            raise _bad(f"{path}.place", "就医地", pack.keys("place"))
        degrees = settle.get("disease_words", {}).get(given.benefit)
        if given.disease is not None:
            if degrees is None:
                self._disease(given.disease, f"{path}.disease")
            elif given.disease not in degrees:
                raise _bad(f"{path}.disease", "失能程度", tuple(degrees))

    def _disease(self, name: str, path: str) -> str:
        """The pool's ID of a disease; an alias stands for its disease. Raises PolicyError `unknown_disease`."""
        found = self.covers.aliases.get(name, name)
        if found not in self.pack.section("diseases"):
            raise PolicyError("unknown_disease", path, f"病种目录中没有这个病种：{name[:40]}")
        return found

    def _facts(self, given: BillRequest) -> Bill:
        day, person = given.date, self.person
        begin = given.admitted or day
        disease = self.covers.aliases.get(given.disease, given.disease) if given.disease else None
        held = [(name, each.start) for name, each in self.certificates if each.holds(day)]
        tags = frozenset(each.tag for each in person.tags if each.holds(day))
        back = person.relief_tags
        relief_tags = tags.union(each.tag for each in back if each.holds(day)) if back else tags
        return Bill(
            id=given.id, benefit=given.benefit, day=day, scheme=person.scheme_on(day) or "",
            total=given.total if given.total is not None else sum(line.amount for line in given.lines or ()),
            lines=None if given.lines is None else tuple(_line(line) for line in given.lines),
            level=given.level, place=given.place, filing=given.filing, direct=given.direct, own_fault=given.own_fault,
            course=given.course, referred=given.referred, disease=disease, days=given.days,
            age=age_on(person.birth_date, day), mode=self.modes.get((disease or "", day.year), "ordinary"),
            rescue_days=(day - begin).days, admission_covered=person.scheme_on(begin) is not None,
            tags=tags, relief_tags=relief_tags, looks_back=relief_tags != tags,
            certs=frozenset(cover for name, _ in held for cover in self.covers.of(name)),
            cert_from=min((start for name, start in held if disease in self.covers.of(name)), default=date.max),
            cat_cap=person.catastrophic_cap,
            elsewhere=None if given.paid_elsewhere is None else given.paid_elsewhere.amounts(),
        )  # fmt: skip

    def _split(self, bill: Bill, given: BillRequest, splitter: Splitter, path: str) -> None:
        """The parts of the bill; a bill that is refused keeps what is known of them (reading R-1.5)."""
        try:
            parts = splitter.totals(bill.total, given.own_expense or 0, given.first_self_pay or 0) \
                if bill.lines is None else splitter.lines(bill.lines)
        except PolicyError as error:
            raise error.below(path) from None
        bill.own, bill.first, bill.single, bill.class_b, bill.split_refusal = parts
        if sum(bill.elsewhere or ()) > bill.total - bill.own - bill.first:
            raise PolicyError("bad_value", f"{path}.paid_elsewhere", "已在别处支付的金额之和大于政策范围内费用")

    def _limit(self, bill: Bill, given: BillRequest, path: str) -> None:
        """The limit of maternity cost, from the calculator that knows it."""
        if given.maternity is None:
            raise PolicyError("missing_field", f"{path}.maternity", "生育医疗费须说明生育情形（maternity）")
        try:
            found = medical_limit(self.pack, bill.scheme, bill.day, given.maternity, level=bill.level,
                                            supplied=self.supplied)
            bill.limit, bill.limit_cites = found.fen, found.figures
        except (FigureNotGiven, Refusal) as refusal:
            bill.limit_refusal = Refused(refusal.code, refusal.rule, refusal.message)
        except PolicyError as error:
            place = path if error.path == "level" else f"{path}.maternity"
            raise error.below(place) from None


class _Covers:
    """Aliases of diseases, and which diseases a certificate covers besides its own."""

    def __init__(self, pack: Pack) -> None:
        self.aliases: dict[str, str] = {}
        self._of: dict[str, tuple[str, ...]] = {}
        for name, raw in pack.section("diseases").items():
            self.aliases |= {str(alias): name for alias in raw.get("aliases", ())}
            self._of[name] = (name, *(str(other) for other in raw.get("covers", ())))

    def of(self, name: str) -> tuple[str, ...]:
        return self._of[name]


@lru_cache(maxsize=64)
def _covers_of(pack: Pack) -> _Covers:
    return _Covers(pack)


def _line(given: Any) -> Line:
    return Line(given.kind, given.amount, None if given.rate is None else Fraction(given.rate))


def _bad(path: str, what: str, allowed: Sequence[str]) -> PolicyError:
    return PolicyError("bad_value", path, f"{what}不在范围内，应为：{'、'.join(allowed)}")
