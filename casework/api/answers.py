"""Answers to what went wrong: one shape, a stable code, never a 500 for what a sender did."""

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from casework.api.faults import Fault, Faults, Problem
from casework.errors import Refused

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER = "3"
STATUSES = {
    "NOT_FOUND": 404, "PERSON_UNKNOWN": 404, "NO_PERMISSION": 403, "FORBIDDEN": 403, "OUT_OF_JURISDICTION": 404,
    "SAME_OFFICER": 403, "SUBMISSION_CONFLICT": 409, "BUSY": 409, "STEP_NOT_OPEN": 409, "CHANGED_SINCE_OPENED": 409,
    "FILE_TYPE": 415, "FILE_TOO_LARGE": 413,
}
BUSY_STATES = {"40001", "40P01", "55P03", "57014"}
"""What PostgreSQL says when somebody else holds the row: serialization, deadlock, lock and statement timeouts."""
RENAMED = {"UNKNOWN_DISEASE": "CODE_NOT_IN_CATALOGUE", "UNKNOWN_FIELD": "FIELD_UNKNOWN", "BAD_VALUE": "FACT_VALUE"}
BY_STATUS = {
    400: ("BODY_SHAPE", "请求不完整或格式不符。"), 401: ("AUTH_MISSING", "缺少访问令牌，或令牌无效。"),
    403: ("SCOPE_MISSING", "该令牌没有此项权限。"), 404: ("NOT_FOUND", "没有这个地址或记录。"),
    405: ("METHOD", "该地址不支持此方法。"), 406: ("ACCEPT", "只以application/json应答。"),
    413: ("BODY_SIZE", "报文过大。"), 415: ("MEDIA_TYPE", "不支持的内容类型。"), 429: ("RATE_LIMIT", "请求过于频繁。"),
}
log = logging.getLogger(__name__)


class FaultBody(serializers.Serializer[Any]):
    """One mistake."""

    code = serializers.CharField(help_text="稳定的错误代码")
    message = serializers.CharField(help_text="说明")
    pointer = serializers.CharField(help_text="JSON指针，空为整个请求")
    got = serializers.CharField(help_text="收到的内容（脱敏）")
    wanted = serializers.CharField(help_text="应为")
    todo = serializers.CharField(help_text="如何处理")


class ProblemBody(FaultBody):
    """How every mistake is told: the first, and all of them."""

    status = serializers.IntegerField(help_text="HTTP状态码")
    faults = FaultBody(many=True, help_text="全部错误")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler of the machines' doors."""
    problem = problem_of(error)
    if problem is None:
        return None
    return answer(problem)


def answer(problem: Problem) -> Response:
    return Response(body_of(problem), status=problem.status, headers=problem.headers, content_type=PROBLEM_TYPE)


def body_of(problem: Problem) -> dict[str, Any]:
    return {"status": problem.status, **problem.first.as_dict(), "faults": [one.as_dict() for one in problem.faults]}


def missing(request: HttpRequest, rest: str = "") -> JsonResponse:
    """What every address answers that is none of the interface's: never the officers' login page."""
    return JsonResponse(body_of(_plain(404)), status=404, content_type=PROBLEM_TYPE)


def problem_of(error: Exception) -> Problem | None:
    """What went wrong as an answer; None for a fault of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Faults):
        return Problem(422, *error.faults)
    if isinstance(error, Refused):
        return refusal(error)
    if isinstance(error, exceptions.Throttled):
        wait = str(max(1, int(getattr(error, "wait", None) or 1)))
        fault = Fault("RATE_LIMIT", "请求过于频繁。", wanted=f"{wait}秒后重试", todo="请按Retry-After等待后重试")
        return Problem(429, fault, headers={"Retry-After": wait})
    if isinstance(error, RequestDataTooBig):
        return _plain(413)
    if isinstance(error, exceptions.APIException):
        header = getattr(error, "auth_header", None)
        return _plain(error.status_code, {"WWW-Authenticate": str(header)} if header else {})
    if isinstance(error, Http404):
        return _plain(404)
    if isinstance(error, DataError | SuspiciousOperation | UnicodeError):
        log.warning("a request the fields let through was refused below: %s", type(error).__name__)
        return Problem(422, Fault("VALUE", "请求中有无法保存的值。", todo="请核对各项的格式"))
    if isinstance(error, OperationalError | InterfaceError):
        return _database(error)
    return None


def _database(error: Exception) -> Problem:
    """Somebody else is at work on the same rows, or there is no database for the moment: both pass."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    log.warning("a request met the database's refusal: %s %s", type(error).__name__, state)
    again = {"Retry-After": RETRY_AFTER}
    if state in BUSY_STATES:
        return Problem(409, Fault("BUSY", "同一数据正在处理。", todo="请稍后重试"), headers=again)
    return Problem(503, Fault("UNAVAILABLE", "系统暂时不能办理。", todo="请稍后用同一流水号重试"), headers=again)


def refusal(error: Refused) -> Problem:
    """A service's refusal: its words and its code in capitals."""
    code = RENAMED.get(error.code.upper(), error.code.upper())
    status = STATUSES.get(code, 422)
    headers = {"Retry-After": RETRY_AFTER} if code == "BUSY" else {}
    return Problem(status, Fault(code, error.message), headers=headers)


def _plain(status: int, headers: dict[str, str] | None = None) -> Problem:
    code, message = BY_STATUS.get(status, ("REQUEST", "请求不能办理。"))
    return Problem(status, Fault(code, message), headers=headers)
