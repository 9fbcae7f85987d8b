"""Opening the packs that a command line names, and writing their figures as officers read them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from policy.pack import PACKS, Pack
from policy.pack_figures import Figure, Table

Result = tuple[list[str], bool]
"""What a tool prints, and whether it found something."""


def open_pack(named: str) -> Pack:
    """Return the pack of a pool's name, of a folder, or of a folder with overlays: `FOLDER,OVERLAY`."""
    first, *overlays = named.split(",")
    folder = Path(first)
    if not folder.is_dir() and (PACKS / first / "pack.yaml").is_file():
        folder = PACKS / first
    if not folder.is_dir():
        raise FileNotFoundError(2, "no such pool or folder", first)
    return Pack.load(folder, *overlays)


def name_of(table: Table, keys: tuple[str, ...]) -> str:
    """A figure as officers call it, with its keys."""
    return f"{table.label}（{'、'.join(keys)}）" if keys else table.label


def words(figure: Figure | None) -> str:
    """A figure's value as it is written, with thousands marked; or what is known of it."""
    if figure is None:
        return "未规定"
    if figure.status == "missing" and not figure.text:
        return "未公布"
    if figure.status == "unverified":
        return f"{_marked(figure.text)}（未核实）" if figure.text else "未核实"
    return _marked(figure.text)


def cited(figure: Figure) -> str:
    """Where a figure stands."""
    doubt = f"，{figure.ambiguity}" if figure.ambiguity else ""
    return f"{figure.article}（{figure.rule}{doubt}）"


def since(day: date | None) -> str:
    return f"自{day.isoformat()}" if day else "一直"


def _marked(text: str) -> str:
    return re.sub(r"\d{4,}(?=(?:\.\d+)?元)", lambda found: f"{int(found[0]):,}", text)
