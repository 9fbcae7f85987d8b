"""Model fields that more than one app needs."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """Yuan with two places, up to 999,999,999,999.99.

    A float is refused, and so is a fraction of a fen: neither is rounded, since a rounding that no rule names
    is a wrong amount. Blank is not zero: say `null=True` where an amount may be unknown.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("max_digits") == 14:
            del kwargs["max_digits"]
        if kwargs.get("decimal_places") == 2:
            del kwargs["decimal_places"]
        return name, path, args, kwargs

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, float | bool):
            raise ValidationError("金额须为两位小数的十进制数，不接受浮点数。", code="money_float")
        amount: Decimal | None = super().to_python(value)
        if amount is not None and (not amount.is_finite() or amount.adjusted() > self.max_digits):
            raise ValidationError("金额超出范围。", code="money_range")
        if amount is not None and amount != amount.quantize(Decimal("0.01")):
            raise ValidationError("金额最多两位小数。", code="money_precision")
        return amount

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if not hasattr(value, "as_sql"):
            value = self.to_python(value)
        return super().get_db_prep_save(value, connection)


class ReturnedMixin:
    """A column that a database trigger fills: what the INSERT returns is put on the instance."""

    db_returning = True


class ReturnedInteger(ReturnedMixin, models.BigIntegerField):  # type: ignore[type-arg]
    """An integer that the database fills on insert."""


class ReturnedTime(ReturnedMixin, models.DateTimeField):  # type: ignore[type-arg]
    """A moment that the database fills on insert."""
