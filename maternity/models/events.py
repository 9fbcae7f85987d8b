"""A birth or a termination of pregnancy: the one thing that all its benefits hang on."""

from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager


class BirthEvent(models.Model):
    """One birth or termination, as it was registered. Once for a mother and a day; a wrong one is voided."""

    class Event(models.TextChoices):
        BIRTH = "birth", "分娩"
        TERMINATION = "termination", "终止妊娠"

    class Mode(models.TextChoices):
        VAGINAL = "vaginal", "顺产"
        DIFFICULT = "difficult", "难产"
        CAESAREAN = "caesarean", "剖宫产"

    jurisdiction = "region_code"

    mother = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="产妇", related_name="birth_events")
    spouse = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="配偶", null=True, blank=True, related_name="+"
    )
    region_code = models.CharField("经办区划", max_length=12, db_index=True)
    event = models.CharField("事件", max_length=12, choices=Event.choices)
    happened_on = models.DateField("分娩或终止妊娠日期")
    mode = models.CharField("分娩方式", max_length=12, choices=Mode.choices, blank=True)
    babies = models.PositiveSmallIntegerField("胎儿数", default=1)
    weeks = models.PositiveSmallIntegerField("孕周", null=True, blank=True)
    live_baby = models.BooleanField("终止妊娠后婴儿存活", default=False)
    caesarean_operation = models.BooleanField("行剖宫术", default=False)
    recorded_by = models.ForeignKey(
        "casework.Officer", models.PROTECT, db_index=False, verbose_name="登记人", related_name="+"
    )
    recorded_at = models.DateTimeField("登记时间")
    voided = models.BooleanField("已作废", default=False)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "生育事件"
        verbose_name_plural = "生育事件"
        ordering = ("-happened_on", "-id")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["mother", "happened_on"], condition=Q(voided=False), name="birth_event_once"
            ),
            models.CheckConstraint(condition=~Q(mother=F("spouse")), name="birth_event_two_persons"),
            models.CheckConstraint(condition=Q(babies__gte=1, babies__lte=20), name="birth_event_babies"),
            models.CheckConstraint(
                condition=~Q(event="termination") | Q(weeks__isnull=False), name="birth_event_termination_weeks"
            ),
            models.CheckConstraint(
                condition=(Q(event="termination", live_baby=False)) | ~Q(mode=""), name="birth_event_mode_of_birth"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_event_display()} {self.happened_on}"
