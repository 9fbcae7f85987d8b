"""What officers do to a claim, each as a dialog that names its consequence and calls one service."""
from django import forms

from casework import admin_case_deeds as case_deeds
from casework.admin_base import DialogForm, NoteForm, RequiredNoteForm, action
from casework.admin_case_deeds import TaskDeeds, given, noted, shown_once
from casework.clock import bureau_day, now
from casework.errors import Refused
from claims import services
from claims.models import Claim, Finding, Payment, RefusalGround
from claims.services import checklist
from claims.services.benefits import of_certified_disease
from claims.workflow import RETURNS, ClaimStatus
from enrollment import services as enrollment


class SendBackForm(case_deeds.SendBackForm):
    returns, statuses = RETURNS, ClaimStatus


class RefuseForm(case_deeds.RefuseForm):
    def grounds(self):
        grounds = RefusalGround.objects.valid_on(bureau_day(now()))
        return grounds if of_certified_disease(self.obj) else grounds.filter(certified=False)


class MaterialForm(case_deeds.ScanForm):
    kind = forms.ChoiceField(label="材料")
    field_order = ["kind", "file"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.offer("kind", checklist(self.obj))


class RevealForm(case_deeds.RevealForm):
    secrets, example = enrollment.SECRETS, "如：与票据姓名核对"


class AccountForm(DialogForm):
    payee_name = forms.CharField(label="收款户名", max_length=50)
    payee_bank = forms.CharField(label="收款银行", max_length=100)
    payee_account = forms.CharField(label="收款账号", max_length=40, widget=forms.TextInput({"autocomplete": "off"}))


class FindingForm(RequiredNoteForm):
    finding = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finding"].initial = self.request.GET.get("finding")
        self.fields["note"].label = "审批意见"


def _decision(model_admin, request, claim: Claim) -> str:
    settlement = claim.settlements.live().first()
    if settlement is None:
        return "结算结果"
    return f"基金支付 {settlement.fund_total:,.2f} 元、个人负担 {settlement.personal:,.2f} 元"


def _approval(model_admin, request, claim: Claim) -> str:
    return (
        f"确认{_decision(model_admin, request, claim)}，作出支付决定并产生拨付单（应付为零的直接办结）。"
        "决定之后不能再修改，只能冲销。"
    )


def _missing(model_admin, request, claim: Claim) -> str:
    missing = [row.name for row in checklist(claim) if row.missing]
    if not missing:
        return "材料清单已齐全，没有可以告知补正的材料。"
    return f"将出具一次性告知书，列明所缺的全部材料：{'、'.join(missing)}。自今日起停止计时，等待申请人补正。"


def _finding(model_admin, request, claim: Claim) -> str:
    number = request.GET.get("finding") or request.POST.get("finding") or "0"
    found = Finding.objects.filter(claim=claim, pk=number if number.isdecimal() else 0).first()
    return f"同意此件在下列情况下继续办理，您的意见将写入办理记录：{found.message}" if found else "未找到该疑点。"


def _again(model_admin, request, claim: Claim) -> str:
    failed = claim.payments.filter(state=Payment.State.FAILED, replaced_by=None).select_related("correction").first()
    corrected = getattr(failed, "correction", None)
    if corrected is None:
        return "按原收款账户重新产生拨付单；账户有误的，请先由他人更正账户。"
    return (
        f"确认更正后的账户 {corrected.payee_bank} {corrected.masked_account}，"
        f"重新产生一笔 {failed.amount:,.2f} 元的拨付单，进入下一批次。"
    )


class Deeds(TaskDeeds):
    """The deeds half of the claims' screen. ``actions_detail`` only gives them their addresses."""

    actions_detail = [
        "precheck", "accept", "ask_supplement", "receive_supplement", "settle", "review", "approve", "send_back",
        "withdraw", "refuse", "reverse", "correct_account", "pay_again", "receive_material", "reveal",
        "approve_finding", "publish", "take", "release",
    ]

    @action(
        description="资料初审通过", form_class=NoteForm,
        consequence="确认乡镇收到的资料齐全、相符，案件转县级经办机构受理。",
    )
    def precheck(self, request, form, object_id):
        services.precheck(**noted(request, form, claim_id=int(object_id)))
        return "资料初审已通过，等待县级受理。"

    @action(description="受理", consequence="受理后进入明细录入，办理时限继续计算。", form_class=NoteForm)
    def accept(self, request, form, object_id):
        services.accept(**noted(request, form, claim_id=int(object_id)))
        return "已受理，请录入费用明细。"

    @action(description="告知补正", consequence=_missing, form_class=NoteForm, submit="出具告知书")
    def ask_supplement(self, request, form, object_id):
        notice = services.ask_supplement(**noted(request, form, claim_id=int(object_id)))
        return f"已出具一次性告知书（{notice.number}），可在“文书”中打印；自今日起停止计时。"

    @action(
        description="收到补正", form_class=NoteForm, consequence="确认所缺材料已经收齐：恢复计时，案件回到明细录入。"
    )
    def receive_supplement(self, request, form, object_id):
        services.receive_supplement(**noted(request, form, claim_id=int(object_id)))
        return "补正材料已收齐，恢复计时。"

    @action(
        description="结算", form_class=NoteForm,
        consequence="按现行规则计算，并记入参保人的年度累计；案件转初审。结算之后您不能审核此件。",
    )
    def settle(self, request, form, object_id):
        settlement = services.settle(**noted(request, form, claim_id=int(object_id)))
        return f"结算完成：基金支付 {settlement.fund_total:,.2f} 元，个人负担 {settlement.personal:,.2f} 元。"

    @action(
        description="初审通过", form_class=NoteForm,
        consequence=lambda *a: f"确认{_decision(*a)}，案件转复核。通过之后您不能再复核此件。",
    )
    def review(self, request, form, object_id):
        services.review(**noted(request, form, claim_id=int(object_id)))
        return "初审已通过，等待复核。"

    @action(description="复核通过", consequence=_approval, form_class=NoteForm)
    def approve(self, request, form, object_id):
        claim = services.approve(**noted(request, form, claim_id=int(object_id)))
        return "复核已通过，无须拨付，本件办结。" if claim.status == ClaimStatus.CLOSED else "复核已通过，等待拨付。"

    @action(
        description="回退", form_class=SendBackForm, variant="danger",
        consequence="案件退回所选环节重新办理，理由对经手人员可见。退到结算之前的，本次结算作废并冲回年度累计。",
    )
    def send_back(self, request, form, object_id):
        asked = form.cleaned_data
        claim = services.send_back(
            **given(request, form, claim_id=int(object_id), to=asked["to"], reason=asked["note"])
        )
        return f"已回退，现为“{claim.get_status_display()}”。"

    @action(
        description="撤销", form_class=RequiredNoteForm, variant="danger",
        consequence="本件终止：已作的结算作废并冲回年度累计，票据和住院可以另行申报。撤销后不能恢复。",
    )
    def withdraw(self, request, form, object_id):
        services.withdraw(**given(request, form, claim_id=int(object_id)), reason=form.cleaned_data["note"])
        return "本件已撤销。"

    @action(
        description="不予支付", form_class=RefuseForm, variant="danger",
        consequence="作出不予支付决定并出具决定书：本件终止，基金不支付任何费用。",
    )
    def refuse(self, request, form, object_id):
        asked = form.cleaned_data
        services.refuse(**given(request, form, claim_id=int(object_id)), ground=asked["ground"], reason=asked["note"])
        return "已作出不予支付决定，决定书可在“文书”中打印。"

    @action(
        description="冲销", form_class=RequiredNoteForm, variant="danger",
        consequence="冲销已决定的结算：年度累计按原数冲回，案件回到待结算；已拨付的款项在重新结算后补支付或追回。",
    )
    def reverse(self, request, form, object_id):
        services.reverse(**given(request, form, claim_id=int(object_id)), reason=form.cleaned_data["note"])
        return "已冲销，请核对后重新结算。"

    @action(
        description="更正账户", form_class=AccountForm,
        consequence="保存新的收款账户。须由另一名人员确认后才会重新拨付。",
    )
    def correct_account(self, request, form, object_id):
        given = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        services.correct_account(payment_id=_failed(object_id), by=request.user, at=now(), **given)
        return "账户已更正，等待他人确认后重新拨付。"

    @action(description="确认账户重新拨付", consequence=_again, form_class=NoteForm)
    def pay_again(self, request, form, object_id):
        note = form.cleaned_data["note"]
        services.pay_again(payment_id=_failed(object_id), by=request.user, at=now(), note=note)
        return "已重新产生拨付单，等待列入批次。"

    @action(description="收材料", consequence="登记收到的材料，可同时上传影像。", form_class=MaterialForm)
    def receive_material(self, request, form, object_id):
        given = form.cleaned_data
        services.receive_material(
            claim_id=int(object_id), kind=given["kind"], file=given["file"], by=request.user, at=now()
        )
        return "材料已登记。"

    @action(
        description="查看完整号码", form_class=RevealForm, permissions=["enrollment.reveal_person"], submit="查看",
        consequence="您的姓名、时间和用途会记入审计记录；每人每日查看次数有限。",
    )
    def reveal(self, request, form, object_id):
        claim = Claim.objects.visible_to(request.user).get(pk=object_id)
        asked = form.cleaned_data
        value = enrollment.reveal(
            person_id=claim.person_id, field=asked["field"], purpose=asked["purpose"], by=request.user, at=now(),
            case_no=claim.case_no,
        )
        return shown_once(request, "claims/revealed.html", enrollment.SECRETS[asked["field"]], value)

    @action(
        description="主管审批", consequence=_finding, form_class=FindingForm, permissions=["claims.supervise_claim"],
        submit="同意继续办理",
    )
    def approve_finding(self, request, form, object_id):
        given = form.cleaned_data
        if not Finding.objects.filter(pk=given["finding"], claim=object_id).exists():
            raise Refused("not_found", "未找到该疑点，请刷新页面。")
        services.approve_finding(finding_id=given["finding"], reason=given["note"], by=request.user, at=now())
        return "已审批，此件可以继续办理。"

    @action(
        description="公示",
        consequence="自今日起按当地规定的工作日公示本次救助金额；公示期满之前不能复核，重新结算的须重新公示。",
    )
    def publish(self, request, form, object_id):
        claim = services.publish(claim_id=int(object_id), by=request.user, at=now())
        return f"已公示，公示至 {claim.publication_last_day}。"


def _failed(object_id) -> int:
    """The failed instruction of the claim that nothing has replaced yet."""
    failed = Payment.objects.filter(claim=object_id, state=Payment.State.FAILED, replaced_by=None)
    return failed.values_list("pk", flat=True).last() or 0
