"""What is done to a certification, each as a dialog that names its consequence and calls one service."""
from django import forms

from casework import services as casework
from casework.admin_base import NoteForm, RequiredNoteForm, action
from casework.admin_case_deeds import ScanForm, TaskDeeds, given, noted
from casework.clock import bureau_day, now
from casework.errors import Refused
from casework.models import get_visible
from chronic import services as chronic
from chronic.models import Certification, CertificationItem
from chronic.services import screens
from chronic.services.deciding import first_day, for_bureau
from chronic.workflow import SUBMIT

State = CertificationItem.State


class SignForm(NoteForm):
    """For each disease the doctor who concluded: only those whose title is high enough for what was found."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        case, known = self.obj, chronic.catalogue_of(self.obj.person.region_code)
        self.items = {item.pk: item for item in case.items.exclude(state=State.REFUSED).order_by("pk")}
        wanted = {pk: (chronic.unit_of(known, item.unit), item) for pk, item in self.items.items()}
        found = screens.doctors_for(case.institution, known, wanted, bureau_day(now()))
        for pk, item in self.items.items():
            doctors = [(row.code, _doctor(row)) for row in found[pk]]
            self.fields[f"doctor_{pk}"] = forms.ChoiceField(
                label=f"{item.unit_name}：认定医师", choices=[("", "请选择"), *doctors],
                help_text=_wanted(wanted[pk][0], known),
            )
        self.order_fields([*(f"doctor_{pk}" for pk in self.items), "note", "version"])

    def doctors(self) -> dict[int, str]:
        return {pk: self.cleaned_data[f"doctor_{pk}"] for pk in self.items}


def _doctor(row) -> str:
    return "　".join(part for part in (row.name, row.get_title_display(), row.specialty) if part)


def _wanted(unit, known) -> str:
    """The rule for the doctor in words; the choices hold to it already."""
    said = [f"{one.specialty}{one.act}" for one in unit.doctors if one.specialty or one.act]
    return "；".join([f"只列出职称符合要求的医师（{known.rules.rank_rule}）", *said]) + "。"


class ConfirmForm(NoteForm):
    """For each disease that the bureau decides on: blank confirms what the hospital found, a reason refuses it."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.items = for_bureau(self.obj, list(self.obj.items.order_by("pk")))
        for item in self.items:
            self.fields[f"refuse_{item.pk}"] = forms.CharField(
                label=f"{item.unit_name}：不予确认的原因", required=False, max_length=400,
                help_text="留空即确认医院的结论；填写的，该病种不予认定，原因写入告知书。",
            )
        self.order_fields([*(f"refuse_{item.pk}" for item in self.items), "note", "version"])

    def refused(self) -> dict[int, str]:
        given = {item.pk: self.cleaned_data[f"refuse_{item.pk}"] for item in self.items}
        return {pk: reason for pk, reason in given.items() if reason}


class ReceiveForm(ScanForm):
    """A paper of the application."""

    kind = forms.ChoiceField(label="材料")
    field_order = ["kind", "file"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        known = chronic.catalogue_of(self.obj.person.region_code)
        kinds = list(known.rules.documents)
        for item in self.obj.items.all():
            unit = known.units.get(item.unit)
            kinds += [one.type for one in unit.materials] if unit else []
        self.general = set(known.rules.documents)
        had = set(self.obj.documents)
        self.fields["kind"].choices = [
            (kind, known.material_label(kind) + ("（已收，补传影像）" if kind in had else ""))
            for kind in dict.fromkeys(kinds)
        ]


def _signing(model_admin, request, case: Certification) -> str:
    names = [f"“{item.unit_name}”{'符合' if item.verdict.get('met') else '不符合'}标准"
             for item in case.items.exclude(state=State.REFUSED).order_by("pk")
             if item.verdict.get("met") is not None]
    return f"结论由标准得出：{'；'.join(names) or '事实尚未填全'}。记录后转审核盖章，盖章不得为同一人。"


def _sealing(model_admin, request, case: Certification) -> str:
    if case.kind == Certification.Kind.REVIEW:
        return "核对结论后盖章，转录入平台；不符合标准的，由经办机构确认后终止待遇。"
    if case.items.filter(state=State.MET).exists():
        return "核对结论后盖章，转录入平台；不符合的病种就此不予认定，并出具告知书。"
    return "所有病种都不符合标准：盖章后本件办结，出具不予认定告知书，材料退还申请人。"


def _entering(model_admin, request, case: Certification) -> str:
    day = chronic.catalogue_of(case.person.region_code).rules.entry_day
    limit = f"每月 {day} 日前录入；逾期的会注明。" if day else ""
    return f"录入后转参保地经办机构确认，不能再更改。{limit}"


def _confirming(model_admin, request, case: Certification) -> str:
    known = chronic.catalogue_of(case.person.region_code)
    try:
        said = [_follows(case, item, known) for item in for_bureau(case, list(case.items.order_by("pk")))]
    except Refused as refusal:
        return refusal.message
    return f"确认后：{'；'.join(said)}。可以只确认其中一部分。确认不得为本件经手人员。"


def _follows(case: Certification, item: CertificationItem, known) -> str:
    """What comes of one disease when it is confirmed."""
    unit = known.units.get(item.unit)
    months = unit.review_months if unit else None
    if case.kind == Certification.Kind.REVIEW:
        if item.state == State.NOT_MET:
            return f"“{item.unit_name}”复审不合格，待遇自确认次日起终止"
        return f"“{item.unit_name}”复审合格，待遇自 {item.concluded_on} 起再续 {months} 个月"
    first = first_day(known.rules.categories[item.category].starts, item, case)
    return f"“{item.unit_name}”自 {first} 起享受待遇{f'，每 {months} 个月复审' if months else '，长期有效'}"


class QueueDeeds(TaskDeeds):
    taking = "由您办理这件的下一步，其他人不再看到它在待办中。"
    releasing = "放回待办，由其他人领取。"


class Deeds(QueueDeeds):
    """The deeds half of the screen. ``actions_detail`` only gives them their addresses."""

    actions_detail = [
        "sign", "seal", "enter", "confirm", "send_back", "refuse", "withdraw", "receive", "take", "release",
    ]

    @action(description="医师结论", consequence=_signing, form_class=SignForm)
    def sign(self, request, form, object_id):
        chronic.sign(**noted(request, form, certification_id=int(object_id)), doctors=form.doctors())
        return "结论已记录，等待审核盖章。"

    @action(description="审核盖章", consequence=_sealing, form_class=NoteForm)
    def seal(self, request, form, object_id):
        case = chronic.seal(**noted(request, form, certification_id=int(object_id)))
        return "已盖章，请录入平台。" if case.status == "sealed" else "已盖章，本件不予认定，可打印告知书。"

    @action(description="录入平台", consequence=_entering, form_class=NoteForm)
    def enter(self, request, form, object_id):
        case = chronic.enter(**noted(request, form, certification_id=int(object_id)))
        late = "（已过当月录入期限）" if case.entered_late else ""
        return f"已录入{late}，待遇已开通。" if case.status == "confirmed" else f"已录入{late}，等待确认。"

    @action(description="确认认定", consequence=_confirming, form_class=ConfirmForm, submit="确认")
    def confirm(self, request, form, object_id):
        refused = form.refused()
        chronic.confirm(**noted(request, form, certification_id=int(object_id)), refused=refused)
        return f"已确认，其中 {len(refused)} 个病种不予认定，可打印告知书。" if refused else "已确认，待遇已开通。"

    @action(
        description="退回医院", form_class=RequiredNoteForm, variant="danger",
        consequence="退回后由医院重新作出结论并盖章；已作的结论和盖章作废，时限继续计算。",
    )
    def send_back(self, request, form, object_id):
        chronic.send_back(**given(request, form, certification_id=int(object_id)), reason=form.cleaned_data["note"])
        return "已退回医院。"

    @action(
        description="不予确认", form_class=RequiredNoteForm, variant="danger",
        consequence="所有病种都不予认定，本件办结；理由写入告知书，材料退还申请人。",
    )
    def refuse(self, request, form, object_id):
        chronic.refuse(**given(request, form, certification_id=int(object_id)), reason=form.cleaned_data["note"])
        return "已作出不予认定的决定，可打印告知书。"

    @action(
        description="撤回申请", form_class=RequiredNoteForm, variant="danger",
        consequence="本件终止，不作认定；需要时可重新申请。",
    )
    def withdraw(self, request, form, object_id):
        chronic.withdraw(**given(request, form, certification_id=int(object_id)), reason=form.cleaned_data["note"])
        return "申请已撤回。"

    @action(
        description="收材料", form_class=ReceiveForm, permissions=[SUBMIT],
        consequence="登记收到的证件、表格或病历资料，可以同时上传影像。",
    )
    def receive(self, request, form, object_id):
        case: Certification = get_visible(Certification, request.user, pk=int(object_id))
        kind, file = form.cleaned_data["kind"], form.cleaned_data["file"]
        if not file and kind not in form.general:
            raise Refused("file_missing", "病种材料请上传影像；是否收到，在“更正事实和材料”中勾选。")
        if file:
            casework.attach_document(
                case_no=case.case_no, kind=kind, file=file, by=request.user, at=now(), region_code=case.region_code
            )
        if kind in form.general and kind not in case.documents:
            chronic.receive_documents(certification_id=case.pk, documents=[kind], by=request.user, at=now())
        return "材料已收。"
