"""Institutions in and out of .xlsx."""
from typing import Any, ClassVar

from import_export.fields import Field
from import_export.widgets import CharWidget

from casework.workbooks import Columns
from enrollment import services
from enrollment.models import ImportBatch, Institution
from enrollment.resources.base import RegisterResource, RegisterWorkbook
from enrollment.resources.cells import YES_NO, ChoiceWidget, DayWidget, LastDayWidget, NumberWidget


class InstitutionWorkbook(RegisterWorkbook):
    columns = Columns(
        required=("机构编号", "机构名称", "所在地", "协议开始日期"),
        optional=(
            "统一社会信用代码", "机构类别", "基层医疗机构", "医院等级", "限价等级", "起付线等级", "联网结算",
            "协议结束日期",
        ),
        aliases={"机构代码": "机构编号", "所在地区划": "所在地"},
        text_only=("机构编号", "统一社会信用代码"),
    )


class InstitutionResource(RegisterResource):
    """Institutions: unknown codes are registered, known ones amended. The last day is written inclusively."""

    kind = ImportBatch.Kind.INSTITUTION
    key = "机构编号"
    column_of: ClassVar[dict[str, str]] = {
        "INSTITUTION_CODE": "机构编号", "CREDIT_CODE_CHECKSUM": "统一社会信用代码",
        "CREDIT_CODE_FORMAT": "统一社会信用代码", "REGION_UNKNOWN": "所在地", "jurisdiction": "所在地",
        "LEVEL_UNKNOWN": "医院等级", "PERIOD_REVERSED": "协议结束日期",
    }

    code = Field("code", "机构编号", NumberWidget())
    name = Field("name", "机构名称", CharWidget())
    credit_code = Field("credit_code", "统一社会信用代码", NumberWidget())
    region_code = Field("region_id", "所在地", CharWidget())
    kind_of = Field("kind", "机构类别", ChoiceWidget(Institution.Kind.choices, Institution.Kind.HOSPITAL))
    primary_care = Field("primary_care", "基层医疗机构", ChoiceWidget(YES_NO, False))
    hospital_level = Field("hospital_level_id", "医院等级", CharWidget())
    price_cap_level = Field("price_cap_level_id", "限价等级", CharWidget())
    deductible_level = Field("deductible_level_id", "起付线等级", CharWidget())
    in_network = Field("in_network", "联网结算", ChoiceWidget(YES_NO, True))
    starts_on = Field("starts_on", "协议开始日期", DayWidget())
    ends_on = Field("ends_on", "协议结束日期", LastDayWidget())

    FACTS = ("name", "credit_code", "kind", "primary_care", "in_network", "starts_on", "ends_on")
    LEVELS = ("hospital_level", "price_cap_level", "deductible_level")

    class Meta:
        model = Institution
        import_id_fields = ("code",)
        fields = (
            "code", "name", "credit_code", "region_code", "kind_of", "primary_care", "hospital_level",
            "price_cap_level", "deductible_level", "in_network", "starts_on", "ends_on",
        )
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def get_instance(self, instance_loader: Any, row: dict[str, str]) -> Institution | None:
        return Institution.objects.filter(code=self._key_of(row)).first()

    def import_instance(self, instance: Institution, row: dict[str, str], **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        for level in self.LEVELS:
            given = getattr(instance, f"{level}_id") or ""
            fallback = instance.hospital_level_id if level != "hospital_level" else ""
            setattr(instance, f"{level}_id", (given.zfill(2) if given else "") or fallback or None)

    def do_instance_save(self, instance: Institution, is_create: bool) -> None:
        act = services.register_institution if is_create else services.amend_institution
        saved = act(
            code=instance.code, by=self.by, at=self.at, region_code=instance.region_id,
            **{fact: getattr(instance, fact) for fact in self.FACTS},
            **{level: getattr(instance, f"{level}_id") or "" for level in self.LEVELS},
        )
        instance.__dict__.update(saved.__dict__)
