"""What was applied for in a matter, in the officer's words: labels of the facts, words for their codes."""
from enrollment.models import EnrollmentCase, Person, PersonType
from enrollment.models.households import HouseholdMember
from enrollment.services.groups import STATUS
from enrollment.services.joining import FLEXIBLE_CATEGORIES
from enrollment.services.matters.kinds import KINDS
from enrollment.services.registering import BASIS

WORDS: dict[str, dict[str, str]] = {
    "id_type": dict(Person.IdType.choices), "sex": dict(Person.Sex.choices),
    "relation": dict(HouseholdMember.Relation.choices), "basis": dict(BASIS), "category": dict(FLEXIBLE_CATEGORIES),
    "standing": dict(STATUS), "scheme": {"employee": "职工医保", "resident": "城乡居民医保"},
}


def applied(case: EnrollmentCase) -> list[dict]:
    """Label and value of each fact; a list of persons becomes rows of such pairs. One query."""
    known = KINDS.get(case.kind)
    if known is None:
        return []
    types = dict(PersonType.objects.values_list("code", "name"))
    return _pairs(known.fields, case.facts, types)


def _pairs(fields, facts: dict, types: dict[str, str]) -> list[dict]:
    shown = []
    for name, value in facts.items():
        field = fields.get(name)
        if field is None or value in (None, ""):
            continue
        if field.parts is not None and isinstance(value, list):
            rows = [_pairs(field.parts, entry, types) for entry in value]
            shown.append({"label": field.label, "rows": rows})
        else:
            shown.append({"label": field.label, "value": _word(name, value, types)})
    return shown


def _word(name: str, value, types: dict[str, str]) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "person_type":
        return types.get(value, value)
    return WORDS.get(name, {}).get(value, value) if isinstance(value, str) else str(value)
