"""Filings for care elsewhere (异地就医备案, BZ-GEN-27 to 30)."""
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from casework.models import JurisdictionManager
from enrollment.models.spans import DAYS, Span, ends_after_start, same_label, same_number


class CareFiling(Span):
    """One filing for one place. A person has one long-term filing at a time; a temporary one may stand beside it
    (a third place, BZ-AMB-13), but not twice for the same place on the same day."""

    class Kind(models.TextChoices):
        RETIRED_ELSEWHERE = "retired_elsewhere", "异地安置退休人员"
        LONG_TERM_RESIDENT = "long_term_resident", "异地长期居住人员"
        POSTED_WORKER = "posted_worker", "常驻异地工作人员"
        REFERRED = "referred", "异地转诊人员"
        OTHER_TEMPORARY = "other_temporary", "其他临时外出就医人员"

    class Channel(models.TextChoices):
        COUNTER = "counter", "经办窗口"
        TOWNSHIP = "township", "乡镇（街道）便民服务中心"
        ONLINE = "online", "线上渠道"

    class State(models.TextChoices):
        PENDING = "pending", "申办中"
        DONE = "done", "已办结"
        RETURNED = "returned", "被退回"

    LONG_TERM = (Kind.RETIRED_ELSEWHERE, Kind.LONG_TERM_RESIDENT, Kind.POSTED_WORKER)

    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="care_filings")
    kind = models.CharField("备案类型", max_length=20, choices=Kind.choices)
    place_region_code = models.CharField("备案地", max_length=12)
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="转入医院", null=True, blank=True, related_name="+",
    )
    channel = models.CharField("办理渠道", max_length=10, choices=Channel.choices, default=Channel.COUNTER)
    due_on = models.DateField("办理时限", null=True, blank=True)
    state = models.CharField("办理状态", max_length=10, choices=State.choices, default=State.DONE)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "异地就医备案"
        verbose_name_plural = "异地就医备案"
        ordering = ["person", "-starts_on"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("filing_ends_after_start"),
            ExclusionConstraint(
                name="filing_one_long_term_at_a_time",
                expressions=[(same_number("person_id"), "&&"), (DAYS, "&&")],
                condition=Q(
                    voided=False, state="done", kind__in=["retired_elsewhere", "long_term_resident", "posted_worker"],
                ),
                violation_error_message="长期异地备案的期间重叠",
            ),
            ExclusionConstraint(
                name="filing_once_a_day_per_place",
                expressions=[
                    (same_number("person_id"), "&&"),
                    (same_label("kind"), "&&"),
                    (same_label("place_region_code"), "&&"),
                    (DAYS, "&&"),
                ],
                condition=Q(voided=False, state="done"),
                violation_error_message="同一备案地的同类备案期间重叠",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_on} 至 {self.last_day or '今'}"

    @property
    def long_term(self) -> bool:
        return self.kind in self.LONG_TERM


class FilingInstitution(models.Model):
    """A hospital chosen for a filing, where the pool has a number of them chosen at the filed place (CQ-25.1)."""

    jurisdiction = "filing__person__region_code"

    filing = models.ForeignKey(CareFiling, models.PROTECT, verbose_name="备案", related_name="chosen")
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="选定医疗机构", related_name="+",
    )

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "备案选定医疗机构"
        verbose_name_plural = "备案选定医疗机构"
        ordering = ["pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "institution"], name="filing_institution_once",
                violation_error_message="同一医疗机构只能选定一次",
            ),
        ]

    def __str__(self) -> str:
        return self.institution.name
