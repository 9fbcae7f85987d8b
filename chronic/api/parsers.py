"""A file as a body."""

from collections.abc import Mapping
from typing import Any

from rest_framework.parsers import BaseParser

from casework.api.faults import Fault, Problem
from casework.api.parsers import bounded

FILE_LIMIT = 20 * 1024 * 1024


class FileParser(BaseParser):
    """The bytes of one PDF, PNG or JPEG; what they are is judged by themselves."""

    TYPES = ("application/pdf", "image/png", "image/jpeg")
    media_type = "*/*"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if (media_type or "").split(";")[0].strip().lower() not in self.TYPES:
            raise Problem(415, Fault("FILE_TYPE", "只接受PDF、PNG、JPEG文件。", wanted="、".join(self.TYPES)))
        content = bounded(stream, FILE_LIMIT)
        if not content:
            raise Problem(400, Fault("FILE_EMPTY", "文件是空的。"))
        return content
