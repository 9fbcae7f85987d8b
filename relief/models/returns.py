"""Lists that the authorities send back (BZ-REL-9.2): identities granted, changed and ended."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager, four_eyes
from enrollment.models import HardshipIdentity
from relief.models.exchange import Receiver, officer


class ReturnList(models.Model):
    """One list of one authority, from its arrival to the last row. The same file is one list.

    `read_to` and `applied_to` are the rows up to which the two long stages have committed: whoever takes the work up
    after a kill goes on behind them.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "读取核对中"
        CHECKED = "checked", "待确认"
        HELD = "held", "挂起"
        RELEASED = "released", "写入中"
        APPLIED = "applied", "已写入"
        REJECTED = "rejected", "已退回"
        REFUSED = "refused", "文件不予受理"

    class Way(models.TextChoices):
        UPLOAD = "upload", "人工上传"
        HTTPS = "https", "接口"
        FOLDER = "folder", "交换目录"

    receiver = models.ForeignKey(Receiver, models.PROTECT, verbose_name="报送部门", related_name="lists")
    region_code = models.CharField("区划", max_length=6)
    number = models.PositiveIntegerField("名单序号")
    month = models.CharField("所属月", max_length=7)
    complete = models.BooleanField("全量名单", default=False)
    way = models.CharField("来源", max_length=10, choices=Way.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RECEIVED)
    file_name = models.CharField("文件名", max_length=200)
    file_sha256 = models.CharField("文件摘要", max_length=64)
    file_size = models.PositiveBigIntegerField("字节数")
    rows_said = models.PositiveIntegerField("报送部门写明的行数", null=True, blank=True)
    rows_read = models.PositiveIntegerField("读入行数", default=0)
    rows_ready = models.PositiveIntegerField("待写入行数", default=0)
    rows_matching = models.PositiveIntegerField("待匹配行数", default=0)
    rows_applied = models.PositiveIntegerField("已写入行数", default=0)
    rows_unchanged = models.PositiveIntegerField("未变行数", default=0)
    rows_rejected = models.PositiveIntegerField("不写入行数", default=0)
    read_to = models.PositiveIntegerField("已读至行", default=0)
    applied_to = models.PositiveIntegerField("已写至行", default=0)
    held = models.JSONField("挂起原因", default=list, blank=True)
    report = models.JSONField("结果", default=dict, blank=True)
    taken_by = officer("接收人", null=True, blank=True, help_text="空为自动接收")
    taken_at = models.DateTimeField("接收时间")
    decided_by = officer("确认人", null=True, blank=True)
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    note = models.CharField("确认或退回说明", max_length=200, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "返回名单"
        verbose_name_plural = "返回名单"
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = [
            ("take_list", "接收返回名单"),
            ("release_list", "确认和退回返回名单"),
            ("match_row", "匹配返回人员"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["receiver", "file_sha256"], condition=~Q(state__in=["rejected", "refused"]),
                name="returnlist_file_once", violation_error_message="该文件已接收。",
            ),
            models.UniqueConstraint(
                fields=["receiver", "number"], condition=Q(state__in=["released", "applied"]),
                name="returnlist_number_once", violation_error_message="该序号的名单已写入。",
            ),
            models.CheckConstraint(
                condition=Q(
                    rows_read=F("rows_ready") + F("rows_matching") + F("rows_applied") + F("rows_unchanged")
                    + F("rows_rejected")
                ),
                name="returnlist_rows_add_up",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["released", "applied"]) | Q(decided_by__isnull=False),
                name="returnlist_released_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(month__regex=r"^20[0-9]{2}-(0[1-9]|1[0-2])$"), name="returnlist_month_form"
            ),
            four_eyes("taken_by", "decided_by"),
        ]

    def __str__(self) -> str:
        return self.list_no

    @property
    def list_no(self) -> str:
        return f"FH{self.pk:08d}"

    @property
    def subject(self) -> str:
        """What audit entries about this list are found by."""
        return f"return:{self.list_no}"


class ReturnRow(models.Model):
    """One line of a list: what the authority says of whom, and what became of it."""

    class State(models.TextChoices):
        READY = "ready", "待写入"
        MATCHING = "matching", "待匹配"
        APPLIED = "applied", "已写入"
        UNCHANGED = "unchanged", "未变"
        REJECTED = "rejected", "不写入"

    class Change(models.TextChoices):
        GRANTED = "granted", "认定"
        CHANGED = "changed", "变更"
        ENDED = "ended", "终止"

    return_list = models.ForeignKey(
        ReturnList, models.PROTECT, db_index=False, verbose_name="返回名单", related_name="lines"
    )
    row_no = models.PositiveIntegerField("行")
    state = models.CharField("状态", max_length=10, choices=State.choices)
    change = models.CharField("变动", max_length=10, choices=Change.choices)
    id_no = models.CharField("证件号码", max_length=30)
    name = models.CharField("姓名", max_length=50)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    category = models.CharField("困难身份", max_length=30, choices=HardshipIdentity.Category.choices)
    starts_on = models.DateField("开始日期", null=True, blank=True)
    ends_on = models.DateField("结束日期（不含）", null=True, blank=True)
    document_no = models.CharField("认定文号", max_length=100, blank=True)
    person = models.ForeignKey(
        "enrollment.Person", models.PROTECT, verbose_name="参保人", null=True, blank=True, related_name="+"
    )
    code = models.CharField("代码", max_length=30, blank=True)
    message = models.CharField("说明", max_length=300, blank=True)
    decided_by = officer("匹配人", null=True, blank=True)
    decided_at = models.DateTimeField("匹配时间", null=True, blank=True)
    before = ArrayField(models.CharField(max_length=60), verbose_name="写入前的身份", default=list, blank=True)

    jurisdiction = "return_list__region_code"
    objects = JurisdictionManager()

    class Meta:
        verbose_name = "返回人员"
        verbose_name_plural = "返回人员"
        ordering = ("return_list", "row_no")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["return_list", "row_no"], name="returnlist_row_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "applied", "unchanged"]) | Q(person__isnull=False),
                name="returnlist_row_has_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.return_list_id}:{self.row_no}"


class ReturnFault(models.Model):
    """One thing wrong in one row, with what came in its masked form. Row 0 is the file itself."""

    return_list = models.ForeignKey(
        ReturnList, models.PROTECT, db_index=False, verbose_name="返回名单", related_name="faults"
    )
    row_no = models.PositiveIntegerField("行")
    code = models.CharField("代码", max_length=30)
    column = models.CharField("列", max_length=30, blank=True)
    shown = models.CharField("内容（脱敏）", max_length=60, blank=True)
    message = models.CharField("原因", max_length=300)

    class Meta:
        verbose_name = "返回名单错误"
        verbose_name_plural = "返回名单错误"
        ordering = ("return_list", "row_no", "pk")
        default_permissions = ()
        indexes = [models.Index(fields=["return_list", "row_no"], name="returnlist_fault_place")]

    def __str__(self) -> str:
        return f"第{self.row_no}行 {self.code}"
