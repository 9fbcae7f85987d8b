"""Every strange body to either door: its coded answer, never a 500, and nothing written."""

import json
from copy import deepcopy

import pytest

from casework.models import AuditEntry, Document, OutboxMessage
from chronic.models import ApiSubmission, Certification, CertificationItem
from tests.api.conftest import HYPERTENSION, Platform, disease, filing, record, unit_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_written(system, patient):
    """Counted before and after: cases, submissions, papers, news, the record of acts."""

    def count():
        return [model.objects.count() for model in (
            ApiSubmission, Certification, CertificationItem, Document, OutboxMessage,
        )] + [AuditEntry.objects.exclude(action="api_query").count()]

    before = count()
    yield
    assert count() == before


class Rest:
    def __init__(self, system):
        self.system = system

    def send(self, raw, **more):
        return self.system.post("diagnoses", raw, **more)

    def body(self, **disease_fields):
        return filing("S1", disease(**disease_fields))

    def code(self, answer):
        assert answer.status_code != 500
        return answer.json()["code"]

    def disease_of(self, body):
        return body["diseases"][0]

    def facts_of(self, body):
        return body["diseases"][0]["facts"]


class Envelope:
    def __init__(self, system):
        self.platform = Platform(system)
        self.psn_no = self.platform.psn_no()

    def send(self, raw, **more):
        return self.platform.send(raw, **more)

    def body(self, **disease_fields):
        code = disease_fields.pop("code", HYPERTENSION)
        return self.platform.message("2503", record(self.psn_no, code, disease_fields.pop("facts", None)))

    def code(self, answer):
        assert answer.status_code != 500
        assert answer.json()["infcode"] == -1, answer.json()
        return answer.json()["err_msg"][1:].split("]")[0]

    def disease_of(self, body):
        return body["input"]["data"]

    def facts_of(self, body):
        return body["input"]["data"]["exContent"]["facts"]


@pytest.fixture(params=[Rest, Envelope], ids=["REST", "2503"])
def door(request, system, patient):
    return request.param(system)


def raw(body, old=None, new=None):
    text = json.dumps(body, ensure_ascii=False)
    return (text.replace(old, new, 1) if old else text).encode()


WHOLE = {
    "5 BOM": (lambda body: b"\xef\xbb\xbf" + raw(body), "BODY_BOM"),
    "7 GB18030": (lambda body: json.dumps(body, ensure_ascii=False).encode("gb18030"), "ENCODING"),
    "9 UTF-16": (lambda body: json.dumps(body).encode("utf-16"), "BODY_BOM"),
    "1 empty": (lambda body: b"", "BODY_EMPTY"),
    "no JSON": (lambda body: raw(body)[:-1], "JSON_SYNTAX"),
    "a list": (lambda body: b"[" + raw(body) + b"]", "BODY_SHAPE"),
    "51 key twice": (lambda body: raw(body)[:-1] + b',"extra":1,"extra":2}', "KEY_DUPLICATE"),
    "50 unknown field": (lambda body: raw({**body, "submision_no": "1"}), "FIELD_UNKNOWN"),
    "53 100,000 brackets": (lambda body: b'{"a":' + b"[" * 100_000, "DEPTH"),
    "54 5,000 digits": (lambda body: raw({**body, "a": 0})[:-2] + b"9" * 5000 + b"}", "NUMBER_LENGTH"),
    "too large": (lambda body: raw({**body, "a": "x" * (1024 * 1024)}), "BODY_SIZE"),
}
TEXTS = {
    "55 lone surrogate": ("\ud800", "TEXT_SURROGATE"),
    "56 NUL": ("\u0000", "CONTROL_CHAR"),
    "57 bidi override": ("D\u202e1", "TEXT_INVISIBLE"),
    "58 zero width": ("D\u200b1", "TEXT_INVISIBLE"),
    "59 10,000 characters": ("D" * 10_000, "TEXT_LENGTH"),
    "a number": (5, "TEXT_TYPE"),
    "null": (None, "FIELD_NULL"),
    "blanks": ("  ", "FIELD_BLANK"),
}
DATES = ["2025-W01-1", "2025-1-1", "20250101", "\uff12\uff10\uff12\uff15-01-01", "2025-02-30", "", 20250101]
NUMBERS = {
    "40 separators": ('"1,234.50"', "AMOUNT_FORMAT"),
    "40 full width": ('"\uff11\uff12\uff13"', "AMOUNT_FORMAT"),
    "40 underscore": ('"1_000"', "AMOUNT_FORMAT"),
    "41 exponent": ("1e5", "AMOUNT_FORMAT"),
    "41 NaN": ("NaN", "AMOUNT_FORMAT"),
    "41 1e999": ("1e999", "AMOUNT_FORMAT"),
    "42 places": ("140.1234567", "AMOUNT_PRECISION"),
    "43 negative": ("-1", "AMOUNT_SIGN"),
    "46 above 10^8": ("100000000.5", "AMOUNT_LIMIT"),
    "a boolean": ("true", "AMOUNT_FORMAT"),
    "a list": ("[1]", "AMOUNT_FORMAT"),
}


def fact_of(kind):
    """A unit and a fact of it that is a number, a yes or no, or a list of observations."""
    from chronic import services as chronic
    from policy.criteria_reader import repeated_facts

    for unit in chronic.catalogue_of("511902").units.values():
        repeated = repeated_facts(unit.criteria)
        for name, fact in unit.facts.items():
            found = "list" if name in repeated else "number" if fact.unit else "points" if fact.points else "check"
            if found == kind and not unit.closed:
                return unit.code, name
    raise AssertionError(kind)


@pytest.mark.usefixtures("nothing_written")
class TestABody:
    @pytest.mark.parametrize(("made", "code"), WHOLE.values(), ids=WHOLE)
    def test_as_a_whole(self, door, made, code):
        assert door.code(door.send(made(door.body()))) == code

    @pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
    def test_of_another_type(self, door, content_type):
        assert door.code(door.send(raw(door.body()), content_type=content_type)) == "MEDIA_TYPE"

    def test_announced_in_another_encoding(self, door):
        """Bad inputs 7: the bytes may be read without an exception, and say something else."""
        answer = door.send(raw(door.body()), content_type="application/json; charset=gb18030")

        assert door.code(answer) == "ENCODING_MISMATCH"

    @pytest.mark.parametrize(("text", "code"), TEXTS.values(), ids=TEXTS)
    def test_with_strange_text(self, door, text, code):
        body = door.body()
        door.disease_of(body)["diag_dr_codg"] = text

        assert door.code(door.send(json.dumps(body).encode())) == code

    @pytest.mark.parametrize("text", DATES)
    def test_with_a_strange_date(self, door, text):
        body = door.body()
        door.disease_of(body)["hosp_ide_date"] = text

        assert door.code(door.send(raw(body))) == "DATE_FORMAT"

    def test_with_a_date_to_come(self, door):
        body = door.body()
        door.disease_of(body)["hosp_ide_date"] = "2025-11-04"

        assert door.code(door.send(raw(body))) == "DATE_FUTURE"

    @pytest.mark.parametrize(("text", "code"), NUMBERS.values(), ids=NUMBERS)
    def test_with_a_strange_number(self, door, text, code):
        unit, name = fact_of("number")
        body = door.body(code=unit, facts={name: "HERE"})

        assert door.code(door.send(raw(body, '"HERE"', text))) == code

    @pytest.mark.parametrize("given", ["true", "yes", "是", 1, 0])
    def test_with_no_boolean(self, door, given):
        """Bad inputs 52."""
        unit, name = fact_of("check")

        assert door.code(door.send(raw(door.body(code=unit, facts={name: given})))) == "BOOLEAN"

    @pytest.mark.parametrize(("given", "code"), [
        (5, "LIST"), ([{"on": "2025-01-01"}], "FIELD_MISSING"), ([{"value": 1, "at": "x"}], "FIELD_UNKNOWN"),
        ([{"value": 1, "on": "2025-1-1"}], "DATE_FORMAT"), ([{"value": 1, "on": "2025-11-04"}], "DATE_FUTURE"),
        ([{"value": "1"}], "AMOUNT_FORMAT"), ([1] * 101, "LINES_LIMIT"),
    ])
    def test_with_strange_observations(self, door, given, code):
        unit, name = fact_of("list")

        assert door.code(door.send(raw(door.body(code=unit, facts={name: given})))) == code

    def test_with_points_that_the_score_does_not_give(self, door):
        unit, name = fact_of("points")

        assert door.code(door.send(raw(door.body(code=unit, facts={name: 77})))) == "CODE_UNKNOWN"

    def test_with_an_unknown_fact_is_offered_the_near_one(self, door):
        name = next(iter(unit_of().facts))
        answer = door.send(raw(door.body(facts={name + "x": True})))

        assert door.code(answer) == "FIELD_UNKNOWN"

    def test_with_a_parent_or_unknown_code(self, door):
        """Bad inputs 67."""
        for code in ("M99999", "X"):
            body = door.body()
            door.disease_of(body)["opsp_dise_code"] = code
            assert door.code(door.send(raw(body))) == "CODE_NOT_IN_CATALOGUE"

    def test_with_facts_that_are_no_object(self, door):
        for given in ([], "x", 1, True):
            body = deepcopy(door.body())
            (door.disease_of(body).get("exContent") or door.disease_of(body))["facts"] = given
            assert door.code(door.send(raw(body))) == "OBJECT"


@pytest.mark.usefixtures("nothing_written")
class TestAPerson:
    """Bad inputs 26-29: the number is judged and never told back."""

    @pytest.mark.parametrize(("number", "code"), [
        ("511902199001010011", "ID_CHECKSUM"), ("511902199002300010", "ID_BIRTHDATE"), ("1", "ID_FORMAT"),
        ("511902900101001", "ID_15_DIGITS"), ("511902203001010010", "ID_BIRTHDATE"),
        ("511903198506150029", "PERSON_UNKNOWN"),
    ])
    def test_by_rest(self, system, patient, number, code):
        body = filing()
        body["person"]["certno"] = number
        answer = system.post("diagnoses", body)

        assert answer.json()["code"] == code
        assert len(number) == 1 or number not in answer.content.decode()

    @pytest.mark.parametrize(("number", "code"), [
        ("511902199001010011", "ID_CHECKSUM"), ("511902199002300010", "ID_BIRTHDATE"), ("1", "ID_FORMAT"),
        ("511902900101001", "ID_15_DIGITS"), ("511903198506150029", "PERSON_UNKNOWN"),
    ])
    def test_by_1101(self, platform, patient, number, code):
        answer = platform.send(platform.message("1101", {"mdtrt_cert_type": "02", "mdtrt_cert_no": number}))

        assert answer.json()["err_msg"].startswith(f"[{code}]")
        assert len(number) == 1 or number not in answer.json()["err_msg"]

    def test_of_the_lower_case_x_and_full_width_digits_is_normalised(self, system, patient):
        body = filing()
        body["person"]["certno"] = "51190219900101001\uff10"
        assert system.post("entitlements/query", body["person"]).status_code == 200


@pytest.mark.usefixtures("nothing_written")
class TestLists:
    """Bad inputs 44: no lines, and more than there can be."""

    @pytest.mark.parametrize(("diseases", "code"), [
        ([], "LINES_EMPTY"), ({}, "LIST"), ([None], "FIELD_NULL"), ([1], "OBJECT"),
    ])
    def test_of_diseases(self, system, patient, diseases, code):
        assert system.post("diagnoses", {**filing(), "diseases": diseases}).json()["code"] == code

    def test_of_too_many_diseases(self, system, patient):
        assert system.post("diagnoses", filing("S1", *[disease()] * 21)).json()["code"] == "LINES_LIMIT"

    def test_of_one_disease_twice(self, system, patient):
        assert system.post("diagnoses", filing("S1", disease(), disease())).json()["code"] == "UNIT_TWICE"
