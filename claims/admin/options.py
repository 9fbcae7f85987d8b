"""What a person's bill may be about: the benefits, his certified diseases, his births. The same for every bill of a
page."""
from dataclasses import dataclass, field, replace

from casework.clock import bureau_day, now
from chronic.models import EntitlementPeriod
from claims.models import ClaimBenefit
from claims.services.benefits import benefits_on
from claims.services.rules import pack_of
from enrollment.models import Person
from maternity.models import BirthEvent


@dataclass(frozen=True)
class Options:
    """The choices of a bill's form."""

    benefits: dict[str, ClaimBenefit] = field(default_factory=dict)
    diseases: list[tuple[str, str, str]] = field(default_factory=list)
    events: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, person: Person) -> "Options":
        """Three queries."""
        periods = EntitlementPeriod.objects.filter(person=person, voided=False).select_related("entitlement")
        diseases = {}
        for row in periods.order_by("unit", "starts_on"):
            until = f"至 {row.last_day}" if row.last_day else "起"
            label = f"{row.entitlement.unit_name}（{row.starts_on}{until}）"
            diseases[row.unit] = (row.category, row.unit, label)
        events = BirthEvent.objects.filter(mother=person, voided=False)
        return cls(benefits_on(bureau_day(now())), list(diseases.values()), [(row.pk, str(row)) for row in events])

    @classmethod
    def supposed(cls, person: Person) -> "Options":
        """The same with every disease of the pool's catalogue: a trial may suppose that it were certified."""
        known = cls.of(person)
        held = {code for _, code, _ in known.diseases}
        rows = pack_of(person.region_code).section("diseases").items()
        others = [(str(row["class"]), code, str(row["name"])) for code, row in rows if code not in held]
        return replace(known, diseases=[*known.diseases, *others])

    @property
    def benefit_choices(self) -> list[tuple[str, str]]:
        return [(code, row.name) for code, row in self.benefits.items()]

    def disease_choices(self, chosen: str) -> list:
        """By the benefit whose diseases they are; what was entered before stays, though it may have ended since."""
        groups = [
            (row.name, [(code, label) for category, code, label in self.diseases if category == row.category])
            for row in self.benefits.values() if row.category
        ]
        found = [("", "请选择"), *((name, rows) for name, rows in groups if rows)]
        if chosen and all(code != chosen for _, code, _ in self.diseases):
            found.append((chosen, f"{chosen}（无有效认定）"))
        return found

    @property
    def event_choices(self) -> list[tuple[str, str]]:
        return [("", "请选择"), *((str(number), label) for number, label in self.events)]

    def words(self) -> dict[str, dict[str, object]]:
        """What the page's script needs to name and hide fields; the server judges again."""
        return {
            code: {
                "name": row.name, "first": row.first_label, "last": row.last_label, "diagnosis": row.diagnosis_label,
                "disease": bool(row.category), "drug": row.drug, "birth": row.birth, "outpatient": row.outpatient,
            }
            for code, row in self.benefits.items()
        }
