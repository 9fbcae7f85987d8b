"""Persons: registering, amending, the bank account, death, and showing a full number on the record."""
import re
from datetime import date, datetime
from typing import Literal, TypedDict, Unpack

from django.db import transaction

from casework import audit, outbox
from casework.clock import bureau_day
from casework.errors import Refused
from casework.models import Officer
from enrollment.models import Person
from enrollment.models.persons import CARRIES_BIRTH_DATE
from enrollment.services import names
from enrollment.services.regions import known_region
from enrollment.services.spans import authorise, locked_person, note_act
from policy import idnumber, masking
from policy.errors import PolicyError
from policy.periods import ONE_DAY


class PersonDetails(TypedDict, total=False):
    id_type: str
    birth_date: date | None
    sex: str
    phone: str
    address: str


class Amendment(TypedDict, total=False):
    name: str
    phone: str
    address: str


Secret = Literal["id_no", "phone", "bank_account"]
SECRETS = {"id_no": "证件号码", "phone": "联系电话", "bank_account": "银行账号"}
INVISIBLE = re.compile(r"[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
PHONE = re.compile(r"[0-9]{3,4}-?[0-9]{7,8}|1[0-9]{10}")
ACCOUNT = re.compile(r"[0-9]{8,32}")
OTHER_NUMBER = re.compile(r"[0-9A-Z()/-]{4,30}")


@transaction.atomic
def register_person(
    *, id_no: str, name: str, region_code: str, by: Officer, at: datetime, **details: Unpack[PersonDetails],
) -> Person:
    """Enter a person who is insured in the officer's territory (参保登记).

    The number is normalised (blanks, full-width, x) and, for a citizen's number, checked by GB 11643; birth date
    and sex are read from it, and must agree where they are given. Other documents need both. Refuses a number
    that is registered already, wherever.
    """
    authorise(by, "register_person")
    if not by.sees(region_code):
        raise Refused("jurisdiction", "参保地不在您的经办区划内，不能登记。")
    id_type = details.get("id_type") or Person.IdType.CITIZEN
    number = checked_number(id_type, id_no, today=bureau_day(at))
    born, sex = _born_and_sex(id_type, number, details, bureau_day(at))
    if Person.objects.filter(id_type=id_type, id_no=number).exists():
        raise Refused("PERSON_KNOWN", "该证件号码已登记，请直接查询；查不到的，属其他经办区划，请联系市级经办机构。")
    person = Person(
        id_type=id_type, id_no=number, birth_date=born, sex=sex, region_code=known_region(region_code),
        registered_at=at,
    )
    _set_name(person, name)
    _set_contact(person, details)
    person.save(force_insert=True)
    note_act(person, "register_person", "参保人登记", by=by, at=at, id_type=id_type, id_no=person.masked_id)
    return person


@transaction.atomic
def amend_person(*, person_id: int, by: Officer, at: datetime, **changes: Unpack[Amendment]) -> bool:
    """Change name, telephone or address; says whether anything differed. The number and the region stay."""
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    before = (person.name, person.phone, person.address)
    if "name" in changes:
        _set_name(person, changes["name"])
    _set_contact(person, {key: value for key, value in changes.items() if key != "name"})
    after = (person.name, person.phone, person.address)
    if after == before:
        return False
    person.save(update_fields=["name", "name_pinyin", "pinyin_initials", "phone", "phone_tail", "address"])
    fields = ("name", "phone", "address")
    changed = [field for field, old, new in zip(fields, before, after, strict=True) if old != new]
    note_act(person, "amend_person", "参保人信息变更", by=by, at=at, changed=changed)
    return True


@transaction.atomic
def set_bank_account(
    *, person_id: int, bank_name: str, account: str, account_name: str, by: Officer, at: datetime,
) -> Person:
    """Set the account that benefits are paid to. Refuses what is no account number (8 to 32 digits).

    A number that fails the cards' check digit is accepted: `account_warning` tells the door what to say.
    """
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    number = idnumber.normalise(account)
    if ACCOUNT.fullmatch(number) is None:
        raise Refused("ACCOUNT_FORMAT", "银行账号应为8至32位数字，请核对。")
    person.bank_name = clean_text(bank_name, "开户银行", 100, required=True)
    person.bank_account_name = clean_text(account_name, "账户户名", 50, required=True)
    old, person.bank_account = person.masked_account, number
    person.save(update_fields=["bank_name", "bank_account", "bank_account_name"])
    note_act(
        person, "set_bank_account", "银行账户变更", by=by, at=at,
        before=old, after=person.masked_account, bank_name=person.bank_name,
        account_name=masking.mask_name(person.bank_account_name),
    )
    return person


def account_warning(account: str) -> str:
    """Return what to tell the officer about a doubtful card number, or nothing; a reason to look, not to refuse."""
    number = idnumber.normalise(account)
    doubtful = 16 <= len(number) <= 19 and not idnumber.luhn_ok(number)
    return "银行卡号校验位不符，请与卡面核对；部分社保卡账户属正常情况。" if doubtful else ""


@transaction.atomic
def record_death(*, person_id: int, died_on: date, by: Officer, at: datetime) -> Person:
    """Record a death (死亡登记). Insurance, windows, tags, identities, filings and bindings end the day after; what
    would have begun later is voided. Refuses a day to come, a day before birth, and a second record."""
    authorise(by, "register_person")
    person = locked_person(person_id, by)
    if person.died_on:
        raise Refused("PERSON_DIED", f"已登记死亡日期{person.died_on}，不能重复登记。")
    if died_on > bureau_day(at):
        raise Refused("DATE_FUTURE", "死亡日期晚于今天，请核对。")
    if died_on < person.birth_date:
        raise Refused("DATE_ORDER", "死亡日期早于出生日期，请核对。")
    person.died_on = died_on
    person.save(update_fields=["died_on"])
    dated = (
        person.insurance_periods, person.tags, person.identities, person.care_filings, person.benefit_windows,
        person.waiting_exemptions, person.family_bindings, person.bound_to, person.employments, person.schoolings,
        person.memberships,
    )
    for facts in dated:
        live = facts.filter(voided=False)
        live.filter(starts_on__gt=died_on).update(voided=True)
        lasting = live.filter(starts_on__lte=died_on).exclude(ends_on__lte=died_on + ONE_DAY)
        lasting.update(ends_on=died_on + ONE_DAY)
    note_act(person, "record_death", "死亡登记", by=by, at=at, died_on=died_on)
    outbox.publish("enrollment.person_died", f"{person.pk}", {"person_id": person.pk, "died_on": died_on.isoformat()})
    return person


@transaction.atomic
def reveal(*, person_id: int, field: Secret, purpose: str, by: Officer, at: datetime, case_no: str = "") -> str:
    """Return a full number, after writing down who is shown it and what for. Refuses without a purpose."""
    authorise(by, "reveal_person")
    if field not in SECRETS:
        raise Refused("FIELD_UNKNOWN", f"可查看的字段为：{'、'.join(SECRETS.values())}。")
    person = locked_person(person_id, by)
    audit.reveal(
        subject=person.subject, field=field, purpose=purpose, by=by, at=at, region_code=person.region_code,
        case_no=case_no,
    )
    return getattr(person, field)


def checked_number(id_type: str, text: str, *, today: date) -> str:
    """Return the normalised document number, or refuse it without repeating it."""
    if id_type not in Person.IdType.values:
        raise Refused("ID_TYPE", "证件类型不在国家代码表中，请核对。")
    if id_type in CARRIES_BIRTH_DATE:
        try:
            return idnumber.check(text, today=today)
        except PolicyError as error:
            raise Refused(ID_CODES.get(error.code, error.code.upper()), error.message) from error
    number = idnumber.normalise(text).upper()
    if OTHER_NUMBER.fullmatch(number) is None:
        raise Refused("ID_FORMAT", "证件号码应为4至30位字母、数字，请核对。")
    return number


ID_CODES = {"id_birth_date": "ID_BIRTHDATE"}


def clean_text(text: str, label: str, limit: int, *, required: bool = False) -> str:
    """Return the text without outer blanks; refuses control and invisible characters and too long a text."""
    text = text.strip()
    if INVISIBLE.search(text):
        raise Refused("TEXT_INVISIBLE", f"{label}含有不可见字符，请重新录入。")
    if len(text) > limit:
        raise Refused("TEXT_LENGTH", f"{label}超过{limit}个字，请核对。")
    if required and not text:
        raise Refused("FIELD_MISSING", f"请填写{label}。")
    return text


def _born_and_sex(id_type: str, number: str, details: PersonDetails, today: date) -> tuple[date, str]:
    born, sex = details.get("birth_date"), details.get("sex") or ""
    if id_type in CARRIES_BIRTH_DATE:
        carried = idnumber.birth_date(number), idnumber.sex(number)
        if (born or carried[0], sex or carried[1]) != carried:
            raise Refused("ID_DISAGREES", "出生日期或性别与身份证号不一致，请核对。")
        return carried
    if born is None or sex not in Person.Sex.values:
        raise Refused("FIELD_MISSING", "非居民身份证件须填写出生日期和性别。")
    if born > today:
        raise Refused("DATE_FUTURE", "出生日期晚于今天，请核对。")
    return born, sex


def _set_name(person: Person, name: str) -> None:
    person.name = clean_text(name, "姓名", 50, required=True)
    person.name_pinyin = names.pinyin(person.name)[:200]
    person.pinyin_initials = names.initials(person.name)[:50]


def _set_contact(person: Person, details: PersonDetails | Amendment) -> None:
    if "phone" in details:
        phone = idnumber.normalise(details["phone"])
        if phone and PHONE.fullmatch(phone) is None:
            raise Refused("PHONE_FORMAT", "联系电话应为11位手机号或带区号的固定电话，请核对。")
        person.phone, person.phone_tail = phone, phone[-4:]
    if "address" in details:
        person.address = clean_text(details["address"], "联系地址", 200)
