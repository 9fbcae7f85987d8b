"""How amounts, days and limits are written on screens and prints."""
from decimal import Decimal, InvalidOperation

from cn2an import an2cn
from django import template

from casework.admin_deeds import status_chip
from policy.periods import ONE_DAY

register = template.Library()
register.simple_tag(status_chip, name="chip")


@register.filter
def money(value) -> str:
    """3690 → 3,690.00; nothing stays nothing, and is never shown as zero."""
    if value is None or value == "":
        return ""
    try:
        return f"{Decimal(value):,.2f}"
    except InvalidOperation:
        return str(value)


@register.filter
def in_words(value) -> str:
    """Amount in Chinese capitals (大写) for statements: 3690 → 叁仟陆佰玖拾元整."""
    if value is None or value == "":
        return ""
    amount = Decimal(value)
    sign = "负" if amount < 0 else ""
    return sign + an2cn(f"{abs(amount):.2f}", "rmb")


@register.filter
def percent(value) -> str:
    """0.85 → 85%; 0.125 → 12.5%."""
    if value is None or value == "":
        return ""
    return f"{(Decimal(value) * 100).normalize():f}%"


@register.filter
def tail(masked) -> str:
    """The four digits that a masked account still shows, as officers say them."""
    return f"尾号 {masked[-4:]}" if masked else ""


@register.filter
def last_day(ends_on):
    """The inclusive end of a half-open period; an open one has none."""
    return None if ends_on is None else ends_on - ONE_DAY


@register.simple_tag
def share_of(part, whole) -> str:
    """How many hundredths of ``whole`` ``part`` is, for the width of a drawn bar."""
    part, whole = Decimal(part or 0), Decimal(whole or 0)
    if whole <= 0:
        return "0"
    return f"{max(Decimal(0), min(Decimal(100), part * 100 / whole)):.2f}"
