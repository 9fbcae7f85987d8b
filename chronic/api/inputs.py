"""What the REST door takes. Field names are the platform's wherever it has one."""

from rest_framework import serializers

from casework.api.fields import Day, Rows, Strict, Text, Word
from chronic.api.fields import Facts, Handle, Kind, Number, UnitCode
from enrollment.models import Person

DISEASES, PAPERS = 20, 50


class PersonInput(Strict):
    psn_cert_type = Word(choices=Person.IdType.choices, help_text="人员证件类型")
    certno = Text(length=30, secret=True, help_text="证件号码")
    psn_name = Text(length=50, secret=True, help_text="姓名")


class AttachmentInput(Strict):
    file = Handle(help_text="文件编号（上传文件时给出）")
    kind = Kind(help_text="材料种类")


class DiseaseInput(Strict):
    opsp_dise_code = UnitCode(help_text="病种编码")
    hosp_ide_date = Day(help_text="医院鉴定日期")
    diag_dr_codg = Text(length=30, help_text="诊断医师编码")
    facts = Facts(help_text="认定事实：编号和值，见目录")
    materials = Rows(child=Kind(), most=PAPERS, required=False, help_text="病种材料种类")


class DiagnosisInput(Strict):
    submission_no = Number(help_text="报送流水号，本机构内永久唯一")
    person = PersonInput()
    diseases = Rows(child=DiseaseInput(), least=1, most=DISEASES)
    documents = Rows(child=Kind(), most=PAPERS, required=False, help_text="通用材料种类")
    attachments = Rows(child=AttachmentInput(), most=PAPERS, required=False)
    tel = Text(length=20, required=False, secret=True, pattern="[0-9+ -]{0,20}", help_text="联系电话")


class ReviewInput(Strict):
    submission_no = Number(help_text="报送流水号，本机构内永久唯一")
    psn_no = Text(length=30, pattern="[0-9]{1,30}", help_text="人员编号（到期清单或待遇查询给出）")
    diseases = Rows(child=DiseaseInput(), least=1, most=DISEASES)
    documents = Rows(child=Kind(), most=PAPERS, required=False, help_text="通用材料种类")
    attachments = Rows(child=AttachmentInput(), most=PAPERS, required=False)


class SuppliedInput(Strict):
    opsp_dise_code = UnitCode(help_text="病种编码")
    diag_dr_codg = Text(length=30, required=False, help_text="诊断医师编码，不变可省")
    facts = Facts(help_text="补报的事实")
    materials = Rows(child=Kind(), most=PAPERS, required=False)


class SupplyInput(Strict):
    submission_no = Number(help_text="本次补报的流水号")
    diseases = Rows(child=SuppliedInput(), least=1, most=DISEASES)
    attachments = Rows(child=AttachmentInput(), most=PAPERS, required=False)


class WithdrawalInput(Strict):
    submission_no = Number(help_text="本次撤回的流水号")
    reason = Text(length=300, help_text="撤回原因")


class CatalogueQuery(Strict):
    category = Text(length=20, required=False, help_text="类别")


class ListQuery(Strict):
    before = Handle(required=False, help_text="从这一报送之后继续（不含）")


class DueQuery(Strict):
    until = Day(required=False, help_text="到期日不晚于，缺省为今日起60日")


class FileQuery(Strict):
    filename = Text(length=200, help_text="文件名")


class FileBody(serializers.Serializer):
    """Only for the description: the body is the file itself."""
