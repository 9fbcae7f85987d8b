"""What the REST door answers; for the description alone, the services' answers are sent as they are."""

from rest_framework import serializers as s


class Fact(s.Serializer):
    id = s.CharField()
    label = s.CharField(help_text="事实")
    kind = s.CharField()
    input = s.CharField(help_text="check 是否、number 数值、points 评分、observations 多次观察值")
    unit = s.CharField(help_text="计量单位")
    points = s.DictField(child=s.IntegerField(), help_text="评分表")


class Material(s.Serializer):
    kind = s.CharField()
    label = s.CharField()
    conditional = s.BooleanField(help_text="仅在所附条件成立时需要")


class UnitShort(s.Serializer):
    opsp_dise_code = s.CharField()
    opsp_dise_name = s.CharField()
    category = s.CharField()
    category_label = s.CharField()
    aliases = s.ListField(child=s.CharField())
    schemes = s.ListField(child=s.CharField(), help_text="适用险种，空为全部")
    review_months = s.IntegerField(allow_null=True, help_text="复审周期（月）")
    closed = s.BooleanField(help_text="不再受理新的认定")
    rule = s.CharField(help_text="规则编号")


class UnitFull(UnitShort):
    article = s.CharField(help_text="依据")
    stop = s.CharField(help_text="终止条件")
    facts = Fact(many=True)
    criteria = s.JSONField(allow_null=True, help_text="认定标准（树）")
    materials = Material(many=True)
    doctor_title = s.CharField(help_text="认定医师最低职称")


class Catalogue(s.Serializer):
    pool = s.CharField()
    version = s.CharField()
    documents = s.DictField(child=s.CharField(), help_text="通用材料")
    units = UnitShort(many=True)


class Entitlement(s.Serializer):
    opsp_dise_code = s.CharField()
    opsp_dise_name = s.CharField()
    begndate = s.CharField()
    enddate = s.CharField(help_text="末日，空为长期")


class Entitlements(s.Serializer):
    psn_no = s.CharField(help_text="人员编号，仅本机构有效")
    psn_name = s.CharField(help_text="脱敏姓名")
    certno = s.CharField(help_text="脱敏证件号码")
    insured = s.BooleanField(help_text="今日是否可享受待遇")
    insured_reason = s.CharField()
    entitlements = Entitlement(many=True)


class Disease(s.Serializer):
    opsp_dise_code = s.CharField()
    opsp_dise_name = s.CharField()
    state = s.CharField()
    state_label = s.CharField()
    verdict = s.ChoiceField(choices=["met", "not_met", "open"], help_text="按标准：符合、不符合、尚不能判定")
    reasons = s.ListField(child=s.CharField(), help_text="理由")
    open = s.ListField(child=s.CharField(), help_text="尚缺的事实编号")
    materials_missing = s.ListField(child=s.CharField(), help_text="尚缺的材料种类")
    refusal_reason = s.CharField()
    granted_on = s.CharField(help_text="确认日期，空为未确认")


class Diagnosis(s.Serializer):
    id = s.CharField()
    submission_no = s.CharField()
    case_no = s.CharField(help_text="件号")
    status = s.CharField()
    status_label = s.CharField()
    kind = s.CharField(help_text="initial 认定、review 复审")
    version = s.IntegerField()
    diseases = Disease(many=True)


class DiagnosisList(s.Serializer):
    diagnoses = Diagnosis(many=True)
    next = s.CharField(help_text="下一页的before，空为没有更多")


class File(s.Serializer):
    id = s.CharField()
    filename = s.CharField()
    size = s.IntegerField()
    sha256 = s.CharField()
    kept_until = s.CharField()


class Due(s.Serializer):
    psn_no = s.CharField(help_text="人员编号，报送复审时使用")
    psn_name = s.CharField(help_text="脱敏姓名")
    opsp_dise_code = s.CharField()
    opsp_dise_name = s.CharField()
    review_due_on = s.CharField(help_text="复审到期日")
    suspends_on = s.CharField(help_text="未复审的，自该日起暂停")
    suspended = s.BooleanField()


class DueList(s.Serializer):
    due = Due(many=True)
