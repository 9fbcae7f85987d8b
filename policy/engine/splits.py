"""Splitting a bill: own expense, first self-pay, single-line, and the rest (readings R-3, O-4).

::

    splits:
      standard:
        rule: BZ-GEN-5.1
        classes: {A: whole, C: outside, B: rate, item: rate, high_value: first_self_pay.high_value, single_line: aside}

`whole` counts, `outside` is own expense, `aside` is paid beside the bill, `rate` takes the line's own share; any
other word is the figure with the printed share. `rest: aside` puts the whole in-scope amount aside.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from policy import money
from policy.engine.entry import Entry
from policy.engine.facts import Line, Refused
from policy.engine.writer import Target
from policy.errors import PolicyError
from policy.pack_figures import FigureNotGiven

CLASSES = ("A", "B", "C", "item", "high_value", "single_line")
_WORDS = ("whole", "outside", "aside", "rate")


class Split(NamedTuple):
    """The parts of a bill, in fen."""

    own: int
    first: int
    single: int
    class_b: int
    refusal: Refused | None


class Splitter:
    """One way of splitting, with the shares in force."""

    def __init__(self, target: Target, name: str, used_by: Entry) -> None:
        pack = target.pack
        if name not in pack.section("splits"):
            raise used_by.error("split", f"the pack has no split {name!r}")
        entry = Entry(pack.source("splits", name), f"splits.{name}", pack.section("splits")[name])
        entry.only("rule", "classes", "rest")
        self.rule = entry.text("rule")
        self.rest_aside = entry.text("rest", "counts") == "aside"
        classes = entry.entry("classes")
        classes.only(*CLASSES)
        self.how = {kind: self._read(target, classes, kind) for kind in classes.raw}

    def _read(self, target: Target, classes: Entry, kind: str) -> str | Fraction | Refused:
        word = classes.text(kind)
        if word in _WORDS:
            return word
        if word not in target.pack.tables:
            raise classes.error(kind, f"neither {', '.join(_WORDS)} nor a figure: {word!r}")
        try:
            keys = {"scheme": target.scheme}
            return target.pack.figure(word, on=target.day, supplied=target.supplied, **keys).share
        except FigureNotGiven as missing:
            return Refused(missing.code, missing.rule, missing.message)

    def totals(self, total: int, own: int, first: int) -> Split:
        """A bill whose parts are already worked out."""
        return Split(own, first, total - own - first if self.rest_aside else 0, 0, None)

    def lines(self, lines: tuple[Line, ...]) -> Split:
        """A bill with lines; each first self-pay is rounded half-up by itself.

        Raises PolicyError for a class that the pool does not have, or a rate beside a printed share.
        """
        own = first = single = class_b = 0
        refusal = None
        for number, line in enumerate(lines):
            how = self.how.get(line.kind)
            if how is None:
                raise PolicyError("bad_value", f"lines[{number}].class", f"本统筹区没有这一类别：{line.kind}")
            share = self._share(how, line, number)
            if share is None:
                refusal = refusal or self._missing(how, line)
                continue
            paid = money.share(line.amount, share.numerator, share.denominator)
            own += line.amount if how == "outside" else 0
            single += line.amount if how == "aside" else 0
            class_b += line.amount - paid if line.kind == "B" else 0
            first += paid
        if refusal is not None:
            return Split(own, 0, 0, 0, refusal)
        if self.rest_aside:
            single = sum(line.amount for line in lines) - own - first
        return Split(own, first, single, class_b, None)

    def _share(self, how: str | Fraction | Refused, line: Line, number: int) -> Fraction | None:
        """The first self-pay share of a line; None if it is not given."""
        if isinstance(how, Refused) or how == "rate":
            return line.rate
        if line.rate is not None:
            raise PolicyError("bad_value", f"lines[{number}].rate", "该类别的先行自付比例由政策规定，不能另填")
        return how if isinstance(how, Fraction) else Fraction(0)

    def _missing(self, how: str | Fraction | Refused, line: Line) -> Refused:
        if isinstance(how, Refused):
            return how
        message = f"{line.kind} 类费用的先行自付比例（first_self_pay.{line.kind}）政策原文未公布，明细中也未提供"
        return Refused("parameter_missing", self.rule, message)
