"""What each transaction number does: the node it reads, the scope it needs, the service it calls."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from casework.api.faults import Fault, Problem
from casework.api.fields import Strict, checked
from casework.clock import BUREAU_ZONE, bureau_day
from casework.errors import Refused
from chronic.api import reading
from chronic.api.envelope import shapes
from chronic.api.envelope.codes import IDENTITY_CARD, INSUTYPES
from chronic.api.envelope.people import told
from chronic.models import ApiClient
from chronic.services import interface_diagnoses as diagnoses
from chronic.services import interface_files as files
from chronic.services import interface_keys as keys
from chronic.services import interface_people as people
from chronic.services import judging
from chronic.services.interface_diagnoses import Diagnosed
from chronic.services.interface_submissions import Done, once
from enrollment import services as enrollment
from enrollment.models import Person
from policy import regions

Json = dict[str, Any]
NODE = "/input/data"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One message that was admitted."""

    client: ApiClient
    head: Mapping[str, Any]
    node: Json
    raw: Json
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Output:
    """What is answered; a warning stands beside a success."""

    output: Json = field(default_factory=dict)
    warning: str = ""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    name: str
    node: str
    form: type[Strict]
    scope: str
    act: Callable[[Call], Output]


def read_person(call: Call) -> Output:
    """1101 人员信息获取: by a document's number; of other credentials this system holds nothing."""
    given = call.node
    kind, number = given.get("psn_cert_type") or "01", given.get("certno")
    if given["mdtrt_cert_type"] == IDENTITY_CARD and not number:
        number = given["mdtrt_cert_no"]
    if not number:
        wanted = "psn_cert_type和certno"
        raise Problem(422, Fault("FIELD_MISSING", "该凭证类型须同时报送证件号码。", f"{NODE}/certno", "", wanted))
    asked = {"psn_cert_type": kind, "certno": number, "psn_name": given.get("psn_name") or ""}
    known = reading.person_of(call.client, asked, "1101", pointer=NODE)
    return Output(output=told(known, asked, bureau_day(call.at)))


def record_disease(call: Call) -> Output:
    """2503 人员慢特病备案: the same submission as by REST, with the facts from exContent."""
    check_house(call, "ide_fixmedins_no", NODE)
    done = diagnoses.submit(
        client=call.client, number=call.head["msgid"], content={"infno": "2503", **call.raw},
        read=lambda: _diagnosed(call), at=call.at,
    )
    one = done.answer["diseases"][0]
    warning = ""
    if one["verdict"] != "met" or one["materials_missing"] or one["state"] == "pending":
        warning = f"{one['state_label']}：{'；'.join(one['reasons'])}"[:200]
    result = {"trt_dcla_detl_sn": done.answer["id"], "exContent": {**one, "status": done.answer["status"]}}
    return Output(output={"result": result}, warning=warning)


def _diagnosed(call: Call) -> Diagnosed:
    given = call.node
    person = _person(call)
    more = given.get("exContent") or {"facts": {}}
    known, today, place = judging.catalogue_of(person.region_code), bureau_day(call.at), reading.Place()
    wanted = INSUTYPES.get(enrollment.coverage_on(person, today).scheme)
    if wanted is not None and wanted != given["insutype"]:
        place.faults.append(Fault("INSUTYPE", "险种类型与参保险种不符。", "/insutype", given["insutype"], wanted))
    if given.get("enddate") and given["enddate"] < given["begndate"]:
        place.faults.append(Fault("DATE_ORDER", "结束日期早于开始日期。", "/enddate", str(given["enddate"])))
    disease = {**given, "facts": more["facts"], "materials": more.get("materials", ())}
    claimed = place.tried(lambda: reading.claim(known, disease, today))
    place.faults += reading.unknown(more.get("documents", ()), known.rules.documents, "/exContent/documents")
    if place.faults:
        raise Problem(422, *(moved(fault).below("input", "data") for fault in place.faults))
    attached = [{"file": one["file_qury_no"], "kind": one["kind"]} for one in more.get("attachments", ())]
    return Diagnosed(
        person=person, claimed=[claimed], doctors={claimed.unit: given["diag_dr_codg"]},
        documents=more.get("documents", ()), phone=(given.get("tel") or "")[:20],
        files=reading.files_of(known, attached),
    )


def moved(fault: Fault) -> Fault:
    """Facts and papers stand in the extension."""
    first = fault.pointer.split("/")[1:2]
    return fault.below("exContent") if first in (["facts"], ["materials"]) else fault


def annul(call: Call) -> Output:
    """2504 人员慢特病备案撤销: takes back what is not decided yet."""
    diagnoses.withdraw(
        client=call.client, handle=call.node["trt_dcla_detl_sn"], number=call.head["msgid"],
        reason=call.node["memo"], at=call.at, person=_person(call),
    )
    return Output()


def entitlements(call: Call) -> Output:
    """5301 慢特病备案信息查询: what is in force today."""
    person = _person(call)
    people.record(call.client, person, "5301", call.at)
    found = people.entitlements_of(person, bureau_day(call.at))
    return Output(output={"feedetail": [people.shown_entitlement(one) for one in found]})


def sign_in(call: Call) -> Output:
    """9001 签到: the same message again is the same sign-in."""

    def act(_: str) -> Done:
        row = keys.sign_in(client=call.client, operator=call.node["opter_no"], at=call.at)
        return Done(answer={"sign_time": written(row.at), "sign_no": row.number})

    return Output(output={"signinoutb": _once(call, act)})


def upload(call: Call) -> Output:
    """9101 文件上传: bytes in base64. The same message again is the same file."""
    check_house(call, "fixmedins_code", "/input/fsUploadIn")
    try:
        content = base64.b64decode(call.node["in"], validate=True)
    except (binascii.Error, ValueError):
        raise Problem(422, Fault("BASE64", "文件内容不是base64编码。", "/input/fsUploadIn/in")) from None

    def act(_: str) -> Done:
        row = files.keep_file(client=call.client, content=content, filename=call.node["filename"], at=call.at)
        return Done(answer={
            "file_qury_no": row.handle, "filename": row.filename, "fixmedins_code": call.client.institution.code,
            "dld_endtime": written(row.kept_until),
        })

    return Output(output=_once(call, act))


def download(call: Call) -> Output:
    """9102 文件下载: the institution's own files."""
    check_house(call, "fixmedins_code", "/input/fsDownloadIn")
    row, content = files.read_file(client=call.client, handle=call.node["file_qury_no"], at=call.at)
    return Output(output={
        "file_qury_no": row.handle, "filename": row.filename, "out": base64.b64encode(content).decode(),
    })


def check_house(call: Call, name: str, pointer: str) -> None:
    """A message speaks for the institution whose key signs it."""
    if call.node[name] != call.client.institution.code:
        fault = Fault("FIXMEDINS_CODE", "机构编号不是签名密钥所属的机构。", f"{pointer}/{name}", call.node[name][:12])
        raise Problem(422, fault)


def written(at: datetime) -> str:
    """A time as the platform writes it."""
    return f"{at.astimezone(BUREAU_ZONE):%Y-%m-%d %H:%M:%S}"


def _person(call: Call) -> Person:
    """The person of a number that this institution was given; his insurance must be where the message says."""
    place = call.head.get("insuplc_admdvs")
    if not place:
        said = "有人员编号时须填参保地医保区划。"
        raise Problem(422, Fault("FIELD_MISSING", said, "/insuplc_admdvs", "", "6位医保区划"))
    person = people.person_of(call.client, call.node["psn_no"])
    if not regions.same_city(place, person.region_code[:6]):
        raise Refused("PERSON_UNKNOWN", "该人员不在所报参保地医保区划参保。")
    return person


def _once(call: Call, act: Callable[[str], Done]) -> Json:
    return once(
        client=call.client, number=call.head["msgid"], verb=call.head["infno"],
        content={"infno": call.head["infno"], **call.raw}, at=call.at, act=act,
    ).answer


TRANSACTIONS = {
    "1101": Transaction(name="人员信息获取", node="data", form=shapes.Credential, scope="person", act=read_person),
    "2503": Transaction(name="人员慢特病备案", node="data", form=shapes.Record, scope="diagnosis", act=record_disease),
    "2504": Transaction(name="人员慢特病备案撤销", node="data", form=shapes.Annulment, scope="diagnosis", act=annul),
    "5301": Transaction(name="人员慢特病备案查询", node="data", form=shapes.OfPerson, scope="person", act=entitlements),
    "9001": Transaction(name="签到", node="signIn", form=shapes.SignInNode, scope="catalogue", act=sign_in),
    "9101": Transaction(name="文件上传", node="fsUploadIn", form=shapes.UploadNode, scope="file", act=upload),
    "9102": Transaction(name="文件下载", node="fsDownloadIn", form=shapes.DownloadNode, scope="file", act=download),
}


def read_node(transaction: Transaction, given: Json) -> Json:
    """The transaction's own node, and nothing beside it."""
    strangers = [Fault("FIELD_UNKNOWN", "没有这个节点。", wanted=transaction.node).below("input", name)
                 for name in given if name != transaction.node]
    if transaction.node not in given:
        strangers.append(Fault("FIELD_MISSING", "缺少输入节点。", f"/input/{transaction.node}"))
    if strangers:
        raise Problem(422, *strangers)
    if given[transaction.node] is None:
        raise Problem(422, Fault("FIELD_NULL", "此项不能为null。", f"/input/{transaction.node}", "null"))
    return checked(transaction.form, given[transaction.node], ("input", transaction.node))

