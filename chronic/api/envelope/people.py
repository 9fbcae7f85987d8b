"""A person as 1101 answers: who he is, each insurance and each identity with its days."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chronic.api.envelope.codes import GENDERS, IDENTITIES, INSUTYPES, LOCAL_IDENTITY
from chronic.models import Acquaintance
from enrollment import services as enrollment
from enrollment.models import HardshipIdentity, InsurancePeriod, Person
from policy.periods import age_on

Json = dict[str, Any]
INSURED, ENDED = "1", "4"


def told(known: Acquaintance, asked: Mapping[str, str], today: date) -> Json:
    """The three nodes. The number is told as it was sent; the name in full to who sent it, else masked."""
    person = known.person
    base = {
        "psn_no": known.psn_no, "psn_cert_type": asked["psn_cert_type"], "certno": asked["certno"],
        "psn_name": person.name if asked["psn_name"] else person.masked_name, "gend": GENDERS[person.sex], "naty": "",
        "brdy": person.birth_date.isoformat(), "age": age_on(person.birth_date, today),
    }
    periods = [one for one in person.insurance_periods.all() if not one.voided]
    identities = [one for one in person.identities.all() if not one.voided]
    return {
        "baseinfo": base, "insuinfo": [_insurance(person, one, today) for one in periods],
        "idetinfo": [_identity(one) for one in identities],
    }


def _insurance(person: Person, period: InsurancePeriod, today: date) -> Json:
    holds = period.holds_on(today)
    balance = enrollment.balance_of(person) if holds and period.scheme == "employee" else 0
    return {
        "balc": f"{balance:.2f}", "insutype": INSUTYPES[period.scheme], "psn_type": period.person_type_id,
        "psn_insu_stas": INSURED if holds else ENDED, "psn_insu_date": period.starts_on.isoformat(),
        "paus_insu_date": period.last_day.isoformat() if period.last_day else "", "cvlserv_flag": "0",
        "insuplc_admdvs": period.region_code[:6], "emp_name": "",
    }


def _identity(identity: HardshipIdentity) -> Json:
    return {
        "psn_idet_type": IDENTITIES.get(identity.category, LOCAL_IDENTITY), "psn_type_lv": "",
        "memo": identity.get_category_display(), "begntime": identity.starts_on.isoformat(),
        "endtime": identity.last_day.isoformat() if identity.last_day else "",
    }
