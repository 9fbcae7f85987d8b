"""What the compiled plans read: a bill with everything about its person that holds on its day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

PAYERS = ("basic", "civil_servant", "large_amount", "catastrophic", "relief", "relief_tilt")
"""The six payers of a result, in the order in which they pay."""

RELIEF = ("relief", "relief_tilt")
"""The payers that can pay a bill alone, after the others have paid it elsewhere."""

NO_LIMIT = 10**24
"""Stands for "no limit" among whole fen; above any sum that a request can hold."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a bill is not settled."""

    code: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: its class, its amount in fen, and the first self-pay share if the request names one."""

    kind: str
    amount: int
    rate: Fraction | None = None


@dataclass(slots=True)
class Bill:
    """One bill, all amounts in fen, all facts as of its service day."""

    id: str
    benefit: str
    day: date
    scheme: str
    total: int
    own: int = 0
    first: int = 0
    single: int = 0
    class_b: int = 0
    split_refusal: Refused | None = None
    lines: tuple[Line, ...] | None = None
    level: str | None = None
    place: str = "local"
    filing: str = "none"
    direct: bool = False
    own_fault: bool = False
    course: str | None = None
    referred: bool = True
    disease: str | None = None
    days: int | None = None
    age: int = 0
    mode: str = "ordinary"
    rescue_days: int = 0
    admission_covered: bool = True
    tags: frozenset[str] = frozenset()
    relief_tags: frozenset[str] = frozenset()
    looks_back: bool = False
    certs: frozenset[str] = frozenset()
    cert_from: date = date.min
    cat_cap: int | None = None
    limit: int = 0
    limit_refusal: Refused | None = None
    limit_cites: tuple[object, ...] = ()
    elsewhere: tuple[int, ...] | None = None
    year: int = field(init=False)
    month: str = field(init=False)

    def __post_init__(self) -> None:
        self.year = self.day.year
        self.month = f"{self.day.year:04d}-{self.day.month:02d}"
