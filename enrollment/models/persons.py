"""Persons (参保人): one row per identity number."""
from datetime import date

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Replace, Substr
from django.db.models.lookups import Exact

from casework.models import JurisdictionManager
from policy import masking
from policy.periods import age_on


class WrittenDay(Func):
    """A day as the eight digits that an identity number carries; immutable, as a CHECK requires."""

    template = (
        "((extract(year from %(expressions)s) * 10000 + extract(month from %(expressions)s) * 100"
        " + extract(day from %(expressions)s))::integer)::text"
    )
    output_field = models.TextField()


CARRIES_BIRTH_DATE = ["01", "17"]
"""Documents numbered by GB 11643: birth date and sex stand in the number."""
CITIZEN = Q(id_type__in=CARRIES_BIRTH_DATE)


LETTERS = Replace("name_pinyin", Value(" "), Value(""))
"""The pinyin as it is typed into a search: `zhangsan`. The column keeps the syllables apart, for sorting."""


class Person(models.Model):
    """A person known to the bureau. The number is normalised and unique per kind of document; birth date and sex
    of a citizen's number agree with it, which the database holds."""

    class IdType(models.TextChoices):
        CITIZEN = "01", "居民身份证（户口簿）"
        HONG_KONG = "04", "港澳居民来往内地通行证（香港）"
        MACAO = "05", "港澳居民来往内地通行证（澳门）"
        TAIWAN = "06", "台湾居民来往大陆通行证"
        FOREIGN_RESIDENT = "07", "外国人永久居留证"
        FOREIGN_PASSPORT = "08", "外国人护照"
        CHINESE_PASSPORT = "16", "中国护照"
        RESIDENCE_PERMIT = "17", "港澳台居民居住证"
        OTHER = "99", "其他身份证件"

    class Sex(models.TextChoices):
        MALE = "male", "男"
        FEMALE = "female", "女"

    id_type = models.CharField("证件类型", max_length=2, choices=IdType.choices, default=IdType.CITIZEN)
    id_no = models.CharField("证件号码", max_length=30)
    name = models.CharField("姓名", max_length=50)
    name_pinyin = models.CharField("姓名拼音", max_length=200, blank=True)
    pinyin_initials = models.CharField("拼音首字母", max_length=50, blank=True, db_index=True)
    sex = models.CharField("性别", max_length=6, choices=Sex.choices)
    birth_date = models.DateField("出生日期")
    phone = models.CharField("联系电话", max_length=20, blank=True)
    phone_tail = models.CharField("电话后四位", max_length=4, blank=True, db_index=True)
    region_code = models.CharField("参保地", max_length=12, db_index=True)
    address = models.CharField("联系地址", max_length=200, blank=True)
    died_on = models.DateField("死亡日期", null=True, blank=True)
    bank_name = models.CharField("开户银行", max_length=100, blank=True)
    bank_account = models.CharField("银行账号", max_length=32, blank=True)
    bank_account_name = models.CharField("账户户名", max_length=50, blank=True)
    registered_at = models.DateTimeField("登记时间")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name="已并入", null=True, blank=True, related_name="absorbed", editable=False,
    )
    absorbs = models.BooleanField("并有其他编号", default=False, db_default=False, editable=False)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "参保人"
        verbose_name_plural = "参保人"
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("register_person", "登记和变更参保信息"),
            ("keep_identity", "登记和终止困难身份"),
            ("reveal_person", "查看完整号码"),
            ("see_names", "查看完整姓名"),
            ("import_person", "导入参保人"),
            ("export_person", "导出参保人"),
            ("export_plain_person", "导出不脱敏的参保人信息"),
        ]
        # One for each way a person is searched for: by the start of a name or its pinyin, by a whole number.
        indexes = [
            models.Index(fields=["name"], name="person_name", opclasses=["varchar_pattern_ops"]),
            models.Index(OpClass(LETTERS, name="text_pattern_ops"), name="person_letters"),
            models.Index(fields=["id_no"], name="person_id_no"),
            models.Index(fields=["phone"], name="person_phone"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id_type", "id_no"], name="person_one_per_number", violation_error_message="该证件号码已登记",
            ),
            models.CheckConstraint(
                name="person_number_normalised", condition=Q(id_no__regex=r"^[0-9A-Z()/-]+$"),
                violation_error_message="证件号码含有不规范字符",
            ),
            models.CheckConstraint(
                name="person_citizen_number",
                condition=~CITIZEN | Q(id_no__regex=r"^[0-9]{17}[0-9X]$"),
                violation_error_message="身份证号应为18位",
            ),
            models.CheckConstraint(
                name="person_birth_date_agrees",
                condition=~CITIZEN | Q(Exact(Substr("id_no", 7, 8), WrittenDay("birth_date"))),
                violation_error_message="出生日期与身份证号不一致",
            ),
            models.CheckConstraint(
                name="person_sex_agrees",
                condition=~CITIZEN | Q(sex="male", id_no__regex=r"^[0-9]{16}[13579]")
                | Q(sex="female", id_no__regex=r"^[0-9]{16}[02468]"),
                violation_error_message="性别与身份证号不一致",
            ),
            models.CheckConstraint(
                name="person_died_after_birth", condition=Q(died_on__isnull=True) | Q(died_on__gte=F("birth_date")),
                violation_error_message="死亡日期不得早于出生日期",
            ),
            models.CheckConstraint(
                name="person_region_form", condition=Q(region_code__regex=r"^[0-9]{6}([0-9]{3}){0,2}$"),
                violation_error_message="参保地不是行政区划代码",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.masked_name} {self.masked_id}"

    @property
    def subject(self) -> str:
        """What audit entries about this person are found by: opaque, never the identity number."""
        return f"person:{self.pk}"

    @property
    def masked_name(self) -> str:
        return masking.mask_name(self.name)

    @property
    def masked_id(self) -> str:
        return masking.mask_id(self.id_no)

    @property
    def masked_phone(self) -> str:
        return masking.mask_phone(self.phone)

    @property
    def masked_account(self) -> str:
        return masking.mask_account(self.bank_account)

    def age_on(self, day: date) -> int:
        """Completed years of age (周岁) on `day`."""
        return age_on(self.birth_date, day)
