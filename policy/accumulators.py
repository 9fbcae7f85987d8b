"""The accumulators of a person's years: carried in by `opening`, changed by bills, printed.

A pack declares them: ``accumulators: {A_EB: {label: …}, "sd_paid[{disease}]": {…}, "osd_level_max": {unit: level}}``,
names with `{scheme}`, `{disease}` and `{month}` where there is one of each kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from policy import money
from policy.errors import PolicyError
from policy.pack import Pack

State = dict[str, Any]


class Ledger:
    """The years of one request. Amounts in fen; an accumulator that counts levels holds a level's name."""

    def __init__(self, pack: Pack, opening: Mapping[str, Mapping[str, Any]]) -> None:
        self._names = _names_of(pack)
        self._years: dict[int, State] = {}
        for year, given in opening.items():
            if re.fullmatch(r"[1-9][0-9]{3}", year) is None:
                raise PolicyError("bad_value", f"opening.{year[:20]}", "应为四位年份")
            state = self._years[int(year)] = self._names.fresh()
            for name, raw in given.items():
                if raw is not None:
                    state[name] = self._names.read(f"opening.{year}.{name}", name, raw)

    def year(self, year: int) -> State:
        """The state of a year; it starts at zero."""
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._names.fresh()
        return found

    def printed(self) -> dict[str, dict[str, str]]:
        return {str(year): self._names.printed(state) for year, state in sorted(self._years.items())}


class _Names:
    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.fixed: list[str] = []
        self.patterns: list[tuple[re.Pattern[str], bool]] = []
        for template, raw in pack.section("accumulators").items():
            level = raw.get("unit") == "level"
            if "{" not in template and not level:
                self.fixed.append(template)
            self.patterns.append((re.compile(_pattern(pack, template)), level))

    def fresh(self) -> State:
        return dict.fromkeys((name for name in self.fixed), 0)

    def read(self, path: str, name: str, raw: Any) -> Any:
        """The opening value of an accumulator. Raises PolicyError for an unknown name or a bad value."""
        found = next((level for pattern, level in self.patterns if pattern.fullmatch(name)), None)
        if found is None:
            raise PolicyError("unknown_field", path[:120], "没有这个累计项")
        if found:
            if raw not in self.pack.keys("level"):
                raise PolicyError("bad_value", path, "应为机构级别")
            return raw
        try:
            return money.fen(raw)
        except PolicyError as error:
            raise PolicyError(error.code, path, error.message) from None

    def printed(self, state: State) -> dict[str, str]:
        """Names in the order of the pack, those with a disease or month after them in theirs; no empty levels."""
        made = {}
        for name in [*self.fixed, *sorted(set(state) - set(self.fixed))]:
            value = state[name]
            if isinstance(value, str):
                made[name] = value
            elif name in self.fixed or value:
                made[name] = money.text(value)
        return made


@lru_cache(maxsize=4096)
def label_of(pack: Pack, name: str) -> str:
    """What an accumulator is called in the pack; its own name where the pack says nothing."""
    for template, raw in pack.section("accumulators").items():
        if re.fullmatch(_pattern(pack, template), name):
            return str(raw.get("label", name))
    return name


def level_names(pack: Pack) -> Callable[[str], bool]:
    """Tells which accumulators of a pack count levels; a ledger keeps a level by its place among the pack's levels."""
    patterns = [pattern for pattern, level in _names_of(pack).patterns if level]
    return lambda name: any(pattern.fullmatch(name) for pattern in patterns)


@lru_cache(maxsize=64)
def _names_of(pack: Pack) -> _Names:
    return _Names(pack)


def _pattern(pack: Pack, template: str) -> str:
    """A name's pattern: its placeholders stand for schemes, diseases, months."""
    parts = {"scheme": "(employee|resident)", "month": r"[0-9]{4}-(0[1-9]|1[0-2])",
             "disease": "(" + "|".join(re.escape(name) for name in pack.section("diseases")) + ")"}
    pieces = re.split(r"\{(\w+)\}", template)
    return "".join(parts[piece] if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
