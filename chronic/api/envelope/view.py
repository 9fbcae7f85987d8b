"""The one address of the envelope: signature, form, transaction, answer."""

import json
from datetime import datetime
from secrets import randbelow
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.response import Response
from rest_framework.views import APIView

from casework.api import signing, strictjson
from casework.api.answers import problem_of
from casework.api.faults import Fault, Problem
from casework.api.fields import checked
from casework.api.parsers import BODY_LIMIT, bounded, check_charset, too_large
from casework.api.throttling import over
from casework.clock import BUREAU_ZONE, now
from chronic.api.access import check_network
from chronic.api.envelope.shapes import INPUT_LENGTH, Answer, Message
from chronic.api.envelope.transactions import TRANSACTIONS, Call, Output, read_node
from chronic.models import ApiKey
from chronic.services import interface_keys as keys

FILE_BODY_LIMIT = 8 * BODY_LIMIT
CARRIES_FILE = "9101"
OUTSIDE = {401, 403, 405, 406, 413, 415, 429, 503}
"""Refusals of the call itself keep their HTTP status; what a message says wrong is told in the envelope, by 200."""
OUTSIDE_CODES = {"NONCE_USED", "BUSY"}
ERROR_LENGTH = 200
NOBODY = "000000"


class AnyAccept(DefaultContentNegotiation):
    """The platform's clients ask for anything and take JSON."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Envelope(APIView):
    http_method_names = ["post"]
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes: list[Any] = []
    content_negotiation_class = AnyAccept
    key: ApiKey | None = None

    @extend_schema(
        operation_id="envelope", tags=["platform"], summary="全国平台报文",
        description="infno 1101 2503 2504 5301 9001 9101 9102",
        request=Message, auth=[{"signature": []}],
        responses=dict.fromkeys((200, 401, 403, 405, 409, 413, 415, 429, 503), Answer),
    )
    def post(self, request: Any) -> Response:
        self.began = now()
        body = self._admitted(request)
        call, act = self._read(body)
        done: Output = act(call)
        return Response(self._answer(output=done.output, warn_msg=done.warning))

    def _admitted(self, request: Any) -> bytes:
        """The body of a message whose signature is good and new; nothing of it was read yet."""
        signed = signing.headers_of(request.headers, self.began)
        key = keys.live_key(self.began, name=signed.key_id)
        if key is None:
            raise signing.invalid()
        self.key = key
        check_network(key, request)
        body = bounded(request._request, FILE_BODY_LIMIT)
        if body and (request.content_type or "").split(";")[0].strip().lower() != "application/json":
            raise Problem(415, Fault("MEDIA_TYPE", "不支持的内容类型。", wanted="application/json"))
        secrets = [keys.signing_key(key)]
        signing.verify(
            key.client.scheme, signed, secrets, body, lambda: keys.use_nonce(key, signed.nonce, self.began)
        )
        keys.note_use(key, self.began)
        self._count("default")
        return body

    def _count(self, rate: str) -> None:
        """Only what the key itself signed is counted against it."""
        assert self.key is not None
        if wait := over(rate, f"key:{self.key.pk}", settings.API_RATES[rate]):
            fault = Fault("RATE_LIMIT", "请求过于频繁。", wanted=f"{wait}秒后重试")
            raise Problem(429, fault, headers={"Retry-After": str(wait)})

    def _read(self, body: bytes) -> tuple[Call, Any]:
        check_charset(self.request.content_type or "")
        given = strictjson.read_object(body)
        if len(body) > BODY_LIMIT and given.get("infno") != CARRIES_FILE:
            raise too_large(BODY_LIMIT)
        head = checked(Message, given)
        transaction = TRANSACTIONS.get(head["infno"])
        if transaction is None:
            raise Problem(422, Fault("INFNO_UNKNOWN", "没有这个交易编号。", "/infno", "", "、".join(TRANSACTIONS)))
        length = len(json.dumps(head["input"], ensure_ascii=False, default=str))
        if length > INPUT_LENGTH and head["infno"] != CARRIES_FILE:
            fault = Fault("INPUT_LENGTH", f"input超过{INPUT_LENGTH}个字符。", "/input", "", f"≤ {INPUT_LENGTH}")
            raise Problem(422, fault)
        self._check_sender(head)
        assert self.key is not None
        if transaction.scope not in self.key.scopes:
            raise Problem(403, Fault("SCOPE_MISSING", "该密钥没有此项权限。", wanted=transaction.scope))
        if transaction.scope in settings.API_RATES:
            self._count(transaction.scope)
        node = read_node(transaction, head["input"])
        raw = head["input"][transaction.node]
        return Call(client=self.key.client, head=head, node=node, raw=raw, at=self.began), transaction.act

    def _check_sender(self, head: dict[str, Any]) -> None:
        assert self.key is not None
        client = self.key.client
        for name, given in (("fixmedins_code", head["fixmedins_code"]), ("msgid", head["msgid"][:12])):
            if given != client.institution.code:
                raise Problem(422, Fault("FIXMEDINS_CODE", "机构编号不是签名密钥所属的机构。", f"/{name}", given[:12]))
        if head.get("sign_no") and not keys.signed_in(client, head["sign_no"]):
            raise Problem(422, Fault("SIGN_NO_UNKNOWN", "没有这个签到流水号。", "/sign_no", "", "9001返回的sign_no"))

    def get_exception_handler(self) -> Any:
        return self._refused

    def _refused(self, error: Exception, context: Any) -> Response | None:
        problem = problem_of(error)
        if problem is None:
            return None
        outside = problem.status in OUTSIDE or problem.first.code in OUTSIDE_CODES
        answer = self._answer(infcode=-1, err_msg=told(problem))
        return Response(answer, status=problem.status if outside else 200, headers=problem.headers)

    def _answer(self, **more: Any) -> dict[str, Any]:
        began = getattr(self, "began", None) or now()
        area = self.key.client.officer.region_code if self.key else NOBODY
        return {
            "infcode": 0, "inf_refmsgid": f"{area}{_stamp(began)[:14]}{randbelow(10**10):010d}",
            "refmsg_time": _stamp(began), "respond_time": _stamp(now()), "err_msg": "", "warn_msg": "", "cainfo": "",
            "signtype": "", "output": {}, **more,
        }


def told(problem: Problem) -> str:
    """All mistakes in one line of at most 200 characters; the first code leads."""
    parts = []
    for fault in problem.faults[:5]:
        where = f"{fault.pointer}：" if fault.pointer else ""
        wanted = f"（应为{fault.wanted}）" if fault.wanted else ""
        parts.append(f"[{fault.code}] {where}{fault.message}{wanted}")
    return "；".join(parts)[:ERROR_LENGTH]


def _stamp(at: datetime) -> str:
    """17 characters: yyyyMMddHHmmssSSS."""
    here = at.astimezone(BUREAU_ZONE)
    return f"{here:%Y%m%d%H%M%S}{here.microsecond // 1000:03d}"
