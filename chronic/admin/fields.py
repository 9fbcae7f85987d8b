"""Fields that the dialogs of chronic diseases share."""
from django import forms

from policy.errors import PolicyError
from policy.periods import parse_day


class DayField(forms.CharField):
    """A day as YYYY-MM-DD; eight digits do, the page puts the strokes in."""

    def __init__(self, **kwargs) -> None:
        attrs = {"data-day": "", "inputmode": "numeric", "autocomplete": "off", "placeholder": "如 2025-03-08"}
        super().__init__(widget=forms.TextInput({**attrs, "maxlength": 10}), **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_day(text)
        except (PolicyError, ValueError) as error:
            raise forms.ValidationError("日期请按 2025-03-08 填写。") from error
