"""The hospitals' interface: whose key it is, what came once, where news goes. Services are the only writers."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.models import JurisdictionManager


def handle() -> str:
    """An opaque name of 30 characters that can't be counted up; the platform's fields hold no more."""
    return secrets.token_hex(15)


def psn_no() -> str:
    """A person's number (人员编号) as one institution knows it: 24 digits that say nothing."""
    return f"{secrets.randbelow(9 * 10**23) + 10**23}"


class ApiClient(models.Model):
    """The system of one institution: the account in whose name it acts, how it signs and from where it may call."""

    class Scheme(models.TextChoices):
        TIF = "tif", "x-tif（SHA-256）"
        HMAC = "hmac", "HMAC-SHA256（含报文）"

    institution = models.OneToOneField(
        "enrollment.Institution", models.PROTECT, verbose_name="医疗机构", related_name="api_client"
    )
    officer = models.ForeignKey(
        "casework.Officer", models.PROTECT, db_index=False, verbose_name="接口账户", related_name="+"
    )
    scheme = models.CharField("签名方式", max_length=8, choices=Scheme.choices, default=Scheme.TIF)
    networks = ArrayField(
        models.CharField(max_length=43), verbose_name="允许的网段", default=list, blank=True,
        help_text="如10.1.0.0/16；留空不限",
    )
    active = models.BooleanField("启用", default=True)
    opened_at = models.DateTimeField("开通时间")

    jurisdiction = "institution__region__code"

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "接口客户端"
        verbose_name_plural = "接口客户端"
        default_permissions = ("view",)
        permissions = [("keep_apiclient", "管理医院接口")]

    def __str__(self) -> str:
        return str(self.institution)


class ApiKey(models.Model):
    """A key of a system. Both doors take it: its name and secret for a token, its name and signing key for messages.

    No secret stands here: the OAuth secret is hashed by its library, the signing key is derived from the
    installation's own secret and the key's name. When a key is changed, the old one works for a while beside it."""

    client = models.ForeignKey(ApiClient, models.PROTECT, verbose_name="接口客户端", related_name="keys")
    application = models.OneToOneField(
        "oauth2_provider.Application", models.PROTECT, verbose_name="OAuth客户端", related_name="+"
    )
    name = models.CharField("密钥号", max_length=100, unique=True)
    scopes = ArrayField(models.CharField(max_length=20), verbose_name="权限")
    issued_at = models.DateTimeField("签发时间")
    ends_at = models.DateTimeField("停用时间", null=True, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True, help_text="按刻钟记")

    jurisdiction = "client__institution__region__code"

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "接口密钥"
        verbose_name_plural = "接口密钥"
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("issued_at")), name="api_key_ends_after_start",
                violation_error_message="密钥的停用时间不得早于签发时间。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiSubmission(models.Model):
    """What came under an institution's submission number, and what was answered. Kept for ever: the same number
    with the same content is answered the same, with other content it is a conflict."""

    handle = models.CharField("编号", max_length=30, unique=True, default=handle)
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="医疗机构", related_name="+"
    )
    number = models.CharField("报送流水号", max_length=40)
    verb = models.CharField("业务", max_length=30)
    digest = models.CharField("内容摘要", max_length=64)
    answer = models.JSONField("应答", default=dict)
    certification = models.ForeignKey(
        "chronic.Certification", models.PROTECT, verbose_name="认定申请", related_name="submissions", null=True,
        blank=True,
    )
    received_at = models.DateTimeField("接收时间")

    class Meta:
        verbose_name = "接口报送"
        verbose_name_plural = "接口报送"
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["institution", "number"], name="api_submission_once")]

    def __str__(self) -> str:
        return self.number


class Acquaintance(models.Model):
    """That an institution has named a person by his full identity number: only then is anything told of him, under
    a number that means him to this institution alone."""

    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="医疗机构", related_name="+"
    )
    person = models.ForeignKey("enrollment.Person", models.PROTECT, verbose_name="参保人", related_name="+")
    psn_no = models.CharField("人员编号", max_length=30, unique=True, default=psn_no)
    named_at = models.DateTimeField("首次报出时间")

    class Meta:
        verbose_name = "接口识别记录"
        verbose_name_plural = "接口识别记录"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["institution", "person"], name="acquaintance_once")]

    def __str__(self) -> str:
        return f"{self.institution_id}:{self.person_id}"


class Nonce(models.Model):
    """A signature that was used. Older than the clock's tolerance it may go."""

    key_name = models.CharField("密钥号", max_length=100)
    nonce = models.CharField("随机数", max_length=64)
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = "已用签名"
        verbose_name_plural = "已用签名"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key_name", "nonce"], name="nonce_once")]

    def __str__(self) -> str:
        return self.nonce


class SignIn(models.Model):
    """A sign-in (签到, 9001): the number that later messages of that day carry."""

    number = models.CharField("签到流水号", max_length=30, unique=True, default=handle)
    client = models.ForeignKey(ApiClient, models.PROTECT, verbose_name="接口客户端", related_name="+")
    operator = models.CharField("经办人编号", max_length=30)
    at = models.DateTimeField("签到时间")

    class Meta:
        verbose_name = "签到"
        verbose_name_plural = "签到"
        default_permissions = ()

    def __str__(self) -> str:
        return self.number


class ApiFile(models.Model):
    """A file that an institution uploaded, under the handle by which it is named later."""

    handle = models.CharField("文件查询号", max_length=30, unique=True, default=handle)
    institution = models.ForeignKey(
        "enrollment.Institution", models.PROTECT, verbose_name="医疗机构", related_name="+"
    )
    document = models.OneToOneField("casework.Document", models.PROTECT, verbose_name="材料", related_name="+")
    filename = models.CharField("文件名", max_length=200)
    kept_until = models.DateTimeField("下载截止时间")

    class Meta:
        verbose_name = "接口文件"
        verbose_name_plural = "接口文件"
        default_permissions = ()

    def __str__(self) -> str:
        return self.handle


class WebhookEndpoint(models.Model):
    """Where an institution is told that a case of its changed; set by the bureau, never by a request."""

    client = models.OneToOneField(ApiClient, models.PROTECT, verbose_name="接口客户端", related_name="webhook")
    url = models.CharField("地址", max_length=300)
    generation = models.PositiveIntegerField("密钥代次", default=1)
    active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "通知地址"
        verbose_name_plural = "通知地址"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One message to one endpoint; its handle is its identity over all tries."""

    handle = models.CharField("消息号", max_length=30, unique=True, default=handle)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, verbose_name="通知地址", related_name="deliveries")
    topic = models.CharField("主题", max_length=60)
    key = models.CharField("键", max_length=120)
    body = models.JSONField("内容")
    created_at = models.DateTimeField("产生时间")
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    status = models.PositiveSmallIntegerField("最近应答状态", null=True, blank=True)
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)

    jurisdiction = "endpoint__client__institution__region__code"

    objects = JurisdictionManager()

    class Meta:
        verbose_name = "通知"
        verbose_name_plural = "通知"
        ordering = ("-id",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "topic", "key"], name="webhook_said_once"),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(status__gte=200, status__lt=300), name="webhook_delivered_ok"
            ),
        ]

    def __str__(self) -> str:
        return self.handle
