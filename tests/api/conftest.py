"""Two hospitals with their systems and keys, the patient, and the clock of the fixtures."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from casework.api.signing import SCHEMES
from casework.clock import now
from chronic import services as chronic
from chronic.models import ApiKey
from chronic.services import interface_keys as keys
from enrollment.models import Institution
from tests.chronic import examples
from tests.chronic.conftest import (  # noqa: F401  (fixtures)
    DOCTOR,
    DOCUMENTS,
    HOSPITAL,
    HYPERTENSION,
    OTHER,
    city_manager,
    confirmer,
    hospital,
    house,
    patient,
    supervisor,
    window_officer,
)

CERTNO, NAME = "511902199001010010", "单小明"


@dataclass
class System:
    """A hospital's own system with its key: asks for a token once, then speaks JSON."""

    institution: Institution
    key: ApiKey
    secret: str
    signing_key: str
    web: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    token: str = ""

    def headers(self) -> dict[str, str]:
        if not self.token:
            answer = self.web.post("/api/oauth/token", urlencoded(
                grant_type="client_credentials", client_id=self.key.name, client_secret=self.secret,
            ), content_type="application/x-www-form-urlencoded")
            self.token = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **query: str) -> Any:
        return self.web.get(f"/api/v1/{path}", query, headers=self.headers())

    def post(self, path: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.web.post(
            f"/api/v1/{path}", raw, content_type=content_type, headers={**self.headers(), **headers}
        )


def urlencoded(**form: str) -> str:
    return urlencode(form)


def open_system(code: str, at: Any, **more: Any) -> System:
    client = keys.open_client(institution_code=code, by=None, at=at, **more)
    issued = keys.issue_key(client_id=client.pk, by=None, at=at)
    return System(client.institution, issued.key, issued.secret, issued.signing_key)


@pytest.fixture(autouse=True)
def clock(at):
    """The doors ask the clock; it is the morning of the fixtures, and runs on."""
    with time_machine.travel(at, tick=True):
        yield
    cache.clear()


@pytest.fixture
def system(hospital, at):  # noqa: F811
    return open_system(HOSPITAL, at)


@pytest.fixture
def other_system(city_manager, at):  # noqa: F811
    house(OTHER, "巴中市第二医院", city_manager, at, "chronic", "special")
    return open_system(OTHER, at)


def unit_of(code: str = HYPERTENSION) -> Any:
    return chronic.catalogue_of("511902").find(code)


def disease(code: str = HYPERTENSION, facts: Any = None, **more: Any) -> dict[str, Any]:
    """A disease as REST takes it; without facts, with such that meet the criteria."""
    unit = unit_of(code)
    return {
        "opsp_dise_code": code, "hosp_ide_date": "2025-10-20", "diag_dr_codg": DOCTOR,
        "facts": examples.meeting(unit) if facts is None else facts,
        "materials": [one.type for one in unit.materials], **more,
    }


def filing(number: str = "S1", *diseases: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole submission."""
    return {
        "submission_no": number,
        "person": {"psn_cert_type": "01", "certno": CERTNO, "psn_name": NAME},
        "diseases": list(diseases) or [disease()], "documents": DOCUMENTS, **more,
    }


@dataclass
class Platform:
    """The same system speaking the platform's envelope: each message with a new nonce and, unless told, a new msgid."""

    system: System
    count: int = 0

    def message(self, infno: str, node: dict[str, Any], name: str = "data", **more: Any) -> dict[str, Any]:
        self.count += 1
        code = self.system.institution.code
        return {
            "infno": infno, "msgid": f"{code}20251103093000{self.count:04d}", "mdtrtarea_admvs": "511902",
            "insuplc_admdvs": "511902", "recer_sys_code": "YBXT", "dev_no": None, "infver": "V1.0", "opter_type": "1",
            "opter": "001", "opter_name": "王经办", "inf_time": "2025-11-03 09:30:00", "fixmedins_code": code,
            "fixmedins_name": self.system.institution.name, "sign_no": "", "input": {name: node},
        } | more

    def send(self, body: Any, scheme: str = "tif", **changed: str) -> Any:
        """Sign and send; `changed` replaces signature headers by name, "" leaves one out."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        stamp, nonce = str(int(now().timestamp())), secrets.token_hex(12)
        content_type = changed.pop("content_type", "application/json")
        signed = {"paasid": self.system.key.name, "timestamp": stamp, "nonce": nonce} | changed
        made = SCHEMES[scheme].sign(self.system.signing_key, signed["timestamp"], signed["nonce"], raw)
        signed.setdefault("signature", made)
        headers = {f"x-tif-{name}": value for name, value in signed.items() if value}
        return self.system.web.post("/api/v1/platform", raw, content_type=content_type, headers=headers)

    def call(self, infno: str, node: dict[str, Any], name: str = "data", **more: Any) -> dict[str, Any]:
        return self.send(self.message(infno, node, name, **more)).json()

    def psn_no(self) -> str:
        told = self.call("1101", {"mdtrt_cert_type": "02", "mdtrt_cert_no": CERTNO, "psn_name": NAME})
        return told["output"]["baseinfo"]["psn_no"]


@pytest.fixture
def platform(system):
    return Platform(system)


def record(psn_no: str, code: str = HYPERTENSION, facts: Any = None, **more: Any) -> dict[str, Any]:
    """The data of a 2503; the same content as `disease`."""
    told = disease(code, facts)
    return {
        "psn_no": psn_no, "insutype": "390", "opsp_dise_code": code, "opsp_dise_name": unit_of(code).label,
        "insu_optins": "511902", "ide_fixmedins_no": HOSPITAL, "ide_fixmedins_name": "巴中市中心医院",
        "hosp_ide_date": told["hosp_ide_date"], "diag_dr_codg": told["diag_dr_codg"], "diag_dr_name": "李主任",
        "begndate": "2025-10-20",
        "exContent": {"facts": told["facts"], "materials": told["materials"], "documents": DOCUMENTS},
    } | more
