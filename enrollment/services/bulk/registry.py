"""The kinds of files that are taken."""
from enrollment.services.bulk.identity_file import IDENTITY_LIST
from enrollment.services.bulk.kinds import FileKind
from enrollment.services.bulk.payment_file import RESIDENT_PAYMENT
from enrollment.services.bulk.person_file import PERSON
from enrollment.services.bulk.roster_file import EMPLOYER_ROSTER

KINDS: dict[str, FileKind] = {kind.code: kind for kind in (PERSON, RESIDENT_PAYMENT, EMPLOYER_ROSTER, IDENTITY_LIST)}
