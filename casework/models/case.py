"""What every case has, whatever its matter."""

from typing import Any, ClassVar

from django.db import models

from casework.errors import Refused
from casework.models.jurisdiction import JurisdictionManager


class CaseRecord(models.Model):
    """A case (件): its number, territory, status and clock. `casework.workflow` is the only writer of these.

    A concrete case sets `matter` (the code that its number begins with) and `matter_label`.
    """

    matter: ClassVar[str] = ""
    matter_label: ClassVar[str] = ""

    case_no = models.CharField("件号", max_length=32, unique=True, editable=False)
    region_code = models.CharField("经办区划", max_length=12, db_index=True)
    status = models.CharField("状态", max_length=40, db_index=True, editable=False)
    registered_by = models.ForeignKey(
        "casework.Officer", on_delete=models.PROTECT, related_name="+", editable=False, verbose_name="登记人"
    )
    registered_at = models.DateTimeField("登记时间", editable=False)
    due_on = models.DateField("办理时限", null=True, blank=True, editable=False, help_text="最后一个办理日")
    stopped_on = models.DateField("停止计时日", null=True, blank=True, editable=False)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True, editable=False)
    returned = models.BooleanField("被退回", default=False, editable=False)
    version = models.PositiveIntegerField("版本", default=0, editable=False)

    objects = JurisdictionManager()

    class Meta:
        abstract = True
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.case_no

    @property
    def limit_matter(self) -> str:
        """The name under which the table of time limits knows this case; a matter of several kinds has one for each."""
        return self.matter


class Counter(models.Model):
    """The last number given under a name. Its row stays locked until the transaction ends, so no number is skipped."""

    name = models.CharField("名称", max_length=80, unique=True)
    value = models.BigIntegerField("已用到", default=0)

    class Meta:
        verbose_name = "编号器"
        verbose_name_plural = "编号器"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


def four_eyes(maker: str, checker: str) -> models.CheckConstraint:
    """The constraint that the officers in two columns of a row are not the same person; an empty one is nobody."""
    return models.CheckConstraint(
        condition=~models.Q(**{maker: models.F(checker)}),
        name=f"%(app_label)s_%(class)s_{maker}_not_{checker}"[:63],
        violation_error_message="前后两步不得为同一人。",
    )


def get_visible(model: type[Any], officer: Any, *, lock: bool = False, **lookup: Any) -> Any:
    """The one row of `model` that matches and lies in the officer's territory, locked if asked.

    A row elsewhere and a row that does not exist are answered alike, so numbers can't be tried out.
    """
    rows = model.objects.visible_to(officer)
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(**lookup).first()
    if found is None:
        name = model._meta.verbose_name
        raise Refused("not_found", f"未找到该{name}，或不在您的经办区划内。请核对编号。")
    return found
