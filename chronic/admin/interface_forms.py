"""What the deeds about a hospital's interface ask."""
from django import forms
from django.conf import settings

from casework.admin_base import DialogForm
from casework.api.signing import SCHEMES
from casework.clock import bureau_day, now
from chronic.models import ApiClient
from enrollment.models import Institution


class NetworksField(forms.CharField):
    """Networks, one a line."""

    def __init__(self, **kwargs) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": 3}), **kwargs)

    def clean(self, value) -> tuple[str, ...]:
        return tuple(dict.fromkeys(super().clean(value).split()))


class TermsForm(DialogForm):
    """How a system signs and from where it may call."""

    scheme = forms.ChoiceField(label="签名方式", choices=[
        (code, label) for code, label in ApiClient.Scheme.choices if code in SCHEMES
    ])
    networks = NetworksField(label="允许的网段", help_text="每行一个，如 10.1.0.0/16；留空不限。")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.obj is not None:
            self.initial = {"scheme": self.obj.scheme, "networks": "\n".join(self.obj.networks)}


class OpenForm(TermsForm):
    institution = forms.ChoiceField(label="医疗机构")
    field_order = ["institution", "scheme", "networks"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].initial = ApiClient.Scheme.HMAC
        officer = self.request.user
        rows = Institution.objects.active_on(bureau_day(now())).filter(
            kind=Institution.Kind.HOSPITAL, api_client=None
        ).order_by("name").values_list("code", "name", "region_id")
        self.fields["institution"].choices = [
            ("", "请选择"), *((code, name) for code, name, region in rows if officer.sees(region))
        ]


class IssueForm(DialogForm):
    hours = forms.IntegerField(
        label="原密钥继续有效（小时）", min_value=0, max_value=24 * 30,
        help_text="供对方系统更换密钥；原密钥已泄露的填 0。",
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hours"].initial = settings.API_OVERLAP_HOURS


class WebhookForm(DialogForm):
    url = forms.CharField(label="通知地址", max_length=300, help_text="https 开头，公网地址，端口 443 或 8443。")
