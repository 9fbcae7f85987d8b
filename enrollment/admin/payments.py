"""What officers do to a person's payments and account; the ledger's own list."""
from django.utils.formats import date_format

from casework.admin_base import ChoicesDropdownFilter, RangeDateFilter, action, display, register, status_chip
from casework.clock import now
from casework.errors import Refused
from enrollment import services
from enrollment.admin import payment_forms as forms
from enrollment.admin.registers import OfPersons
from enrollment.models import Contribution

PAYMENTS = ["enrollment.record_contribution"]
ACCOUNT = ["enrollment.keep_account"]
RECOMPUTED = "登记后待遇享受期随即重新认定；有误的只能冲销，不能更改。"


class PaymentDeeds:
    """The deeds; mixed into the admin of persons."""

    @action(
        description="登记居民缴费", form_class=forms.ResidentPaymentForm, permissions=PAYMENTS, consequence=RECOMPUTED,
    )
    def pay_resident(self, request, form, object_id):
        given, terms = form.cleaned_data, {**form.receipt(), "person_id": int(object_id)}
        amount, repair = given["personal_amount"], given["kind"] == Contribution.Kind.REPAIR
        act = {"by": request.user, "at": now()}
        if amount is not None:
            row = services.record_contribution(
                kind=given["kind"], for_year=given["for_year"], personal_amount=amount, **terms, **act,
            )
        elif repair:
            row = services.repair_waiting(year=given["for_year"], **terms, **act)
        else:
            row = services.pay_resident_year(year=given["for_year"], **terms, **act)
        return f"已登记：{row}，个人缴费 {row.personal_amount:,.2f} 元。"

    @action(
        description="登记职工缴费", form_class=forms.EmployeePaymentForm, permissions=PAYMENTS, consequence=RECOMPUTED,
    )
    def pay_employee(self, request, form, object_id):
        row = services.record_contribution(
            person_id=int(object_id), kind=form.cleaned_data["kind"], **form.receipt(), **form.paid(),
            by=request.user, at=now(),
        )
        return f"已登记：{row}，共 {row.months} 个月。"

    @action(
        description="冲销缴费", form_class=forms.ReverseForm, permissions=PAYMENTS, variant="danger",
        consequence="记一笔数额相反的冲销，划入个人账户的同时扣回；待遇享受期随即重新认定。每笔只能冲销一次，冲销后不能恢复。",
    )
    def reverse_payment(self, request, form, object_id):
        services.reverse_contribution(
            contribution_id=int(form.cleaned_data["row"]), reason=form.cleaned_data["reason"], by=request.user,
            at=now(),
        )
        return "缴费已冲销。"

    @action(
        description="登记免等待期", form_class=forms.ExemptForm, permissions=["enrollment.register_person"],
        consequence="在此期间缴费的，不设待遇等待期；待遇享受期随即重新认定。",
    )
    def exempt(self, request, form, object_id):
        given = form.cleaned_data
        services.exempt_from_waiting(
            person_id=int(object_id), kind=given["kind"], basis=given["basis"], **form.days(), by=request.user,
            at=now(),
        )
        return "免等待期已登记。"

    @action(
        description="绑定近亲属", form_class=forms.BindForm, permissions=ACCOUNT,
        consequence="自开始日期起，该近亲属可以使用本人个人账户缴纳居民保费和支付医疗费自付部分。",
    )
    def bind_relative(self, request, form, object_id):
        given = form.cleaned_data
        found = list(services.find_persons(given["relative_no"], request.user)[:2])
        if len(found) != 1:
            raise Refused("PERSON_NOT_FOUND", "没有找到该证件号码的参保人，或不在您的经办区划内，请核对完整号码。")
        services.bind_relative(
            person_id=int(object_id), relative_id=found[0].pk, relation=given["relation"],
            starts_on=given["starts_on"], by=request.user, at=now(),
        )
        return "近亲属已绑定。"

    @action(
        description="解除近亲属绑定", form_class=forms.UnbindForm, permissions=ACCOUNT, variant="danger",
        consequence="最后一天之后，该近亲属不能再使用本人个人账户。",
    )
    def unbind_relative(self, request, form, object_id):
        services.unbind_relative(
            binding_id=int(form.cleaned_data["row"]), ends_on=form.end(), reason=form.cleaned_data["reason"],
            by=request.user, at=now(),
        )
        return "绑定已解除。"


@register(Contribution)
class ContributionAdmin(OfPersons):
    """All payments, as their sources reported them; a mistake is reversed on the person's page."""

    list_display = ["who", "kind", "time", "paid", "paid_day", "source", "source_no", "standing"]
    list_filter = [
        ("kind", ChoicesDropdownFilter), ("source", ChoicesDropdownFilter), ("paid_on", RangeDateFilter),
    ]
    ordering = ["-pk"]
    fields = readonly_fields = [
        "who", "scheme", "kind", "time", "area_code", "base", "employer_amount", "personal_amount", "subsidy_amount",
        "fiscal_amount", "late_fee", "account_credit", "paid_day", "source", "source_no", "reason", "recorded_by",
        "recorded_at", "standing",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("reversed_by", "recorded_by")

    @display(description="所属时间")
    def time(self, row):
        if row.for_month is None:
            return f"{row.for_year}年度"
        return f"{row.for_year}年{row.for_month}月" + (f"起{row.months}个月" if row.months > 1 else "")

    @display(description="单位和个人缴费")
    def paid(self, row):
        return f"{row.employer_amount + row.personal_amount:,.2f}"

    @display(description="缴费日期", ordering="paid_on")
    def paid_day(self, row):
        return date_format(row.paid_on)

    @display(description="状态")
    def standing(self, row):
        if row.reverses_id:
            return status_chip("冲销记录", "grey")
        return status_chip("已冲销", "red") if getattr(row, "reversed_by", None) else status_chip("有效", "green")
