"""Households, by which residents are registered (BZ-RES-2.1), and how their members are related to the head."""
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q

from casework.models import JurisdictionManager
from enrollment.models.spans import DAYS, Span, ends_after_start, same_number


class Household(models.Model):
    """A household of the register. Its number is given here; the household book's own number may stand beside it."""

    number = models.CharField("户编号", max_length=30, unique=True)
    book_no = models.CharField("户口簿号", max_length=30, blank=True, db_index=True)
    region_code = models.CharField("参保地", max_length=12, db_index=True)
    address = models.CharField("住址", max_length=200, blank=True)
    registered_at = models.DateTimeField("登记时间")

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "家庭户"
        verbose_name_plural = "家庭户"
        ordering = ["-pk"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        return f"household:{self.pk}"


class HouseholdMember(Span):
    """A person in a household, with the relation to its head: one household a day for a person, one head a day for
    a household."""

    class Relation(models.TextChoices):
        HEAD = "head", "户主"
        SPOUSE = "spouse", "配偶"
        CHILD = "child", "子女"
        PARENT = "parent", "父母"
        GRANDPARENT = "grandparent", "祖父母、外祖父母"
        GRANDCHILD = "grandchild", "孙子女、外孙子女"
        SIBLING = "sibling", "兄弟姐妹"
        OTHER_RELATIVE = "other_relative", "其他亲属"
        NOT_RELATED = "not_related", "非亲属"

    household = models.ForeignKey(Household, models.PROTECT, verbose_name="家庭户", related_name="members")
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="memberships")
    relation = models.CharField("与户主关系", max_length=20, choices=Relation.choices)
    end_reason = models.CharField("变动原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "家庭成员"
        verbose_name_plural = "家庭成员"
        ordering = ["household", "starts_on", "pk"]
        default_permissions = ("view",)
        constraints = [
            ends_after_start("member_ends_after_start"),
            ExclusionConstraint(
                name="member_one_household_a_day",
                expressions=[(same_number("person_id"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False),
                violation_error_message="同一天只能属于一个家庭户",
            ),
            ExclusionConstraint(
                name="member_one_head_a_day",
                expressions=[(same_number("household_id"), "&&"), (DAYS, "&&")],
                condition=Q(voided=False, relation="head"),
                violation_error_message="一户只能有一个户主",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_relation_display()} {self.starts_on} 至 {self.last_day or '今'}"
