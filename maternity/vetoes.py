"""When two numbers of one person may not be merged, for the sake of maternity."""

from enrollment import services as enrollment
from enrollment.models import Person
from maternity.models import BirthEvent, MaternityCase
from maternity.services.events import IMPLAUSIBLE
from maternity.workflow import MATERNITY


@enrollment.register_veto
def one_event_twice(kept: Person, absorbed: Person) -> str:
    """Both numbers have registered what is rather one event, or the absorbed one has a case in work: the benefits of
    one event are paid once (BZ-EMP-17.1)."""
    if MaternityCase.objects.filter(claimant=absorbed).exclude(status__in=MATERNITY.closed).exists():
        return "被合并的编号有在办的生育待遇件，请办结后再合并。"
    known = BirthEvent.objects.filter(mother__in=[kept, absorbed], voided=False).values_list("mother", "happened_on")
    of = {number: [day for mother, day in known if mother == number] for number in (kept.pk, absorbed.pk)}
    if any(abs(one - other) <= IMPLAUSIBLE for one in of[kept.pk] for other in of[absorbed.pk]):
        return "两个编号各登记了同一次生育，请先作废其中一个事件再合并。"
    return ""
