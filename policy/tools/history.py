"""Show all versions of a figure, oldest first, each with where it stands."""

from __future__ import annotations

from argparse import Namespace

from policy.errors import PolicyError
from policy.tools.packs import Result, cited, name_of, open_pack, since, words


def run(asked: Namespace) -> Result:
    """Print the figure of that name, else all whose name or label contains it."""
    pack = open_pack(asked.pack)
    wanted = asked.figure
    tables = [pack.tables[wanted]] if wanted in pack.tables else [
        table for name, table in pack.tables.items() if wanted in name or wanted in table.label
    ]  # fmt: skip
    if not tables:
        raise PolicyError("bad_value", "figure", f"{pack.title}没有名称含“{wanted}”的参数")
    lines = []
    for table in tables:
        for keys, line in table.cells.items():
            lines.append(f"{table.name}  {name_of(table, keys)}")
            lines += [f"  {since(figure.since)}  {words(figure)}  {cited(figure)}  {figure.status}" for figure in line]
    return lines, False
