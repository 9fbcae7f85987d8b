"""Say in words how two packs differ: each changed figure with its day and article, lists, diseases, sections."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from typing import Any

from policy.calculator import plain
from policy.pack import SECTIONS, Pack
from policy.pack_figures import ALWAYS, Figure, Table
from policy.tools.packs import Result, cited, name_of, open_pack, words

_READ_ELSEWHERE = {"figures", "articles", "overlay"}


def run(asked: Namespace) -> Result:
    """Print the differences; found if there are any."""
    lines = list(differences(open_pack(asked.old), open_pack(asked.new)))
    return lines or ["两个政策包没有差别"], bool(lines)


def differences(old: Pack, new: Pack) -> Iterator[str]:
    """Yield one line for each difference."""
    yield from _figures(old, new)
    for section in sorted(SECTIONS - _READ_ELSEWHERE):
        yield from _entries(section, plain(old.section(section)), plain(new.section(section)))


def _figures(old: Pack, new: Pack) -> Iterator[str]:
    for name in sorted(set(old.tables) | set(new.tables)):
        before, after = old.tables.get(name), new.tables.get(name)
        if before is None or after is None:
            one = after or before
            assert one is not None
            yield f"{one.label}（{name}）：{'新增' if before is None else '删除'}"
            continue
        for keys in sorted(set(before.cells) | set(after.cells)):
            yield from _cell(before, after, keys)


def _cell(before: Table, after: Table, keys: tuple[str, ...]) -> Iterator[str]:
    """Compare two timelines between all their days of change."""
    if keys not in before.cells or keys not in after.cells:
        yield f"{name_of(after, keys)}：{'新增' if keys in after.cells else '删除'}"
        return
    changes = {one.since or ALWAYS for table in (before, after) for one in table.cells[keys]}
    days = sorted(changes | _ends(before, after))
    last: tuple[str, str] | None = None
    for day in days:
        old, new = before.at(keys, day), after.at(keys, day)
        change = (_shown(old), _shown(new))
        if change[0] != change[1] and change != last:
            yield f"{name_of(after, keys)} {change[0]} → {change[1]} {_from(day)}{_place(new or old)}"
        last = change


def _ends(*tables: Table) -> set[date]:
    return {table.ends for table in tables if table.ends is not None}


def _shown(figure: Figure | None) -> str:
    doubt = f"（按{figure.ambiguity}）" if figure is not None and figure.status == "recommended" else ""
    return words(figure) + doubt


def _from(day: date) -> str:
    return "" if day == ALWAYS else f"自{day.isoformat()} "


def _place(figure: Figure | None) -> str:
    return cited(figure) if figure else ""


def _entries(section: str, old: Any, new: Any) -> Iterator[str]:
    """Compare two trees of text, naming the path of each difference."""
    yield from _walk(section, old, new)


def _walk(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            if key not in new:
                yield f"{path}.{key}：删除"
            elif key not in old:
                yield f"{path}.{key}：新增"
            else:
                yield from _walk(f"{path}.{key}", old[key], new[key])
        return
    yield f"{path}：{_text(old)} → {_text(new)}"


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"
