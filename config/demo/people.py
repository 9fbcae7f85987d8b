"""Who lives in the city: facts about synthetic persons, drawn from one seed, without a database."""
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from config.demo.names import full_name
from config.demo.numbers import account, citizen_number, phone

SEED = 511900
TAKEN_OVER = date(2025, 1, 2)
"""The day on which the former system's data came in; younger facts are entered when they happen."""
LAST_DAY = date(2026, 9, 30)
"""Nothing in the synthetic histories is younger."""

# Where they are insured, with how many of a hundred; and the district that their numbers begin with.
PLACES = [("511999", 12), ("511902", 24), ("511903", 14), ("511921", 17), ("511922", 15), ("511923", 18)]
# Bazhong became a city in 2000 and Enyang a district in 2013: older numbers carry codes that no longer exist.
FORMER_DISTRICT = {
    "511999": "513701", "511902": "513701", "511903": "513701", "511921": "513721", "511922": "513722",
    "511923": "513723",
}
BANKS = ["中国农业银行", "中国工商银行", "中国建设银行", "四川农村商业联合银行", "中国邮政储蓄银行"]


@dataclass(frozen=True)
class Insured:
    scheme: str
    person_type: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class Tagged:
    tag: str
    starts_on: date


@dataclass(frozen=True)
class Hardship:
    category: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True)
class Filed:
    kind: str
    place: str
    starts_on: date
    ends_on: date | None = None


@dataclass
class Citizen:
    """One person's facts, in the words of enrollment's services."""

    id_no: str
    name: str
    region_code: str
    born: date
    phone: str = ""
    address: str = ""
    bank_name: str = ""
    bank_account: str = ""
    died_on: date | None = None
    periods: list[Insured] = field(default_factory=list)
    tags: list[Tagged] = field(default_factory=list)
    hardships: list[Hardship] = field(default_factory=list)
    filings: list[Filed] = field(default_factory=list)


def citizens(count: int, seed: int = SEED) -> Iterator[Citizen]:
    """`count` persons; the same for the same seed, whatever the machine and the day."""
    random = Random(seed)  # noqa: S311
    taken: set[str] = set()
    for serial in range(1, count + 1):
        yield _citizen(random, serial, taken)


def _citizen(random: Random, serial: int, taken: set[str]) -> Citizen:
    region_code = random.choices([code for code, _ in PLACES], [weight for _, weight in PLACES])[0]
    employee = random.random() < (0.85 if region_code == "511999" else 0.2)
    born = _born(random, employee)
    male = random.random() < 0.51
    person = Citizen(_number(random, region_code, born, male, taken), full_name(random, male=male, born=born),
                     region_code, born)
    if random.random() < 0.8:
        person.phone = phone(serial)
    person.address = f"示例路{random.randint(1, 300)}号" if employee else f"示例村{random.randint(1, 12)}组"
    if random.random() < 0.45:
        person.bank_name, person.bank_account = random.choice(BANKS), account(serial)
    (_employee if employee else _resident)(random, person)
    _filings(random, person, employee)
    if born.year < 1960 and random.random() < 0.05:
        person.died_on = _day(random, date(2025, 6, 1), LAST_DAY)
    return person


def _born(random: Random, employee: bool) -> date:
    if employee:
        return _day(random, date(1938, 1, 1), date(2003, 12, 31))
    young = random.random() < 0.28
    first, last = (date(2007, 1, 1), date(2026, 6, 30)) if young else (date(1932, 1, 1), date(2006, 12, 31))
    return _day(random, first, last)


def _number(random: Random, region_code: str, born: date, male: bool, taken: set[str]) -> str:
    today = "511902" if region_code == "511999" else region_code
    if region_code == "511903" and born.year < 2013:
        today = "511902"
    district = FORMER_DISTRICT[region_code] if born.year < 2000 else today
    while True:
        serial = random.randrange(900 + male, 1000, 2)
        number = citizen_number(district, born, serial)
        if number not in taken:
            taken.add(number)
            return number


def _employee(random: Random, person: Citizen) -> None:
    """At work, retired, or working on his own account; a few were residents before."""
    kind = random.choices(["1101", "1102", "1103"], [60, 25, 15])[0]
    begun = _first_of_month(random, max(2001, person.born.year + 21), 2024)
    if begun.year >= 2015 and random.random() < 0.4:
        person.periods.append(Insured("resident", "1501", date(max(2010, begun.year - 8), 1, 1), begun))
    retires = date(person.born.year + 60, person.born.month, 1)
    if retires <= begun or retires > LAST_DAY:
        retired_from_the_first = retires <= begun
        person.periods.append(Insured("employee", f"12{kind[2:]}" if retired_from_the_first else kind, begun))
    else:
        person.periods += [Insured("employee", kind, begun, retires), Insured("employee", f"12{kind[2:]}", retires)]
    if random.random() < 0.9:
        person.tags.append(Tagged("large_amount", begun))
    if kind == "1102":
        person.tags.append(Tagged("civil_servant", begun))
    if random.random() < 0.01:
        person.hardships.append(Hardship("impoverished_by_illness", _day(random, TAKEN_OVER, LAST_DAY)))


def _resident(random: Random, person: Citizen) -> None:
    """Insured from birth or from an early year; some have a gap, some are not insured at present."""
    kind = _resident_type(person.born)
    first = person.born if person.born >= TAKEN_OVER else max(
        person.born, date(random.randint(2012, 2024), 1, 1))
    fate = random.random()
    if fate < 0.08 and first <= date(2023, 1, 1):
        back = date(2025, 1, 1) if random.random() < 0.5 else date(2026, 1, 1)
        person.periods += [Insured("resident", kind, first, date(2024, 1, 1)), Insured("resident", kind, back)]
    elif fate < 0.11 and first < date(2025, 1, 1):
        person.periods.append(Insured("resident", kind, first, date(2026, 1, 1)))
    else:
        person.periods.append(Insured("resident", kind, first))
    _hardships(random, person)


def _resident_type(born: date) -> str:
    age = LAST_DAY.year - born.year
    limits = [(0, "1401"), (6, "1402"), (17, "1403"), (21, "1404"), (59, "1501")]
    return next((kind for limit, kind in limits if age <= limit), "16")


def _hardships(random: Random, person: Citizen) -> None:
    since = max(person.born, date(random.randint(2019, 2025), random.randint(1, 12), 1))
    age = LAST_DAY.year - person.born.year
    kinds = [("orphan" if age < 18 else "extremely_poor", 0.012), ("minimum_allowance", 0.05), ("margin", 0.012),
             ("impoverished_by_illness", 0.008), ("monitored", 0.008), ("monitored_risk_open", 0.01)]
    drawn = random.random()
    for category, share in kinds:
        if drawn < share:
            ended = random.random() < 0.15
            person.hardships.append(Hardship(category, since, date(2026, 7, 1) if ended else None))
            return
        drawn -= share


def _filings(random: Random, person: Citizen, employee: bool) -> None:
    if random.random() > 0.06:
        return
    since = max(person.born, _day(random, date(2023, 1, 1), date(2026, 6, 1)))
    retired = employee and person.born.year <= 1964
    kinds = ["retired_elsewhere" if retired else "long_term_resident", "posted_worker", "referred", "other_temporary"]
    kind = random.choices(kinds, [50, 15 if employee and not retired else 0, 20, 15])[0]
    place = random.choice(["510107", "510105", "500000", "441900", "610100"])
    lasting = kind not in {"referred", "other_temporary"}
    person.filings.append(Filed(kind, place, since, None if lasting else since + timedelta(days=180)))


def _day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randrange((last - first).days + 1))


def _first_of_month(random: Random, first_year: int, last_year: int) -> date:
    return date(random.randint(first_year, max(first_year, last_year)), random.randint(1, 12), 1)
