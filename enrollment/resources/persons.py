"""Persons in and out of .xlsx."""
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from import_export.fields import Field
from import_export.widgets import CharWidget

from casework.workbooks import Columns
from enrollment import services
from enrollment.models import ImportBatch, Person
from enrollment.resources.base import RegisterResource, RegisterWorkbook
from enrollment.resources.cells import ChoiceWidget, DayWidget, NumberWidget


class PersonWorkbook(RegisterWorkbook):
    columns = Columns(
        required=("证件号码", "姓名", "参保地"),
        optional=("证件类型", "性别", "出生日期", "联系电话", "联系地址"),
        aliases={"身份证号": "证件号码", "身份证号码": "证件号码", "参保地区划": "参保地"},
        text_only=("证件号码",),
    )


class PersonResource(RegisterResource):
    """Persons: unknown numbers are registered, known ones have telephone and address brought up to date."""

    kind = ImportBatch.Kind.PERSON
    key = "证件号码"
    column_of: ClassVar[dict[str, str]] = {
        "ID_CHECKSUM": "证件号码", "ID_BIRTHDATE": "证件号码", "ID_15_DIGITS": "证件号码", "ID_FORMAT": "证件号码",
        "ID_DISAGREES": "证件号码", "PERSON_KNOWN": "证件号码", "PHONE_FORMAT": "联系电话", "REGION_UNKNOWN": "参保地",
        "jurisdiction": "参保地",
    }

    id_type = Field("id_type", "证件类型", ChoiceWidget(Person.IdType.choices, Person.IdType.CITIZEN))
    id_no = Field("id_no", "证件号码", NumberWidget())
    name = Field("name", "姓名", CharWidget())
    sex = Field("sex", "性别", ChoiceWidget(Person.Sex.choices))
    birth_date = Field("birth_date", "出生日期", DayWidget())
    phone = Field("phone", "联系电话", NumberWidget())
    region_code = Field("region_code", "参保地", CharWidget())
    address = Field("address", "联系地址", CharWidget())

    class Meta:
        model = Person
        import_id_fields = ("id_no",)
        fields = ("id_type", "id_no", "name", "sex", "birth_date", "phone", "region_code", "address")
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def get_queryset(self) -> Any:
        return Person.objects.visible_to(self.by)

    def get_instance(self, instance_loader: Any, row: dict[str, str]) -> Person | None:
        """The person by kind and number of the document; an unknown kind is told with the row's other errors."""
        try:
            kind = self.fields["id_type"].clean(row) if row.get("证件类型") else Person.IdType.CITIZEN
        except ValueError:
            return None
        return self.get_queryset().filter(id_type=kind, id_no=self._key_of(row)).first()

    def import_instance(self, instance: Person, row: dict[str, str], **kwargs: Any) -> None:
        """Take the row over; what identifies a known person may be repeated or left out, not changed by a file."""
        fixed = {"name": "姓名", "region_code": "参保地", "sex": "性别", "birth_date": "出生日期"}
        known = {field: getattr(instance, field) for field in fixed} if instance.pk else {}
        for optional in ("性别", "出生日期"):
            if instance.pk and not row.get(optional):
                row.pop(optional, None)
        super().import_instance(instance, row, **kwargs)
        wrong = {
            fixed[field]: "与登记信息不一致，如需更正请办理信息变更（REGISTER_CONFLICT）"
            for field, value in known.items() if getattr(instance, field) != value
        }
        if wrong:
            raise ValidationError(wrong)

    def do_instance_save(self, instance: Person, is_create: bool) -> None:
        contact = {"phone": instance.phone, "address": instance.address}
        if not is_create:
            services.amend_person(person_id=instance.pk, by=self.by, at=self.at, **contact)
            return
        person = services.register_person(
            id_no=instance.id_no, name=instance.name, region_code=instance.region_code, id_type=instance.id_type,
            birth_date=instance.birth_date, sex=instance.sex, by=self.by, at=self.at, **contact,
        )
        instance.__dict__.update(person.__dict__)

    def dehydrate_id_no(self, person: Person) -> str:
        return person.id_no if self.plain else person.masked_id

    def dehydrate_name(self, person: Person) -> str:
        return person.name if self.plain else person.masked_name

    def dehydrate_phone(self, person: Person) -> str:
        return person.phone if self.plain else person.masked_phone

    def dehydrate_address(self, person: Person) -> str:
        return person.address if self.plain else "*" * bool(person.address)
