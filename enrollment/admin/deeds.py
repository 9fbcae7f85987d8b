"""What officers do to a person, each as a dialog that names its consequence and calls one service."""
from django.contrib import messages
from django.http import HttpResponse
from django.template.loader import render_to_string

from casework.admin_base import action
from casework.clock import now
from enrollment import services
from enrollment.admin import forms

REGISTER = ["enrollment.register_person"]
IDENTITY = ["enrollment.keep_identity"]


class PersonDeeds:
    """The deeds; mixed into the admin of persons."""

    @action(
        description="登记参保人", form_class=forms.RegisterForm, permissions=REGISTER, icon="person_add",
        consequence="登记后即可办理参保和报销；证件号码登记后不能更改。", variant="primary",
    )
    def register(self, request, form):
        given = form.cleaned_data
        person = services.register_person(**given, by=request.user, at=now())
        return f"已登记：{person}。"

    @action(
        description="查看完整号码", form_class=forms.RevealForm, submit="查看",
        permissions=["enrollment.reveal_person"],
        consequence="您的姓名、时间和用途会记入审计记录；每人每日查看次数有限。",
    )
    def reveal(self, request, form, object_id):
        given = form.cleaned_data
        value = services.reveal(
            person_id=int(object_id), field=given["field"], purpose=given["purpose"], by=request.user, at=now(),
        )
        context = {"label": services.SECRETS[given["field"]], "value": value or "（未登记）"}
        page = render_to_string("enrollment/revealed.html", context, request)
        return HttpResponse(page, headers={"Cache-Control": "no-store"})

    @action(
        description="变更银行账户", form_class=forms.AccountForm, permissions=REGISTER,
        consequence="以后登记的报销默认拨付到新账户；已登记的报销不受影响。",
    )
    def set_account(self, request, form, object_id):
        services.set_bank_account(person_id=int(object_id), **form.cleaned_data, by=request.user, at=now())
        warning = services.account_warning(form.cleaned_data["account"])
        if warning:
            messages.warning(request, warning)
        return "银行账户已变更。"

    @action(
        description="变更联系方式", form_class=forms.AmendForm, permissions=REGISTER,
        consequence="更改联系电话或地址，留空的不变。",
    )
    def amend(self, request, form, object_id):
        changed = services.amend_person(person_id=int(object_id), **form.changes(), by=request.user, at=now())
        return "联系方式已变更。" if changed else "内容没有变化。"

    @action(
        description="参保", form_class=forms.InsureForm, permissions=REGISTER,
        consequence="自开始日期起参加所选险种；同一天只能参加一种基本医保。",
    )
    def insure(self, request, form, object_id):
        given = form.cleaned_data
        services.open_insurance(
            person_id=int(object_id), scheme=given["scheme"], person_type=given["person_type"], reason=given["reason"],
            **form.days(), by=request.user, at=now(),
        )
        return "参保已登记。"

    @action(
        description="终止参保", form_class=forms.EndInsuranceForm, permissions=REGISTER, variant="danger",
        consequence="最后一天之后不再享受该险种待遇；终止后不能恢复，只能重新参保。",
    )
    def end_insurance(self, request, form, object_id):
        given = form.cleaned_data
        services.close_insurance(
            period_id=int(given["row"]), ends_on=form.end(), reason=given["reason"], by=request.user, at=now(),
        )
        return "参保已终止。"

    @action(
        description="登记待遇标签", form_class=forms.TagForm, permissions=REGISTER,
        consequence="标签影响待遇计算，自开始日期起对该日及以后的费用有效。",
    )
    def tag(self, request, form, object_id):
        services.tag_person(
            person_id=int(object_id), tag=form.cleaned_data["tag"], **form.days(), by=request.user, at=now(),
        )
        return "待遇标签已登记。"

    @action(
        description="登记困难身份", form_class=forms.IdentityForm, permissions=IDENTITY,
        consequence="按主管部门的认定登记；自开始日期起影响救助待遇，不能更改，只能终止后另行登记。",
    )
    def grant(self, request, form, object_id):
        given = form.cleaned_data
        services.grant_identity(
            person_id=int(object_id), category=given["category"], document_no=given["document_no"], **form.days(),
            by=request.user, at=now(),
        )
        return "困难身份已登记。"

    @action(
        description="终止困难身份", form_class=forms.EndIdentityForm, permissions=IDENTITY, variant="danger",
        consequence="最后一天之后的费用不再按该身份救助。",
    )
    def end_identity(self, request, form, object_id):
        given = form.cleaned_data
        services.end_identity(
            identity_id=int(given["row"]), ends_on=form.end(), reason=given["reason"], by=request.user, at=now(),
        )
        return "困难身份已终止。"

    @action(
        description="异地就医备案", form_class=forms.FilingForm, permissions=REGISTER,
        consequence="备案只对备案地有效；长期备案同一时间只能有一个。",
    )
    def file_elsewhere(self, request, form, object_id):
        given = form.cleaned_data
        services.file_care_elsewhere(
            person_id=int(object_id), kind=given["kind"], place_region_code=given["place_region_code"],
            institution_code=given["institution_code"], channel=given["channel"], **form.days(),
            by=request.user, at=now(),
        )
        return "备案已办结。"

    @action(
        description="终止备案", form_class=forms.EndFilingForm, permissions=REGISTER, variant="danger",
        consequence="最后一天之后在备案地就医按未备案处理。",
    )
    def end_filing(self, request, form, object_id):
        given = form.cleaned_data
        services.end_filing(
            filing_id=int(given["row"]), ends_on=form.end(), reason=given["reason"], by=request.user, at=now(),
        )
        return "备案已终止。"

    @action(
        description="死亡登记", form_class=forms.DeathForm, permissions=REGISTER, variant="danger",
        consequence="参保、困难身份、备案和待遇标签自死亡次日起全部终止，登记后不能撤回。",
    )
    def record_death(self, request, form, object_id):
        services.record_death(
            person_id=int(object_id), died_on=form.cleaned_data["died_on"], by=request.user, at=now(),
        )
        return "死亡已登记，参保关系自次日终止。"
