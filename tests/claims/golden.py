"""The contract's cases as facts of the database: a person with his days, tags and certificates, and bills."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from chronic.services import Grant
from claims.services import Line, Stay
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity, Institution, Person
from maternity import services as maternity
from maternity.services import Happened
from policy import pack_for
from tests.claims.benefits import certify_drug
from tests.conftest import BUREAU
from tests.people import id_number

Json = dict

REGIONS = {"local": "511902", "in_province": "510100", "out_of_province": "500103"}
LEVELS = {"township": "10", "ungraded": "11", "level1": "08", "level2": "05", "level3": "02"}
FILINGS = {"referred": "referred", "long_term": "long_term_resident", "temporary": "other_temporary"}
TYPES = {"active": "1101", "retired": "1201", "flexible": "1103"}
CERTIFIED = ("chronic", "special", "two_diseases")
FIRST, DRUG = date(2024, 1, 1), "XL01EB04"


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def after(text: str | None) -> date | None:
    """The first day after a last day, as the register writes the end of a spell."""
    return day(text) + timedelta(days=1) if text else None


def morning_after(case: Json) -> datetime:
    """When the papers are brought: the morning after the last bill."""
    last = max(day(bill["date"]) for bill in case["request"]["bills"])
    return datetime.combine(last + timedelta(days=1), datetime.min.time(), BUREAU).replace(hour=9)


def enter_person(case: Json, *, by, at: datetime) -> Person:
    """Register the case's person with schemes, tags and identities."""
    told, act = case["request"]["person"], {"by": by, "at": at}
    born = day(told["birth_date"])
    person = enrollment.register_person(
        id_no=id_number("511902", born, 2), name="李春梅", region_code="511902", phone="13800001234", **act
    )
    tags = {row["tag"] for row in told["tags"]}
    spells = told["scheme"]
    if isinstance(spells, str):
        spells = [{"scheme": spells, "from": FIRST.isoformat(), "to": None}]
    for spell in spells:
        kind = next((TYPES[tag] for tag in TYPES if tag in tags), "1101") if spell["scheme"] == "employee" else "1501"
        enrollment.open_insurance(
            person_id=person.pk, scheme=spell["scheme"], person_type=kind, starts_on=day(spell["from"]),
            ends_on=after(spell["to"]), **act,
        )
    for row in told["tags"]:
        span = {"starts_on": day(row["from"]), "ends_on": after(row["to"])}
        if row["tag"] in HardshipIdentity.Category.values:
            enrollment.grant_identity(person_id=person.pk, category=row["tag"], **span, **act)
        elif row["tag"] not in TYPES:
            enrollment.tag_person(person_id=person.pk, tag=row["tag"], **span, **act)
    return Person.objects.get(pk=person.pk)


def certificates_of(case: Json) -> Iterator[tuple[str, Grant]]:
    for row in case["request"]["person"]["certificates"]:
        yield row["disease"], Grant(starts_on=day(row["from"]), certified_on=day(row["from"]))


def diseases() -> dict[str, str]:
    """The category of each disease of the pool."""
    return {code: str(row["class"]) for code, row in pack_for("bazhong").section("diseases").items()}


def expected(case: Json, bill: Json) -> Json:
    """What the case expects of a bill; a request that is wrong is refused."""
    rows = case["expect"].get("bills", ())
    return next((one for one in rows if one["id"] == bill["id"]), {"refused": True})


def claims_of(case: Json) -> list[list[Json]]:
    """The bills as claims: those that the rules refuse alone, the others one disease to a claim (BZ-CHR-14.1)."""

    def bucket(bill: Json) -> tuple[str, ...]:
        if expected(case, bill).get("refused"):
            return ("refused", bill["id"])
        return (bill["benefit"], bill.get("disease", "")) if bill["benefit"] in CERTIFIED else ("ordinary",)

    return [list(bills) for _, bills in groupby(case["request"]["bills"], key=bucket)]


class Desk:
    """Where the bills of a case are entered: hospitals, filings and births as they need them."""

    def __init__(self, person: Person, *, manager, confirmer, by, at: datetime) -> None:
        self.person, self.manager, self.confirmer, self.by, self.at = person, manager, confirmer, by, at
        self.left: date | None = None

    def stay(self, bill: Json) -> Stay:
        place, first = bill.get("place", "local"), day(bill.get("admitted")) or day(bill["date"])
        self._file(bill, place)
        lines = [
            Line(line_class=row["class"], amount=row["amount"], rate=row.get("rate"), name="项目")
            for row in bill.get("lines", ())
        ]
        total = bill.get("total") or sum((Decimal(row["amount"]) for row in bill["lines"]), Decimal(0))
        return Stay(
            institution_id=self._hospital(bill.get("level", "level3"), place).pk, benefit=bill["benefit"],
            admitted_on=self._free(bill, first), discharged_on=day(bill["date"]), invoice_no=bill["id"],
            disease=bill.get("disease", ""), course=bill.get("course", ""), referred=bill.get("referred", True),
            emergency=bill.get("filing") == "emergency", drug=self._drug(bill), birth_event_id=self._birth(bill),
            total=total, own_expense=bill.get("own_expense"), lines=lines,
        )

    def _free(self, bill: Json, first: date) -> date:
        """Stays that overlap on paper begin when the last one ended: the database allows no person in two beds."""
        if bill["benefit"] != "inpatient":
            return first
        first = max(first, self.left or first)
        self.left = day(bill["date"])
        return first

    def _hospital(self, level: str, place: str) -> Institution:
        number = list(LEVELS).index(level) if level in LEVELS else 9
        code = f"{'P' if level == 'pharmacy' else 'H'}{REGIONS[place]}0009{number}"
        found = Institution.objects.filter(code=code).first()
        more = {"kind": "2"} if level == "pharmacy" else {
            "hospital_level": LEVELS[level], "primary_care": level == "township"
        }
        return found or enrollment.register_institution(
            code=code, name=f"{level} {place}", region_code=REGIONS[place], starts_on=date(2020, 1, 1), by=self.manager,
            at=self.at, **more,
        )

    def _file(self, bill: Json, place: str) -> None:
        kind = FILINGS.get(bill.get("filing", ""))
        if kind and place != "local":
            enrollment.file_care_elsewhere(
                person_id=self.person.pk, kind=kind, place_region_code=REGIONS[place], starts_on=day(bill["date"]),
                ends_on=after(bill["date"]), by=self.by, at=self.at,
            )

    def _drug(self, bill: Json) -> str:
        """A drug that is paid apart was certified before, with its five fixed items (BZ-DRG-3.1)."""
        if bill["benefit"] != "single_line_drug":
            return ""
        hospital = self._hospital(bill.get("level", "level3"), "local")
        certify_drug(
            self.person, DRUG, hospital, (FIRST, date(2027, 1, 1)), filer=self.by, confirmer=self.confirmer,
            manager=self.manager, at=self.at,
        )
        return DRUG

    def _birth(self, bill: Json) -> int | None:
        if "maternity" not in bill:
            return None
        happened = Happened(happened_on=day(bill["date"]), **bill["maternity"])
        return maternity.record_event(mother_id=self.person.pk, happened=happened, by=self.by, at=self.at).pk
