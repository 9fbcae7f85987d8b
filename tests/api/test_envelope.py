"""The platform's envelope: its fields, its answers, its form of errors; the same services as the REST door."""

import base64

import pytest

from casework.models import Document
from chronic import services as chronic
from chronic.models import ApiSubmission, Certification, Nonce, SignIn
from tests.api.conftest import CERTNO, HYPERTENSION, NAME, Platform, record, unit_of
from tests.chronic import examples

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%%EOF"


def refused(answer, code, status=200):
    assert answer.status_code == status, answer.content.decode()
    told = answer.json()
    assert told["infcode"] == -1
    assert told["err_msg"].startswith(f"[{code}]"), told["err_msg"]
    assert len(told["err_msg"]) <= 200
    assert told["output"] == {}
    return told["err_msg"]


class TestAnAnswer:
    def test_carries_the_platforms_fields(self, platform, patient):
        told = platform.call("9001", {"opter_no": "001", "ip": "10.1.1.1"}, "signIn")

        assert told["infcode"] == 0
        assert told["inf_refmsgid"].startswith("51190020251103")
        assert len(told["inf_refmsgid"]) == 30
        assert len(told["refmsg_time"]) == len(told["respond_time"]) == 17
        assert set(told["output"]["signinoutb"]) == {"sign_time", "sign_no"}

    @pytest.mark.parametrize("name", [
        "infno", "msgid", "mdtrtarea_admvs", "recer_sys_code", "infver", "opter_type", "opter", "opter_name",
        "inf_time", "fixmedins_code", "fixmedins_name", "input",
    ])
    def test_says_which_field_is_missing(self, platform, name):
        body = platform.message("9001", {"opter_no": "001", "ip": "10.1.1.1"}, "signIn")
        del body[name]

        assert f"/{name}：" in refused(platform.send(body), "FIELD_MISSING")

    @pytest.mark.parametrize(("name", "length"), [
        ("recer_sys_code", 10), ("infver", 6), ("opter", 30), ("opter_name", 50), ("fixmedins_name", 200),
        ("dev_no", 100), ("dev_safe_info", 2000), ("cainfo", 1024), ("signtype", 10),
    ])
    def test_holds_each_field_to_its_length(self, platform, name, length):
        body = platform.message("9001", {"opter_no": "001", "ip": "10.1.1.1"}, "signIn")

        assert platform.send(body | {name: "x" * length}).json()["infcode"] == 0
        refused(platform.send(body | {name: "x" * (length + 1)}), "TEXT_LENGTH")

    @pytest.mark.parametrize(("changed", "code"), [
        ({"infno": "2207"}, "INFNO_UNKNOWN"),
        ({"msgid": "H51190200002202511030930000001"}, "FIXMEDINS_CODE"),
        ({"msgid": "1"}, "TEXT_FORMAT"),
        ({"fixmedins_code": "H51190200002"}, "FIXMEDINS_CODE"),
        ({"opter_type": "9"}, "CODE_UNKNOWN"),
        ({"sign_no": "0" * 30}, "SIGN_NO_UNKNOWN"),
        ({"inf_time": "2025-11-03T09:30:00"}, "TEXT_FORMAT"),
        ({"input": []}, "OBJECT"),
        ({"input": {}}, "FIELD_MISSING"),
        ({"input": {"data": {}}}, "FIELD_UNKNOWN"),
        ({"input": {"signIn": None}}, "FIELD_NULL"),
        ({"input": {"signIn": {"opter_no": "1", "ip": "1", "mac": "x" * 40_001}}}, "INPUT_LENGTH"),
        ({"strange": 1}, "FIELD_UNKNOWN"),
    ])
    def test_names_what_is_wrong(self, platform, changed, code):
        body = platform.message("9001", {"opter_no": "001", "ip": "10.1.1.1"}, "signIn") | changed

        refused(platform.send(body), code)
        assert not SignIn.objects.exists()


class TestSigning:
    """Invariant 34; Bad inputs 60-63."""

    def body(self, platform):
        return platform.message("9001", {"opter_no": "001", "ip": "10.1.1.1"}, "signIn")

    @pytest.mark.parametrize("name", ["paasid", "nonce", "signature"])
    def test_an_unsigned_message_is_not_read(self, platform, name):
        refused(platform.send(self.body(platform), **{name: ""}), "SIGN_MISSING", 401)

    @pytest.mark.parametrize("changed", [{"signature": "0" * 64}, {"paasid": "unknown"}, {"paasid": "a\uff10"}])
    def test_a_wrong_signature_and_an_unknown_key_are_one_answer(self, platform, changed):
        refused(platform.send(self.body(platform), **changed), "SIGN_INVALID", 401)
        assert not Nonce.objects.exists()

    def test_a_clock_ten_minutes_off_is_told_the_servers_time(self, platform, at):
        late = str(int(at.timestamp()) + 600)

        assert "server_time" in refused(platform.send(self.body(platform), timestamp=late), "CLOCK_SKEW", 401)

    def test_a_signature_serves_once(self, platform):
        body = self.body(platform)
        assert platform.send(body, nonce="nonce-0001").json()["infcode"] == 0

        refused(platform.send(body, nonce="nonce-0001"), "NONCE_USED", 409)
        assert SignIn.objects.count() == 1

    def test_hmac_refuses_another_body(self, platform):
        client = platform.system.key.client
        client.scheme = "hmac"
        client.save(update_fields=["scheme"])

        refused(platform.send(self.body(platform), scheme="tif"), "SIGN_INVALID", 401)
        assert platform.send(self.body(platform), scheme="hmac").json()["infcode"] == 0

    def test_another_network_is_refused(self, platform):
        client = platform.system.key.client
        client.networks = ["10.1.0.0/16"]
        client.save(update_fields=["networks"])

        refused(platform.send(self.body(platform)), "NETWORK", 403)


class Test1101:
    def test_tells_who_the_patient_is(self, platform, patient):
        told = platform.call("1101", {"mdtrt_cert_type": "02", "mdtrt_cert_no": CERTNO, "psn_name": NAME})["output"]

        base = told["baseinfo"]
        assert len(base.pop("psn_no")) == 24
        assert base == {
            "psn_cert_type": "01", "certno": CERTNO, "psn_name": NAME, "gend": "1", "naty": "", "brdy": "1990-01-01",
            "age": 35,
        }
        assert told["insuinfo"] == [{
            "balc": "0.00", "insutype": "390", "psn_type": "1501", "psn_insu_stas": "1",
            "psn_insu_date": "2024-01-01", "paus_insu_date": "", "cvlserv_flag": "0", "insuplc_admdvs": "511902",
            "emp_name": "",
        }]
        assert told["idetinfo"] == []

    def test_without_the_name_it_is_masked(self, platform, patient):
        told = platform.call("1101", {"mdtrt_cert_type": "01", "mdtrt_cert_no": "x", "certno": CERTNO})["output"]

        assert told["baseinfo"]["psn_name"] == "单**"

    def test_of_other_credentials_nothing_is_known(self, platform, patient):
        message = platform.message("1101", {"mdtrt_cert_type": "03", "mdtrt_cert_no": "A1", "card_sn": "1"})

        refused(platform.send(message), "FIELD_MISSING")

    def test_each_hospital_has_a_number_of_its_own(self, platform, other_system, patient):
        assert platform.psn_no() != Platform(other_system).psn_no()


class Test2503:
    def test_records_what_the_facts_meet(self, platform, patient):
        told = platform.call("2503", record(platform.psn_no()))

        result = told["output"]["result"]
        assert (told["infcode"], told["warn_msg"], len(result["trt_dcla_detl_sn"])) == (0, "", 30)
        assert (result["exContent"]["verdict"], Certification.objects.get().status) == ("met", "entered")

    def test_warns_of_what_is_refused_and_why(self, platform, patient):
        told = platform.call("2503", record(platform.psn_no(), facts=examples.failing(unit_of())))

        assert told["infcode"] == 0
        assert told["warn_msg"].startswith("不予认定：不符合：")
        assert told["output"]["result"]["exContent"]["reasons"] == Certification.objects.get().items.get().reasons

    def test_without_facts_it_waits_for_them(self, platform, patient):
        psn_no = platform.psn_no()
        told = platform.call("2503", record(psn_no, exContent=None))

        assert told["warn_msg"].startswith("待结论：尚缺：")
        assert Certification.objects.get().status == "submitted"

    def test_the_same_msgid_is_the_same_record(self, platform, patient):
        """Invariant 8."""
        message = platform.message("2503", record(platform.psn_no()))
        first = platform.send(message).json()["output"]

        assert platform.send(message | {"opter": "002"}).json()["output"] == first
        other = message | {"input": {"data": {**message["input"]["data"], "tel": "13800001111"}}}
        refused(platform.send(other), "SUBMISSION_CONFLICT")
        assert Certification.objects.count() == 1

    @pytest.mark.parametrize(("changed", "code", "where"), [
        ({"insutype": "310"}, "INSUTYPE", "/input/data/insutype"),
        ({"enddate": "2025-10-19"}, "DATE_ORDER", "/input/data/enddate"),
        ({"hosp_ide_date": "2025-11-04"}, "DATE_FUTURE", "/input/data/hosp_ide_date"),
        ({"opsp_dise_code": "M99999"}, "CODE_NOT_IN_CATALOGUE", "/input/data/opsp_dise_code"),
        ({"ide_fixmedins_no": "H51190200002"}, "FIXMEDINS_CODE", "/input/data/ide_fixmedins_no"),
        ({"exContent": {"facts": {"strange": True}}}, "FIELD_UNKNOWN", "/input/data/exContent/facts/strange"),
        ({"exContent": {"facts": {}, "documents": ["strange"]}}, "MATERIAL_UNKNOWN", "/exContent/documents/0"),
        ({"diag_dr_codg": "D0"}, "DOCTOR_UNKNOWN", ""),
        ({"psn_no": "1"}, "PERSON_UNKNOWN", ""),
        ({"memo": "x"}, "FIELD_UNKNOWN", "/input/data/memo"),
    ])
    def test_names_what_is_wrong_and_writes_nothing(self, platform, patient, changed, code, where):
        message = platform.message("2503", record(platform.psn_no()) | changed)

        assert where in refused(platform.send(message), code)
        assert not Certification.objects.exists()
        assert not ApiSubmission.objects.exists()

    def test_needs_the_place_of_insurance(self, platform, patient):
        message = platform.message("2503", record(platform.psn_no()), insuplc_admdvs=None)

        assert "/insuplc_admdvs" in refused(platform.send(message), "FIELD_MISSING")


class TestAfterwards:
    def test_2504_takes_it_back(self, platform, patient):
        psn_no = platform.psn_no()
        number = platform.call("2503", record(psn_no))["output"]["result"]["trt_dcla_detl_sn"]

        told = platform.call("2504", {"trt_dcla_detl_sn": number, "psn_no": psn_no, "memo": "录错"})

        assert (told["infcode"], Certification.objects.get().status) == (0, "withdrawn")

    def test_5301_tells_what_is_granted(self, platform, patient, confirmer, at):
        psn_no = platform.psn_no()
        assert platform.call("5301", {"psn_no": psn_no})["output"] == {"feedetail": []}
        platform.call("2503", record(psn_no))
        chronic.confirm(certification_id=Certification.objects.get().pk, by=confirmer, at=at)

        assert platform.call("5301", {"psn_no": psn_no})["output"] == {"feedetail": [{
            "opsp_dise_code": HYPERTENSION, "opsp_dise_name": unit_of().label, "begndate": "2025-11-03",
            "enddate": "",
        }]}

    def test_9101_and_9102_carry_papers(self, platform, patient):
        code = platform.system.institution.code
        sent = platform.call("9101", {
            "in": base64.b64encode(PDF).decode(), "filename": "records.pdf", "fixmedins_code": code,
        }, "fsUploadIn")["output"]
        assert (sent["filename"], sent["dld_endtime"][:10]) == ("records.pdf", "2025-12-03")

        got = platform.call("9102", {"file_qury_no": sent["file_qury_no"], "fixmedins_code": code}, "fsDownloadIn")
        assert base64.b64decode(got["output"]["out"]) == PDF

        data = record(platform.psn_no())
        data["exContent"]["attachments"] = [{"file_qury_no": sent["file_qury_no"], "kind": "medical_records"}]
        assert platform.call("2503", data)["infcode"] == 0
        assert Document.objects.filter(case_no=Certification.objects.get().case_no, kind="medical_records").exists()

    @pytest.mark.parametrize(("content", "code"), [("%%%", "BASE64"), ("", "FIELD_BLANK"), ("AAAA", "FILE_TYPE")])
    def test_9101_refuses_what_is_no_paper(self, platform, content, code):
        node = {"in": content, "filename": "a.pdf", "fixmedins_code": platform.system.institution.code}
        status = 415 if code == "FILE_TYPE" else 200

        refused(platform.send(platform.message("9101", node, "fsUploadIn")), code, status)
        assert not Document.objects.exists()

    def test_9001s_number_may_stand_in_what_follows(self, platform, patient):
        signed_in = platform.call("9001", {"opter_no": "001", "ip": "10.1.1.1"}, "signIn")
        number = signed_in["output"]["signinoutb"]["sign_no"]

        told = platform.call("1101", {"mdtrt_cert_type": "02", "mdtrt_cert_no": CERTNO}, sign_no=number)
        assert told["infcode"] == 0
