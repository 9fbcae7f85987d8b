"""What officers do to a maternity case, each as a dialog that names its consequence and calls one service."""
from casework.admin_base import NoteForm, RequiredNoteForm, action
from casework.admin_case_deeds import TaskDeeds, given, noted, shown_once
from casework.clock import now
from enrollment import services as enrollment
from maternity import services
from maternity.admin.deed_forms import (
    DaysForm,
    EnterForm,
    MaterialForm,
    RefuseForm,
    RevealForm,
    SendBackForm,
    live_items,
)
from maternity.models import MaternityCase


def _total(model_admin, request, case: MaternityCase) -> str:
    parts = [f"{row} {row.amount:,.2f} 元" for row in live_items(case) if row.amount is not None]
    return f"{'、'.join(parts)}，合计 {case.total or 0:,.2f} 元"


def _missing(model_admin, request, case: MaternityCase) -> str:
    missing = [row.name for row in services.checklist(case) if row.missing]
    if not missing:
        return "材料清单已齐全，没有可以告知补正的材料。"
    return f"将出具一次性告知书，列明所缺的全部材料：{'、'.join(missing)}。自今日起停止计时，等待申请人补正。"


class Deeds(TaskDeeds):
    """The deeds half of the cases' screen. ``actions_detail`` only gives them their addresses."""

    actions_detail = [
        "enter", "enter_days", "approve_late", "compute", "ask_supplement", "receive_supplement", "review", "approve",
        "send_back", "refuse", "withdraw", "reverse", "receive_material", "reveal", "take", "release",
    ]

    @action(
        description="录入", form_class=EnterForm, consequence="录入核算所需的数额，案件转核算。录入之后您不能审核此件。"
    )
    def enter(self, request, form, object_id):
        services.enter(**noted(request, form, case_id=int(object_id)), facts=form.facts())
        return "已录入，可以核算。"

    @action(
        description="录入津贴天数", form_class=DaysForm, permissions=["maternity.supervise_maternitycase"],
        consequence="政策只印明单胎顺产的天数，此种情形由主管按本局规定录入；录入之后您不能审核此件，仍须初审和复核两人决定。",
    )
    def enter_days(self, request, form, object_id):
        given = form.cleaned_data
        services.enter_days(
            case_id=int(object_id), days=given["days"], basis=given["basis"], by=request.user, at=now()
        )
        return "津贴天数已录入。"

    @action(
        description="批准逾期申请", form_class=RequiredNoteForm, permissions=["maternity.supervise_maternitycase"],
        consequence="同意此件虽已超过申领期限仍予受理，您的意见写入办理记录。",
    )
    def approve_late(self, request, form, object_id):
        services.approve_late(
            case_id=int(object_id), reason=form.cleaned_data["note"], by=request.user, at=now()
        )
        return "已批准逾期申请。"

    @action(
        description="核算", form_class=NoteForm,
        consequence="按生育当日的规则逐项核算，有一项不符合条件的整件不核算；案件转初审。核算之后您不能审核此件。",
    )
    def compute(self, request, form, object_id):
        case = services.compute(**noted(request, form, case_id=int(object_id)))
        return f"核算完成：应付合计 {case.total:,.2f} 元。"

    @action(description="告知补正", consequence=_missing, form_class=NoteForm, submit="出具告知书")
    def ask_supplement(self, request, form, object_id):
        notice = services.ask_supplement(**noted(request, form, case_id=int(object_id)))
        return f"已出具一次性告知书（{notice.number}），可在“文书”中打印；自今日起停止计时。"

    @action(description="收到补正", form_class=NoteForm, consequence="确认所缺材料已经收齐：恢复计时，案件回到录入。")
    def receive_supplement(self, request, form, object_id):
        services.receive_supplement(**noted(request, form, case_id=int(object_id)))
        return "补正材料已收齐，恢复计时。"

    @action(
        description="初审通过", form_class=NoteForm,
        consequence=lambda *a: f"确认{_total(*a)}，案件转复核。通过之后您不能再复核此件。",
    )
    def review(self, request, form, object_id):
        services.review(**noted(request, form, case_id=int(object_id)))
        return "初审已通过，等待复核。"

    @action(
        description="复核通过", form_class=NoteForm,
        consequence=lambda *a: f"确认{_total(*a)}，作出支付决定并产生拨付单。决定之后不能再修改，只能冲销。",
    )
    def approve(self, request, form, object_id):
        services.approve(**noted(request, form, case_id=int(object_id)))
        return "复核已通过，等待拨付。"

    @action(
        description="回退", form_class=SendBackForm, variant="danger",
        consequence="案件退回所选环节重新办理，理由对经手人员可见。退到核算之前的须重新核算；待拨付的拨付单取消。",
    )
    def send_back(self, request, form, object_id):
        asked = form.cleaned_data
        case = services.send_back(**given(request, form, case_id=int(object_id)), to=asked["to"], reason=asked["note"])
        return f"已回退，现为“{case.get_status_display()}”。"

    @action(
        description="不予支付", form_class=RefuseForm, variant="danger",
        consequence="作出不予支付决定并出具决定书：本件终止，所申请的待遇不支付；符合条件后可以重新申请。",
    )
    def refuse(self, request, form, object_id):
        asked = form.cleaned_data
        services.refuse(**given(request, form, case_id=int(object_id)), ground=asked["ground"], reason=asked["note"])
        return "已作出不予支付决定，决定书可在“文书”中打印。"

    @action(
        description="撤销", form_class=RequiredNoteForm, variant="danger",
        consequence="本件终止，待拨付的拨付单取消；所申请的待遇可以重新申请。撤销后不能恢复。",
    )
    def withdraw(self, request, form, object_id):
        services.withdraw(**given(request, form, case_id=int(object_id)), reason=form.cleaned_data["note"])
        return "本件已撤销。"

    @action(
        description="冲销", form_class=RequiredNoteForm, variant="danger",
        consequence="事实有误的，冲销已作的支付决定：尚未拨付的取消拨付单；已经到账的按全额提出追回，由另外两人审核。"
        "各项待遇可以按正确的事实重新申请。",
    )
    def reverse(self, request, form, object_id):
        services.reverse(**given(request, form, case_id=int(object_id)), reason=form.cleaned_data["note"])
        return "已冲销。"

    @action(description="收材料", consequence="登记收到的材料，可同时上传影像。", form_class=MaterialForm)
    def receive_material(self, request, form, object_id):
        given = form.cleaned_data
        services.receive_material(
            case_id=int(object_id), code=given["code"], file=given["file"], by=request.user, at=now()
        )
        return "材料已登记。"

    @action(
        description="查看完整号码", form_class=RevealForm, permissions=["enrollment.reveal_person"], submit="查看",
        consequence="您的姓名、时间和用途会记入审计记录；每人每日查看次数有限。",
    )
    def reveal(self, request, form, object_id):
        case = MaternityCase.objects.visible_to(request.user).get(pk=object_id)
        asked = form.cleaned_data
        value = enrollment.reveal(
            person_id=case.claimant_id, field=asked["field"], purpose=asked["purpose"], by=request.user, at=now(),
            case_no=case.case_no,
        )
        return shown_once(request, "enrollment/revealed.html", enrollment.SECRETS[asked["field"]], value)
