"""Bodies of requests: how large, of which type, and read strictly."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.http.request import UnreadablePostError
from rest_framework.parsers import BaseParser

from casework.api import strictjson
from casework.api.faults import Fault, Problem

BODY_LIMIT = 1024 * 1024


def bounded(stream: Any, limit: int) -> bytes:
    """The whole body, or 413 when it is longer than `limit` bytes; what is announced too long is not read."""
    try:
        declared = int(getattr(stream, "META", {}).get("CONTENT_LENGTH") or 0)
    except ValueError:
        declared = 0
    if declared > limit:
        raise too_large(limit)
    try:
        body: bytes = stream.read(limit + 1)
    except (RequestDataTooBig, UnreadablePostError) as error:
        raise too_large(limit) from error
    if len(body) > limit:
        raise too_large(limit)
    return body


def too_large(limit: int) -> Problem:
    fault = Fault("BODY_SIZE", "报文过大。", wanted=f"≤ {limit} 字节", todo="请分次报送，附件另行上传")
    return Problem(413, fault)


class StrictJSONParser(BaseParser):
    """JSON objects of at most 1 MiB, read by `strictjson`."""

    media_type = "application/json"
    limit: ClassVar[int] = BODY_LIMIT

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return strictjson.read_object(bounded(stream, self.limit))
