"""Bars drawn by the server: each row a label and its parts, places in hundredths of the width."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

HEIGHT = 24
LABELS = 30
"""How much of the width the labels take, in hundredths."""
NUMBERS = 6
WORDS = {"granted": "已认定", "refused": "不予认定", "waiting": "办理中", "live": "有效待遇"}
LONGEST = 18


@dataclass(frozen=True)
class Piece:
    x: str
    width: str
    kind: str
    title: str


@dataclass
class Bar:
    label: str
    y: int
    total: int
    pieces: list[Piece] = field(default_factory=list)
    end: str = ""

    @property
    def text_y(self) -> int:
        return self.y + 14

    @property
    def short(self) -> str:
        return self.label if len(self.label) <= LONGEST else f"{self.label[:LONGEST - 1]}…"


@dataclass
class Chart:
    rows: list[Bar]
    kinds: list[dict]
    labels_end: str = f"{LABELS - 1}%"

    @property
    def height(self) -> int:
        return HEIGHT * len(self.rows) + 4


def bars(rows: Sequence[tuple[str, Mapping[str, int]]], most: int = 20) -> Chart | None:
    """A chart of the first rows, all on one scale; None where there is nothing to show. The numbers stand in the
    table beside it."""
    shown = [(label, parts) for label, parts in rows if sum(parts.values())][:most]
    if not shown:
        return None
    scale = max(sum(parts.values()) for _, parts in shown)
    made = []
    for number, (label, parts) in enumerate(shown):
        bar = Bar(label, HEIGHT * number + 2, sum(parts.values()))
        start = LABELS * 100
        for kind, value in parts.items():
            width = value * (100 - LABELS - NUMBERS) * 100 // scale
            if value:
                said = f"{WORDS[kind]} {value}"
                bar.pieces.append(Piece(_hundredths(start), _hundredths(max(width, 30)), kind, said))
            start += width
        bar.end = _hundredths(start)
        made.append(bar)
    return Chart(made, [{"kind": kind, "word": WORDS[kind]} for kind in shown[0][1]])


def _hundredths(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}%"
