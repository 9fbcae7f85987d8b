"""The stand-in's memory on disk: what it took, answered and offered outlives its process, as a real authority's would.

It is somebody else's system: standard library only, nothing imported from the application.
"""

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any


def write(path: Path, offices: dict[str, dict[str, Any]]) -> None:
    """Whole or not at all, and readable by nobody else: it holds the full lists."""
    beside = path.with_name(f"{path.name}.new")
    beside.touch(mode=0o600)
    beside.write_text(json.dumps(offices, default=_text, ensure_ascii=False), encoding="utf-8")
    beside.replace(path)


def read(path: Path) -> dict[str, dict[str, Any]]:
    """What was written last; nothing if nothing was."""
    if not path.exists():
        return {}
    offices: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    for office in offices.values():
        for name in ("files", "contents"):
            office[name] = {key: b64decode(text) for key, text in office[name].items()}
    return offices


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    raise TypeError(type(value).__name__)
