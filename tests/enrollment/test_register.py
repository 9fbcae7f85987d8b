from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from casework.errors import Refused
from casework.models import AuditEntry
from enrollment import services as enrollment
from enrollment.models import Person
from tests.enrollment.conftest import MAN, WOMAN, wide

pytestmark = pytest.mark.django_db


def register(by, at, **changes):
    facts = {"id_no": MAN, "name": "单小明", "region_code": "511902", **changes}
    return enrollment.register_person(by=by, at=at, **facts)


class TestRegistering:
    def test_reads_birth_date_and_sex_from_the_number(self, window_officer, at):
        person = register(window_officer, at)

        assert (person.birth_date, person.sex) == (date(1990, 1, 1), "male")

    def test_stores_the_pinyin_of_the_name_as_a_surname(self, window_officer, at):
        person = register(window_officer, at)

        assert (person.name_pinyin, person.pinyin_initials) == ("shan xiao ming", "sxm")

    def test_writes_the_act_without_the_number(self, window_officer, at):
        person = register(window_officer, at)

        entry = AuditEntry.objects.get(subject=person.subject)
        assert (entry.action, entry.officer, entry.region_code) == (
            "enrollment.register_person", window_officer, "511902",
        )
        assert MAN not in str(entry.detail)

    @pytest.mark.parametrize("typed", ["511921197503080035", " 511921 19750308 0035 ", wide("511921197503080035")])
    def test_normalises_blanks_and_full_width(self, typed, window_officer, at):
        assert register(window_officer, at, id_no=typed).id_no == "511921197503080035"

    @pytest.mark.parametrize(
        "typed", ["11010519491231002x", "11010519491231002" + wide("x"), wide("11010519491231002X")],
    )
    def test_takes_a_small_or_wide_x_for_the_same_person(self, typed, window_officer, at):
        register(window_officer, at, id_no="11010519491231002X")

        with pytest.raises(Refused) as refusal:
            register(window_officer, at, id_no=typed)

        assert refusal.value.code == "PERSON_KNOWN"
        assert Person.objects.count() == 1

    @pytest.mark.parametrize(("typed", "code"), [
        ("511902199001010011", "ID_CHECKSUM"),
        ("511902199002300013", "ID_BIRTHDATE"),
        ("511902209901010017", "ID_BIRTHDATE"),
        ("511902900101001", "ID_15_DIGITS"),
        ("51190219900101001", "ID_FORMAT"),
        ("", "ID_FORMAT"),
    ])
    def test_refuses_a_wrong_number_without_repeating_it(self, typed, code, window_officer, at):
        with pytest.raises(Refused) as refusal:
            register(window_officer, at, id_no=typed)

        assert refusal.value.code == code
        assert not typed or typed not in refusal.value.message
        assert_nothing_written()

    @pytest.mark.parametrize(("details", "code"), [
        ({"birth_date": date(1990, 1, 2)}, "ID_DISAGREES"),
        ({"sex": "female"}, "ID_DISAGREES"),
        ({"phone": "1380000"}, "PHONE_FORMAT"),
        ({"name": " "}, "FIELD_MISSING"),
        ({"name": "张\u202e三"}, "TEXT_INVISIBLE"),
        ({"name": "张\u200b三"}, "TEXT_INVISIBLE"),
        ({"name": "张\x00三"}, "TEXT_INVISIBLE"),
        ({"name": "张" * 10_000}, "TEXT_LENGTH"),
        ({"region_code": "511902999"}, "REGION_UNKNOWN"),
        ({"id_type": "42"}, "ID_TYPE"),
    ])
    def test_refuses_details_that_cannot_be(self, details, code, window_officer, at):
        with pytest.raises(Refused) as refusal:
            register(window_officer, at, **details)

        assert refusal.value.code == code
        assert_nothing_written()

    def test_wants_birth_date_and_sex_of_a_passport(self, window_officer, at):
        with pytest.raises(Refused, match="出生日期和性别"):
            register(window_officer, at, id_type="08", id_no="e1234567")
        assert_nothing_written()

        person = register(
            window_officer, at, id_type="08", id_no="e1234567", birth_date=date(1988, 3, 4), sex="female",
        )
        assert person.id_no == "E1234567"

    def test_refuses_an_officer_of_another_county(self, neighbour_officer, at):
        with pytest.raises(Refused, match="经办区划"):
            register(neighbour_officer, at)
        assert_nothing_written()

    def test_refuses_an_officer_without_the_permission(self, auditor, at):
        with pytest.raises(Refused, match="权限"):
            register(auditor, at)
        assert_nothing_written()

    def test_refuses_an_officer_without_a_region(self, window_officer, at):
        window_officer.region_code = ""

        with pytest.raises(Refused):
            register(window_officer, at)
        assert_nothing_written()


class TestTheDatabase:
    """Holds what the services hold, against whoever writes."""

    @pytest.mark.parametrize(("column", "value"), [
        ("birth_date", "'1990-01-02'"),
        ("sex", "'female'"),
        ("id_no", "'51190219900101001x'"),
        ("id_no", "'511902 199001010010'"),
        ("died_on", "'1989-12-31'"),
        ("region_code", "'巴州区'"),
    ])
    def test_refuses_a_person_that_contradicts_itself(self, man, column, value):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE enrollment_person SET {column} = {value} WHERE id = %s", [man.pk])

    def test_takes_the_day_of_birth_as_day_of_death(self, man):
        Person.objects.filter(pk=man.pk).update(died_on=date(1990, 1, 1))

    def test_refuses_a_second_person_with_the_number(self, man):
        with pytest.raises(IntegrityError), transaction.atomic():
            Person.objects.create(
                id_no=MAN, name="他人", sex="male", birth_date=man.birth_date, region_code="511903",
                registered_at=man.registered_at,
            )

    def test_refuses_to_delete_a_person(self, man):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM enrollment_person WHERE id = %s", [man.pk])
        assert Person.objects.filter(pk=man.pk).exists()


class TestAmending:
    def test_changes_name_and_telephone(self, man, window_officer, at):
        assert enrollment.amend_person(person_id=man.pk, name="曾小明", phone="0827-5261234", by=window_officer, at=at)

        man.refresh_from_db()
        assert (man.pinyin_initials, man.phone_tail) == ("zxm", "1234")

    def test_says_when_nothing_differs(self, man, window_officer, at):
        acts = AuditEntry.objects.count()

        assert not enrollment.amend_person(person_id=man.pk, phone="13800001234", by=window_officer, at=at)
        assert AuditEntry.objects.count() == acts

    def test_treats_another_countys_person_as_unknown(self, man, neighbour_officer, at):
        with pytest.raises(Refused) as refusal:
            enrollment.amend_person(person_id=man.pk, name="改名", by=neighbour_officer, at=at)

        assert refusal.value.code == "not_found"
        man.refresh_from_db()
        assert man.name == "单小明"


class TestTheBankAccount:
    def test_is_set_and_recorded_masked(self, man, window_officer, at):
        enrollment.set_bank_account(
            person_id=man.pk, bank_name="巴中农商行", account="6212 2600 0000 0000 018", account_name="单小明",
            by=window_officer, at=at,
        )

        man.refresh_from_db()
        assert (man.bank_account, man.masked_account) == ("6212260000000000018", "*" * 15 + "0018")
        assert "6212260000000000018" not in str(AuditEntry.objects.latest("id").detail)

    @pytest.mark.parametrize("account", ["1234567", "62122600A0000000018", "", "6" * 33])
    def test_refuses_what_is_no_account(self, account, man, window_officer, at):
        with pytest.raises(Refused, match="8至32位数字"):
            enrollment.set_bank_account(
                person_id=man.pk, bank_name="银行", account=account, account_name="单小明", by=window_officer, at=at,
            )
        man.refresh_from_db()
        assert man.bank_account == ""

    def test_is_only_warned_about_when_the_check_digit_fails(self):
        assert enrollment.account_warning("6212260000000000018") == ""
        assert "校验位" in enrollment.account_warning("6212260000000000019")


class TestRevealing:
    def test_returns_the_number_and_writes_down_why(self, man, window_officer, at):
        shown = enrollment.reveal(
            person_id=man.pk, field="id_no", purpose="核对身份证原件", by=window_officer, at=at,
        )

        entry = AuditEntry.objects.latest("id")
        assert shown == MAN
        assert (entry.action, entry.subject, entry.note, entry.detail) == (
            "reveal", man.subject, "核对身份证原件", {"field": "id_no"},
        )

    @pytest.mark.parametrize(("field", "purpose"), [("id_no", " "), ("password", "核对身份")])
    def test_refuses_without_a_purpose_or_for_another_field(self, field, purpose, man, window_officer, at):
        with pytest.raises(Refused):
            enrollment.reveal(person_id=man.pk, field=field, purpose=purpose, by=window_officer, at=at)
        assert not AuditEntry.objects.filter(action="reveal").exists()

    def test_refuses_another_county_and_an_auditor(self, man, neighbour_officer, auditor, at):
        for officer in (neighbour_officer, auditor):
            with pytest.raises(Refused):
                enrollment.reveal(person_id=man.pk, field="id_no", purpose="看看", by=officer, at=at)
        assert not AuditEntry.objects.filter(action="reveal").exists()


class TestFindingPersons:
    @pytest.mark.parametrize(
        "word",
        [MAN, "511902 1990 0101 0010", "单小", "sxm", "SX", "shanxiao", "shan xiao", "1234", "13800001234"],
    )
    def test_finds_by_number_name_initials_and_the_phones_tail(self, word, man, window_officer):
        assert list(enrollment.find_persons(word, window_officer)) == [man]

    @pytest.mark.parametrize("word", ["", "  ", WOMAN, "51190219900101", "李", "dxm", "4321"])
    def test_finds_nobody_else(self, word, man, window_officer):
        assert not enrollment.find_persons(word, window_officer).exists()

    def test_never_shows_another_county(self, man, neighbour_officer, city_manager):
        assert not enrollment.find_persons(MAN, neighbour_officer).exists()
        assert enrollment.find_persons(MAN, city_manager).exists()


def assert_nothing_written():
    assert not Person.objects.exists()
    assert not AuditEntry.objects.filter(subject__startswith="person:").exists()
