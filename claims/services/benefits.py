"""Which benefits can be claimed by hand, and reading what a bill of each must say."""

from collections.abc import Iterable
from datetime import date

from casework.errors import Refused
from chronic.models import DrugCertification
from claims.models import Claim, ClaimBenefit, Visit
from maternity.models import BirthEvent
from policy import Pack


def benefits_on(day: date) -> dict[str, ClaimBenefit]:
    """The benefits that can be claimed by hand on a day, by code, in their order. One query."""
    return {row.code: row for row in ClaimBenefit.objects.valid_on(day)}


def names_of_benefits() -> dict[str, ClaimBenefit]:
    """The words for every benefit that ever could be claimed, the newest by code. One query."""
    rows = {row.code: row for row in ClaimBenefit.objects.order_by("valid_from")}
    return dict(sorted(rows.items(), key=lambda item: item[1].position))


def benefit_of(code: str, known: dict[str, ClaimBenefit], place: str) -> ClaimBenefit:
    """The benefit that an officer named; refuses one that cannot be claimed by hand."""
    found = known.get(code)
    if found is None:
        raise Refused("BENEFIT_UNKNOWN", f"{place}该待遇类别不能手工报销，请从列表中选择。")
    return found


def disease_of(code: str, benefit: ClaimBenefit, pack: Pack, place: str) -> str:
    """The pool's code of a bill's disease. An alias stands for its disease.

    A benefit of certified diseases needs one of its own category (BZ-CHR-14.1); refuses others.
    """
    if not code:
        if benefit.category:
            raise Refused("DISEASE_MISSING", f"{place}{benefit.name}须填写认定的病种。")
        return ""
    known = pack.section("diseases")
    found = code if code in known else next((key for key, row in known.items() if code in row.get("aliases", ())), "")
    if not found:
        raise Refused("DISEASE_UNKNOWN", f"{place}病种目录中没有“{code}”。")
    if benefit.category and known[found]["class"] not in benefit.categories:
        raise Refused("DISEASE_UNKNOWN", f"{place}“{known[found]['name']}”不属于{benefit.name}的病种。")
    return str(found)


def of_certified_disease(claim: Claim) -> bool:
    """Whether the claim has bills of a disease that must be certified."""
    certified = ClaimBenefit.objects.exclude(category="").values("code")
    return claim.visits.live().filter(benefit__in=certified).exists()


def disease_name(code: str, pack: Pack) -> str:
    """What a disease is called in the pool; its code where the catalogue does not have it."""
    return str(pack.section("diseases").get(code, {}).get("name", code))


def drug_names(visits: Iterable[Visit]) -> dict[str, str]:
    """What the drugs of one person's bills are called in his certifications. One query, none without drugs."""
    wanted = {visit.drug: visit.person_id for visit in visits if visit.drug}
    rows = DrugCertification.objects.filter(drug_code__in=wanted, person__in=wanted.values()) if wanted else ()
    return {row.drug_code: row.drug_name for row in rows}


def event_of(
    number: int | None, benefit: ClaimBenefit, events: dict[int, BirthEvent], place: str
) -> BirthEvent | None:
    """The birth or termination that a bill belongs to; refuses a bill without one, or with another person's."""
    if not benefit.birth:
        return None
    if number is None:
        raise Refused("EVENT_MISSING", f"{place}请选择生育事件；尚未登记的，请先登记分娩或终止妊娠。")
    found = events.get(number)
    if found is None:
        raise Refused("EVENT_UNKNOWN", f"{place}所选生育事件不属于该参保人，或已作废。")
    return found
