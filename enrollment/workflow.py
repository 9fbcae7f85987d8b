"""The steps of a matter (参保事项): what is decided at once, and what a second officer reviews."""

from django.db import models

from casework.workflow import Step, Workflow

HANDLE = "enrollment.handle_matter"
REVIEW = "enrollment.review_matter"


class MatterStatus(models.TextChoices):
    REGISTERED = "registered", "待审核"
    SUPPLEMENT = "supplement", "待补正"
    DONE = "done", "已办结"
    REFUSED = "refused", "不予办理"
    WITHDRAWN = "withdrawn", "已撤销"


S = MatterStatus

MATTER = Workflow(
    "CB",
    "参保事项",
    MatterStatus,
    Step("finish_at_once", "即时办结", "", S.DONE, HANDLE),
    Step("register", "登记", "", S.REGISTERED, HANDLE, task="approve"),
    Step("ask_supplement", "告知补正", S.REGISTERED, S.SUPPLEMENT, HANDLE, needs_note=True, stops_clock=True,
         task="receive_supplement"),
    Step("receive_supplement", "收到补正", S.SUPPLEMENT, S.REGISTERED, HANDLE, resumes_clock=True, task="approve"),
    Step("approve", "审核通过", S.REGISTERED, S.DONE, REVIEW, not_after=("register", "receive_supplement")),
    Step("refuse", "不予办理", (S.REGISTERED, S.SUPPLEMENT), S.REFUSED, REVIEW, needs_note=True,
         not_after=("register", "receive_supplement")),
    Step("withdraw", "撤销", (S.REGISTERED, S.SUPPLEMENT), S.WITHDRAWN, HANDLE, needs_note=True),
    closed=(S.DONE, S.REFUSED, S.WITHDRAWN),
)
