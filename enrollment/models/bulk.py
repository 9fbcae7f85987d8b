"""Large files: the batch, its staged rows, what is wrong with them, and exports."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.clock import bureau_day
from casework.models import JurisdictionManager


def _officer(label: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=label, related_name="+", **options)


class BulkBatch(models.Model):
    """One large file from its upload to the last merged row. The same file is one batch.

    `staged_to` and `merged_to` are the rows (as Excel numbers them) up to which the two long stages have committed:
    whoever takes the work up after a kill goes on behind them.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "参保人"
        RESIDENT_PAYMENT = "resident_payment", "居民缴费（税务）"
        EMPLOYER_ROSTER = "employer_roster", "单位参保名册"
        IDENTITY_LIST = "identity_list", "困难身份名单"

    class State(models.TextChoices):
        RECEIVED = "received", "读取核对中"
        CHECKED = "checked", "待确认"
        CONFIRMED = "confirmed", "写入中"
        DONE = "done", "已完成"
        REFUSED = "refused", "文件不予受理"
        WITHDRAWN = "withdrawn", "已撤回"

    kind = models.CharField("文件类型", max_length=20, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RECEIVED)
    file_name = models.CharField("文件名", max_length=200)
    file_sha256 = models.CharField("文件摘要", max_length=64)
    file_size = models.PositiveBigIntegerField("字节数")
    encoding = models.CharField("编码", max_length=10, blank=True)
    region_code = models.CharField("经办地", max_length=12, db_index=True)
    period = models.CharField("所属期", max_length=7, blank=True)
    sender = models.CharField("报送部门", max_length=20, blank=True)
    complete = models.BooleanField("全量名单", default=False)
    rows_read = models.PositiveIntegerField("读入行数", default=0)
    rows_accepted = models.PositiveIntegerField("写入行数", default=0)
    rows_rejected = models.PositiveIntegerField("拒绝行数", default=0)
    rows_unchanged = models.PositiveIntegerField("未变行数", default=0)
    rows_pending = models.PositiveIntegerField("待写入行数", default=0)
    staged_to = models.PositiveIntegerField("已读至行", default=0)
    merged_to = models.PositiveIntegerField("已写至行", default=0)
    chunks = models.PositiveIntegerField("已写批数", default=0)
    held = models.CharField("挂起原因", max_length=300, blank=True)
    report = models.JSONField("结果", default=dict, blank=True)
    uploaded_by = _officer("上传人")
    uploaded_at = models.DateTimeField("上传时间")
    confirmed_by = _officer("确认人", null=True, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    note = models.CharField("确认或撤回说明", max_length=200, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "批量导入"
        verbose_name_plural = "批量导入"
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("upload_bulk", "上传批量文件"),
            ("confirm_bulk", "确认批量导入"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "file_sha256"], name="bulk_file_once",
                condition=~Q(state__in=["refused", "withdrawn"]), violation_error_message="该文件已上传",
            ),
            models.CheckConstraint(
                name="bulk_rows_add_up",
                condition=Q(
                    rows_read=F("rows_accepted") + F("rows_rejected") + F("rows_unchanged") + F("rows_pending"),
                ),
            ),
            models.CheckConstraint(
                name="bulk_done_leaves_nothing", condition=~Q(state="done") | Q(rows_pending=0),
            ),
            models.CheckConstraint(
                name="bulk_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("uploaded_by")),
                violation_error_message="上传人与确认人不得为同一人",
            ),
        ]

    def __str__(self) -> str:
        return self.batch_no

    @property
    def batch_no(self) -> str:
        return f"PL{self.pk:08d}"

    @property
    def subject(self) -> str:
        """What audit entries about this batch are found by."""
        return f"bulk:{self.batch_no}"


class StagedRow(models.Model):
    """A row that was read and found good in itself; it lives until its batch is merged or withdrawn."""

    class State(models.TextChoices):
        READ = "read", "已读"
        ACCEPTED = "accepted", "待写入"
        UNCHANGED = "unchanged", "未变"
        REJECTED = "rejected", "拒绝"

    batch = models.ForeignKey(BulkBatch, models.PROTECT, verbose_name="批次", related_name="+", db_index=False)
    row_no = models.PositiveIntegerField("行")
    key = models.CharField("键", max_length=80)
    digest = models.CharField("内容摘要", max_length=32)
    id_type = models.CharField("证件类型", max_length=2)
    id_no = models.CharField("证件号码", max_length=30)
    name = models.CharField("姓名", max_length=50)
    person_id = models.BigIntegerField("参保人", null=True, blank=True)
    facts = models.JSONField("内容")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.READ)

    class Meta:
        verbose_name = "批量文件行"
        verbose_name_plural = "批量文件行"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="staged_row_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row_no}"


class RowFault(models.Model):
    """One thing wrong in one row, with what came in its masked form. Row 0 is the file itself."""

    batch = models.ForeignKey(BulkBatch, models.PROTECT, verbose_name="批次", related_name="faults", db_index=False)
    row_no = models.PositiveIntegerField("行")
    code = models.CharField("代码", max_length=30)
    column = models.CharField("列", max_length=30, blank=True)
    shown = models.CharField("内容（脱敏）", max_length=60, blank=True)
    message = models.CharField("原因", max_length=300)

    class Meta:
        verbose_name = "批量文件错误"
        verbose_name_plural = "批量文件错误"
        default_permissions = ("view",)
        ordering = ["batch", "row_no", "pk"]
        indexes = [models.Index(fields=["batch", "row_no"], name="row_fault_place")]

    def __str__(self) -> str:
        return f"第{self.row_no}行 {self.code}"


class BulkExport(models.Model):
    """A large export: asked for, written by a job to a stored file, downloaded as a recorded act."""

    class Kind(models.TextChoices):
        PERSON = "person", "参保人"
        PAYMENT = "payment", "缴费记录"

    class State(models.TextChoices):
        REQUESTED = "requested", "生成中"
        READY = "ready", "可下载"
        FAILED = "failed", "失败"

    class Form(models.TextChoices):
        CSV = "csv", "CSV（UTF-8）"
        CSV_GB = "csv_gb", "CSV（GB18030）"
        XLSX = "xlsx", "Excel 工作簿"

    kind = models.CharField("内容", max_length=10, choices=Kind.choices)
    form = models.CharField("格式", max_length=6, choices=Form.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.REQUESTED)
    filters = models.JSONField("条件", default=dict, blank=True)
    plain = models.BooleanField("不脱敏", default=False)
    purpose = models.CharField("用途", max_length=200)
    region_code = models.CharField("经办地", max_length=12, db_index=True)
    last_id = models.BigIntegerField("截至记录", default=0)
    rows = models.PositiveIntegerField("行数", default=0)
    file_sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    file_size = models.PositiveBigIntegerField("字节数", default=0)
    requested_by = _officer("申请人")
    requested_at = models.DateTimeField("申请时间")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "批量导出"
        verbose_name_plural = "批量导出"
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [("export_payment", "导出缴费记录"), ("export_plain_payment", "导出不脱敏的缴费记录")]

    def __str__(self) -> str:
        return f"DC{self.pk:08d}"

    @property
    def subject(self) -> str:
        return f"export:{self}"

    @property
    def file_name(self) -> str:
        suffix = "xlsx" if self.form == self.Form.XLSX else "csv"
        asked = bureau_day(self.requested_at)
        return f"{self.get_kind_display()}_{asked:%Y%m%d}_{self}.{suffix}"
