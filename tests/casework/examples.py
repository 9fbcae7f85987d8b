"""A small matter of its own for the tests: a case that is settled, reviewed by another officer and closed."""
from django.db import models

from casework.models import CaseRecord, four_eyes
from casework.workflow import Step, Workflow


class Status(models.TextChoices):
    REGISTERED = "registered", "已登记"
    WAITING = "waiting", "待补正"
    SETTLED = "settled", "已结算"
    REVIEWED = "reviewed", "已初审"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤销"


def example_workflow(matter: str = "ZZ") -> Workflow:
    return Workflow(
        matter, "样例", Status,
        Step("register", "登记", "", Status.REGISTERED, "example.register", task="settle"),
        Step("ask", "告知补正", Status.REGISTERED, Status.WAITING, "example.register",
             needs_note=True, stops_clock=True, task="receive"),
        Step("receive", "收到补正", Status.WAITING, Status.REGISTERED, "example.register",
             resumes_clock=True, task="settle"),
        Step("settle", "结算", Status.REGISTERED, Status.SETTLED, "example.settle", task="review"),
        Step("review", "初审", Status.SETTLED, Status.REVIEWED, "example.review", not_after=("settle",), task="close"),
        Step("close", "办结", Status.REVIEWED, Status.CLOSED, "example.review", not_after=("settle",)),
        Step("send_back", "退回", (Status.SETTLED, Status.REVIEWED), Status.REGISTERED, "example.review",
             needs_note=True, returns=True, task="settle"),
        Step("withdraw", "撤销", (Status.REGISTERED, Status.WAITING), Status.WITHDRAWN, "example.register",
             needs_note=True),
        closed=(Status.CLOSED, Status.WITHDRAWN),
    )


EXAMPLE = example_workflow()


class ExampleCase(CaseRecord):
    matter = "ZZ"
    matter_label = "样例"

    settled_by = models.ForeignKey("casework.Officer", models.PROTECT, null=True, related_name="+", db_constraint=False)
    reviewed_by = models.ForeignKey(
        "casework.Officer", models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    class Meta(CaseRecord.Meta):
        abstract = False
        app_label = "example"
        constraints = [four_eyes("settled_by", "reviewed_by")]
