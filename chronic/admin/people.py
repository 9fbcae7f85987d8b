"""Choosing the person that an application is about.

The bureau's officers search the register of their territory. Staff of a hospital type the full number from the card:
they see no register, so the answer is signed for them and can't be tried out by counting."""
from django.core import signing

from casework import audit
from casework.clock import bureau_day, now
from casework.errors import Refused
from casework.models import Officer, get_visible
from chronic.services import screens
from enrollment import services as enrollment
from enrollment.models import Person

SHOWN = 20
SALT = "chronic.person"
VALID = 12 * 60 * 60


def search(request) -> dict:
    """What was asked and found; of hospital staff only a full number is taken, and the look-up is on record."""
    query = (request.POST.get("q") or request.GET.get("q") or "").strip()
    if not query:
        return {"query": ""}
    if request.user.institution_code:
        person = screens.person_by_number(query, request.user)
        if person is not None:
            audit.record(
                action="find_person", label="按证件号码查询参保人", by=request.user, at=now(),
                subject=person.subject, region_code=person.region_code[:6],
            )
        rows = [person] if person is not None else []
    else:
        rows = list(enrollment.find_persons(query, request.user)[: SHOWN + 1])
    for row in enrollment.with_words(rows, request.user):
        row.token = token_of(row, request.user)
    return {"query": query, "found": rows[:SHOWN], "too_many": len(rows) > SHOWN}


def token_of(person: Person, officer: Officer) -> str:
    """How the pages name the person from one request to the next."""
    if officer.institution_code:
        return signing.dumps([person.pk, officer.pk], salt=SALT)
    return f"{person.pk}"


def chosen(request) -> Person | None:
    """The person named in the request with the history, or None; elsewhere's is refused like a missing one."""
    token = request.POST.get("person") or request.GET.get("person") or ""
    if not token:
        return None
    if request.user.institution_code:
        number = _signed(token, request.user)
    else:
        if not token.isdecimal():
            return None
        number = int(token)
        get_visible(Person, request.user, pk=number)
    return enrollment.with_history(Person.objects.filter(pk=number)).get()


def _signed(token: str, officer: Officer) -> int:
    try:
        number, owner = signing.loads(token, salt=SALT, max_age=VALID)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise Refused("not_found", "请重新输入参保人的证件号码。") from error
    if owner != officer.pk:
        raise Refused("not_found", "请重新输入参保人的证件号码。")
    return int(number)


def panel(person: Person, request) -> dict:
    """Name, masked number and today's cover. Needs the history of the person."""
    today = bureau_day(now())
    cover = enrollment.coverage_on(person, today)
    return {
        "person": person, "token": token_of(person, request.user),
        "person_name": enrollment.shown_name(person, request.user),
        "person_age": person.age_on(today), "person_region": enrollment.region_name(person.region_code[:6]),
        "cover": cover, "scheme": cover.period.get_scheme_display() if cover.period else "",
        "person_linked": not request.user.institution_code and request.user.has_perm("enrollment.view_person"),
    }
