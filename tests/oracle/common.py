"""What all pools share: exact money, days, tags, bill lines, accumulators of a year, the shape of the answer."""
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor

PAYERS = ("basic", "civil_servant", "large_amount", "catastrophic", "relief", "relief_tilt")
RELIEF_TAGS = {
    "extremely_poor", "orphan", "minimum_allowance", "margin", "impoverished_by_illness", "monitored",
    "monitored_risk_open", "returned_to_poverty", "risk_of_return", "sudden_hardship",
}


class Refuse(Exception):
    """The bill is not settled; `code` is the answer's `refused.code`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def yuan(value) -> Fraction:
    return Fraction(str(value)) if value is not None else Fraction(0)


def half_up(amount: Fraction) -> Fraction:
    """To the fen, half a fen up (amounts are never negative)."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def pos(amount) -> Fraction:
    return max(Fraction(0), Fraction(amount))


def text(amount) -> str:
    fen = amount * 100
    assert fen == int(fen), f"not whole fen: {amount}"
    return f"{int(fen) // 100}.{int(fen) % 100:02d}"


def percent(number) -> Fraction:
    return Fraction(str(number)) / 100


def day(value: str) -> date:
    return date.fromisoformat(value)


def within(entry: dict, on: date) -> bool:
    """`from` and `to` are both inclusive, `to` may be null."""
    return day(entry["from"]) <= on and (entry.get("to") is None or on <= day(entry["to"]))


def scheme_on(person: dict, on: date):
    """`employee`, `resident`, or None where a list of periods leaves the day open."""
    scheme = person["scheme"]
    if isinstance(scheme, str):
        return scheme
    held = [entry["scheme"] for entry in scheme if within(entry, on)]
    return held[0] if held else None


def tags_on(person: dict, on: date) -> set:
    return {entry["tag"] for entry in person.get("tags") or [] if within(entry, on)}


def certificates_on(person: dict, on: date) -> set:
    return {entry["disease"] for entry in person.get("certificates") or [] if within(entry, on)}


def age_on(person: dict, on: date) -> int:
    born = day(person["birth_date"])
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@dataclass
class Split:
    """The parts of a bill. `known` is false where a line lacks its first self-pay share."""

    total: Fraction
    own: Fraction
    first: Fraction
    single: Fraction
    known: bool = True

    @property
    def eligible(self) -> Fraction:
        return self.total - self.own - self.first - self.single


def split(bill: dict, printed: dict) -> Split:
    """`printed`: first self-pay share by line class where the pool prints one (R-3, O-4)."""
    if bill.get("lines") is None:
        parts = [yuan(bill.get(key)) for key in ("total", "own_expense", "first_self_pay")]
        return Split(*parts, Fraction(0))
    answer = Split(Fraction(0), Fraction(0), Fraction(0), Fraction(0))
    for line in bill["lines"]:
        amount = yuan(line["amount"])
        answer.total += amount
        if line["class"] == "C":
            answer.own += amount
        elif line["class"] == "single_line":
            answer.single += amount
        elif line["class"] != "A":
            share = printed.get(line["class"], line.get("rate"))
            if share is None:
                answer.known = False
            else:
                answer.first += half_up(amount * Fraction(str(share)))
    return answer


class Years:
    """The accumulators of each year: a name never written is 0."""

    def __init__(self, opening):
        self.years = {}
        for year, names in (opening or {}).items():
            self.years[year] = {name: self._read(value) for name, value in names.items()}

    @staticmethod
    def _read(value):
        try:
            return Fraction(str(value))
        except ValueError:
            return value

    def of(self, on: date) -> "Year":
        return Year(self.years.setdefault(str(on.year), {}))

    def printed(self) -> dict:
        return {
            year: {name: value if isinstance(value, str) else text(value) for name, value in sorted(names.items())}
            for year, names in sorted(self.years.items())
        }


class Year:
    def __init__(self, names: dict):
        self.names = names

    def get(self, name: str) -> Fraction:
        return self.names.get(name, Fraction(0))

    def level(self, name: str):
        return self.names.get(name)

    def add(self, name: str, amount: Fraction) -> None:
        self.names[name] = self.get(name) + amount

    def put(self, name: str, value) -> None:
        self.names[name] = value


def paid(bill: dict, parts: Split, *, eligible=None, deductible=Fraction(0), **payers) -> dict:
    """The settled bill; what no payer took is the person's."""
    amounts = {name: Fraction(payers.get(name, 0)) for name in PAYERS}
    fund = sum(amounts.values())
    answer = {
        "id": bill["id"],
        "refused": None,
        "total": text(parts.total),
        "own_expense": text(parts.own),
        "first_self_pay": text(parts.first),
        "eligible": text(parts.eligible if eligible is None else eligible),
        "deductible": text(deductible),
    }
    answer |= {name: text(amount) for name, amount in amounts.items()}
    answer |= {"fund_total": text(fund), "personal": text(parts.total - fund)}
    return answer


def refused(bill: dict, parts: Split, code: str) -> dict:
    """R-1.5, O-5: the bill's own three amounts stay, the person pays the whole."""
    zero = dict.fromkeys(("eligible", "deductible", *PAYERS, "fund_total"), "0.00")
    return {
        "id": bill["id"],
        "refused": {"code": code},
        "total": text(parts.total),
        "own_expense": text(parts.own),
        "first_self_pay": text(parts.first) if parts.known else "0.00",
        **zero,
        "personal": text(parts.total),
    }


def run(request: dict, one_bill, shares_of) -> dict:
    """Settle bill after bill: `one_bill(request, bill, parts, years)` answers or raises `Refuse`."""
    years = Years(request.get("opening"))
    bills = []
    for bill in request["bills"]:
        parts = split(bill, shares_of(request, bill))
        before = deepcopy(years.years)
        try:
            bills.append(one_bill(request, bill, parts, years))
        except Refuse as refusal:
            years.years = before  # a refused bill changes nothing (R-1.5, O-2)
            bills.append(refused(bill, parts, refusal.code))
    return {"case": request.get("case"), "pool": request["pool"], "bills": bills, "accumulators": years.printed()}


def need(parameters, name: str) -> Fraction:
    """A figure that the source leaves out: given with the request, or the bill is refused."""
    value = (parameters or {}).get(name)
    if value is None:
        raise Refuse("parameter_missing")
    return Fraction(str(value))
