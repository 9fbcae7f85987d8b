"""The token endpoint: client credentials only, small forms only, and not too often."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView
from rest_framework.throttling import BaseThrottle

from casework.api.answers import PROBLEM_TYPE, body_of
from casework.api.faults import Fault, Problem
from casework.api.parsers import bounded
from casework.api.strictjson import check_text
from casework.api.throttling import over

LIMIT = 8 * 1024
FORM = "application/x-www-form-urlencoded"


@method_decorator(csrf_exempt, name="dispatch")
class Token(TokenView):
    """What can't be a form is refused before the library reads it."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self._check(request)
        except Problem as problem:
            return JsonResponse(
                body_of(problem), status=problem.status, headers=problem.headers, content_type=PROBLEM_TYPE
            )
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def _check(self, request: HttpRequest) -> None:
        who = BaseThrottle().get_ident(request)
        if wait := over("token", f"address:{who}", settings.API_RATES["token"]):
            fault = Fault("RATE_LIMIT", "请求过于频繁。", wanted=f"{wait}秒后重试")
            raise Problem(429, fault, headers={"Retry-After": str(wait)})
        if request.method != "POST":
            raise Problem(405, Fault("METHOD", "该地址不支持此方法。", wanted="POST"), headers={"Allow": "POST"})
        if request.content_type != FORM or request.encoding not in (None, "utf-8", "UTF-8"):
            raise Problem(415, Fault("MEDIA_TYPE", "不支持的内容类型。", wanted=FORM))
        request._body = bounded(request, LIMIT)  # type: ignore[attr-defined]
        if request.headers.get("Authorization", "") and not request.headers["Authorization"].isascii():
            raise Problem(400, Fault("TEXT_FORMAT", "请求头含有非ASCII字符。"))
        for name, values in request.POST.lists():
            check_text(name)
            if len(values) > 1:
                raise Problem(400, Fault("KEY_DUPLICATE", "表单项重复。", got=name[:40]))
            check_text(values[0])
        if request.POST.get("grant_type") != "client_credentials":
            raise Problem(400, Fault("GRANT_TYPE", "只支持client_credentials。", "/grant_type"))
