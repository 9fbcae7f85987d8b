"""Officers: who may do what, and where."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, Permission, UserManager
from django.core.validators import RegexValidator
from django.db import models

from casework.models.jurisdiction import JurisdictionQuerySet
from policy import regions

if TYPE_CHECKING:
    from collections.abc import Iterable


class OfficerManager(UserManager.from_queryset(JurisdictionQuerySet)):  # type: ignore[misc]
    """Officers are looked up by their user name and never made without a name, a staff number and a region."""

    def permissions_of(self, officer: "Officer") -> frozenset[str]:
        """`app.codename` of all that was given to the officer, himself or through a role: one query.

        Unlike Django's own question this has no shortcut for superusers: a technical administrator has no
        right to decide cases.
        """
        granted = Permission.objects.filter(
            models.Q(group__user=officer.pk) | models.Q(user=officer.pk)
        ).values_list("content_type__app_label", "codename")
        return frozenset(f"{app}.{codename}" for app, codename in granted)


class Officer(AbstractUser):
    """A natural person who works at the bureau. One person has one account: `staff_no` is unique."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=60)
    staff_no = models.CharField(
        "工号",
        max_length=20,
        unique=True,
        help_text="一人一号，一号一账户。",
        error_messages={"unique": "该工号已有账户，一人只能有一个账户。"},
    )
    region_code = models.CharField(
        "经办区划",
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{6}$", "经办区划须为6位行政区划代码。")],
        help_text="如511900为全市，511902为该县（区）；空着则看不到任何件。",
    )
    institution_code = models.CharField(
        "所属医疗机构",
        max_length=12,
        blank=True,
        validators=[RegexValidator(r"^[HP][0-9]{11}$", "机构编号应为H或P加11位数字。")],
        help_text="认定医院的人员填写本院编号，只能看到本院的件；经办机构人员留空。",
    )

    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "staff_no", "region_code"]
    objects: ClassVar[OfficerManager] = OfficerManager()

    class Meta:
        verbose_name = "经办人员"
        verbose_name_plural = "经办人员"
        ordering = ("staff_no",)

    def __str__(self) -> str:
        return f"{self.name}（{self.staff_no}）"

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def sees(self, region_code: str) -> bool:
        """Whether the region lies in this officer's territory. Inactive or without region: never."""
        return self.is_active and regions.contains(self.region_code, region_code)

    @property
    def granted(self) -> frozenset[str]:
        """The permissions of this officer without the superuser's shortcut; asked once per instance (request)."""
        cached: frozenset[str] | None = self.__dict__.get("_granted")
        if cached is None:
            cached = self.__dict__["_granted"] = Officer.objects.permissions_of(self)
        return cached

    def may(self, permission: str) -> bool:
        """Whether the officer may take steps that need `permission`. A superuser needs the role like anyone."""
        return self.is_active and permission in self.granted

    def may_any(self, permissions: "Iterable[str]") -> bool:
        return any(self.may(permission) for permission in permissions)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.pop("_granted", None)
        super().refresh_from_db(*args, **kwargs)
