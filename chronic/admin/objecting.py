"""The objection to a refused disease, registered from the page of its case (BZ-CHR-11.2, CQ-9.1)."""
from django import forms
from django.urls import reverse

from casework.admin_base import DialogForm, action
from casework.admin_buttons import Button
from casework.admin_deeds import go
from casework.clock import now
from chronic import services as chronic
from chronic.admin.fields import DayField
from chronic.models import Certification, CertificationItem
from chronic.workflow import OBJECT

OPEN = ("submitted", "arranged", "concluded")


class ObjectForm(DialogForm):
    item = forms.ChoiceField(label="病种")
    received_on = DayField(label="收到告知书的日期", help_text="期限从这一天算起。")
    reason = forms.CharField(label="异议理由", max_length=500, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        refused = self.obj.items.filter(state=CertificationItem.State.REFUSED).order_by("pk")
        self.fields["item"].choices = [
            (f"{item.pk}", f"{item.unit_name}：{item.refusal_reason[:60]}") for item in refused
        ]
        self.fields.pop("version", None)  # an objection changes nothing in the case itself


def _objecting(model_admin, request, case: Certification) -> str:
    rules = chronic.catalogue_of(case.person.region_code).rules.objection
    if rules is None:
        return "本统筹区的政策没有规定异议复核。"
    who = "经办机构" if rules.by == "agency" else "另一认定机构"
    days = f"须在收到结论之日起 {rules.days} 日内提出；" if rules.days else ""
    final = "，复核结论为终局结论" if rules.final else ""
    return f"登记后由{who}复核{final}；{days}原结论在决定前不变（{rules.rule}）。"


class ObjectionDeed:
    """Mixed into the admin of certifications."""

    @action(description="提出异议", form_class=ObjectForm, permissions=[OBJECT], consequence=_objecting)
    def object_to(self, request, form, object_id):
        given = form.cleaned_data
        case = chronic.object_to(
            item_id=int(given["item"]), received_on=given["received_on"], reason=given["reason"], by=request.user,
            at=now(),
        )
        return go(request, reverse("admin:chronic_objection_change", args=[case.pk]))


def object_buttons(case: Certification, officer) -> list[Button]:
    """The deed, where something was refused. One query."""
    if not officer.may(OBJECT) or not case.items.filter(state=CertificationItem.State.REFUSED).exists():
        return []
    return [Button("object_to", "提出异议", reverse("admin:chronic_certification_object_to", args=[case.pk]))]
