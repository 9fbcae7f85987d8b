"""The messages as the platform prints them: names, lengths, what must be there. Strangers are refused.

`exContent` in 2503 is our own extension: the platform's message holds no facts. It is optional, an object, and holds
what the REST door takes beside the platform's fields.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from casework.api.faults import Fault, Faults, shown
from casework.api.fields import Day, Moment, Rows, Strict, Text, Word
from chronic.api.envelope.codes import CERTIFICATES, CREDENTIALS, INSUTYPES
from chronic.api.fields import Facts, Handle, Kind, UnitCode
from chronic.api.inputs import PAPERS

MSGID = "[HP][0-9]{11}[0-9]{14}[0-9]{4}"
ADMDVS = "[0-9]{6}"
INPUT_LENGTH = 40_000


def may(length: int, **more: Any) -> Text:
    """Text that may be absent, null or empty."""
    return Text(length=length, required=False, allow_null=True, **more)


@extend_schema_field({"type": "object"})
class Anything(serializers.Field[Any, Any, Any, Any]):
    """An object whose form the transaction number names."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise Faults(Fault("OBJECT", "此项应为对象。", got=shown(data), wanted="{…}"))
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Message(Strict):
    infno = Text(length=6, help_text="交易编号")
    msgid = Text(length=30, pattern=MSGID, wanted="机构编号12位+时间14位+顺序号4位", help_text="发送方报文ID")
    mdtrtarea_admvs = Text(length=6, pattern=ADMDVS, wanted="6位医保区划", help_text="就医地医保区划")
    insuplc_admdvs = may(6, pattern=ADMDVS, wanted="6位医保区划", help_text="参保地医保区划，有人员编号时必填")
    recer_sys_code = Text(length=10, help_text="接收方系统代码")
    dev_no = may(100)
    dev_safe_info = may(2000)
    cainfo = may(1024)
    signtype = may(10)
    infver = Text(length=6, help_text="接口版本号")
    opter_type = Word(choices=["1", "2", "3"], help_text="经办人类别")
    opter = Text(length=30, help_text="经办人")
    opter_name = Text(length=50, help_text="经办人姓名")
    inf_time = Moment(help_text="交易时间")
    fixmedins_code = Text(length=30, help_text="定点医药机构编号")
    fixmedins_name = Text(length=200, help_text="定点医药机构名称")
    sign_no = may(30, help_text="签到流水号")
    input = Anything(help_text="交易输入")


class Credential(Strict):
    """1101."""

    mdtrt_cert_type = Word(choices=CREDENTIALS)
    mdtrt_cert_no = Text(length=50, secret=True)
    card_sn = may(32, secret=True)
    begntime = may(19)
    psn_cert_type = Word(choices=CERTIFICATES, required=False, allow_null=True)
    certno = may(50, secret=True)
    psn_name = may(50, secret=True)


class Attached(Strict):
    file_qury_no = Handle()
    kind = Kind()


class ExContent(Strict):
    facts = Facts()
    materials = Rows(child=Kind(), most=PAPERS, required=False)
    documents = Rows(child=Kind(), most=PAPERS, required=False)
    attachments = Rows(child=Attached(), most=PAPERS, required=False)


class Record(Strict):
    """2503."""

    psn_no = Text(length=30)
    insutype = Word(choices=sorted(INSUTYPES.values()))
    opsp_dise_code = UnitCode()
    opsp_dise_name = Text(length=300)
    tel = may(50, secret=True, pattern="[0-9+ -]{0,20}", wanted="电话号码")
    addr = may(200, secret=True)
    insu_optins = Text(length=6, pattern=ADMDVS, wanted="6位医保区划")
    ide_fixmedins_no = Text(length=30)
    ide_fixmedins_name = Text(length=200)
    hosp_ide_date = Day()
    diag_dr_codg = Text(length=30)
    diag_dr_name = Text(length=50)
    begndate = Day()
    enddate = Day(required=False, allow_null=True)
    exContent = ExContent(required=False, allow_null=True)


class Annulment(Strict):
    """2504."""

    trt_dcla_detl_sn = Handle()
    psn_no = Text(length=30)
    memo = Text(length=500)


class OfPerson(Strict):
    """5301."""

    psn_no = Text(length=30)


class SignInNode(Strict):
    """9001."""

    opter_no = Text(length=20)
    mac = may(20)
    ip = Text(length=20)


class UploadNode(Strict):
    """9101; `in` is no name in Python."""

    filename = Text(length=200)
    fixmedins_code = Text(length=30)

    def get_fields(self) -> dict[str, Any]:
        return {"in": Text(length=8 * 1024 * 1024, secret=True), **super().get_fields()}


class DownloadNode(Strict):
    """9102."""

    file_qury_no = Handle()
    filename = may(200)
    fixmedins_code = Text(length=30)


class Answer(serializers.Serializer[Any]):
    """What every message is answered with."""

    infcode = serializers.IntegerField(help_text="0成功，-1失败")
    inf_refmsgid = serializers.CharField(max_length=30, help_text="接收方报文ID")
    refmsg_time = serializers.CharField(max_length=17, help_text="接收报文时间")
    respond_time = serializers.CharField(max_length=17, help_text="响应报文时间")
    err_msg = serializers.CharField(max_length=200, allow_blank=True, help_text="[错误代码] 说明")
    warn_msg = serializers.CharField(allow_blank=True)
    cainfo = serializers.CharField(allow_blank=True)
    signtype = serializers.CharField(allow_blank=True)
    output = serializers.JSONField(help_text="交易输出")
