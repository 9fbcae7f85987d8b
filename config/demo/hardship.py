"""Relief at work: applications in every state, a year to be looked back on, the year's recompute."""
from datetime import date, datetime, timedelta

from django.db import transaction

from casework import services as casework
from casework.clock import bureau_day, now
from claims.models import Claim
from config.demo.cases import LAST_DAY
from config.demo.city import City, morning
from config.demo.desk import working_day
from config.demo.officers import OFFICES
from enrollment.models import Person
from relief import services as relief
from relief.models import Recompute, RecomputeDifference, ReliefApplication
from relief.services import recompute

CITY = "511900"
CATEGORY = "impoverished_by_illness"
PAPERS = ["form", "identity", "card", "diagnosis", "settlement", "invoice"]
FATES = ["recognised", "sent", "registered", "refused"]


def open_all(city: City) -> int:
    """Open the applications if the database has none; returns how many."""
    if ReliefApplication.objects.exists():
        return 0
    today = working_day(min(bureau_day(now()), LAST_DAY))
    at = morning(today) + timedelta(hours=3)
    with transaction.atomic():
        for region_code, _ in OFFICES.values():
            if region_code != CITY:
                for fate, person in zip(FATES, _applicants(region_code, today), strict=False):
                    _play(city, person, fate, today, at)
    return ReliefApplication.objects.count()


def recompute_year(city: City) -> str:
    """Have the year replayed against today's register, if it never was: who was recognised afterwards is shown."""
    if Recompute.objects.exists():
        return "0 added"
    today = working_day(min(bureau_day(now()), LAST_DAY))
    at = min(morning(today) + timedelta(hours=4), now())
    with transaction.atomic():
        run = recompute.start_recompute(year=today.year, by=city.officers["city.lead"], at=at, with_register=True)
    casework.run_due()
    return f"{today.year}, {RecomputeDifference.objects.filter(chunk__run=run).count()} differences found"


def _applicants(region_code: str, today: date) -> list[Person]:
    """Residents of the county whose bills of the year were paid, and who hold no identity."""
    paid = Claim.objects.filter(
        region_code=region_code, status="closed", person__identities=None, visits__discharged_on__year=today.year,
        person__insurance_periods__scheme="resident", person__insurance_periods__ends_on=None,
    )
    others = Person.objects.filter(
        region_code=region_code, died_on=None, identities=None, birth_date__lt=date(1970, 1, 1),
        insurance_periods__scheme="resident", insurance_periods__ends_on=None,
    )
    known = [claim.person for claim in paid.select_related("person").order_by("pk").distinct()[:1]]
    wanted = len(FATES) - len(known)
    return [*known, *others.exclude(pk__in=[one.pk for one in known]).order_by("id_no").distinct()[:wanted]]


def _play(city: City, person: Person, fate: str, today: date, at: datetime) -> None:
    """Registered at the window, sent to the authority, its decision recorded by the office's lead."""
    window, lead = city.officer(person.region_code, "window"), city.officer(person.region_code, "lead")
    case = relief.apply(
        person_id=person.pk, category=CATEGORY, reason="家庭成员患重病，当年自付医疗费用较大。",
        materials=PAPERS if fate != "registered" else PAPERS[:2], by=window, at=at,
    )
    if fate == "registered":
        return
    relief.send(application_id=case.pk, by=window, at=at + timedelta(hours=1))
    later, number = at + timedelta(hours=2), f"〔{today.year}〕{case.pk}号"
    if fate == "recognised":
        relief.recognise(
            application_id=case.pk, category=CATEGORY, recognised_on=today, document_no=f"救助{number}", by=lead,
            at=later,
        )
    elif fate == "refused":
        relief.refuse(
            application_id=case.pk, refused_on=today, document_no=f"不予{number}",
            note="家庭刚性支出未达到认定标准。", by=lead, at=later,
        )
