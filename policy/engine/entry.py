"""A step of a plan as read from a pack, with its place for error messages."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from policy.errors import PackError
from policy.pack_yaml import Map


class Entry:
    """One map of a plan. Reading a key that is not there, or of another form, is a PackError with its line."""

    def __init__(self, file: str, table: str, raw: Any) -> None:
        self.file, self.table = file, table
        if not isinstance(raw, Map):
            raise PackError(file, table, "", "a step must be a map")
        self.raw = raw

    def only(self, *known: str) -> None:
        """Refuse keys that nobody reads, naming the nearest known one."""
        for key in self.raw:
            if key not in known:
                near = get_close_matches(key, known, 1, 0.5)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise self.error(key, f"unknown key{hint}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw.get(key, default)
        if not isinstance(value, str) or (value == "" and default is None):
            raise self.error(key, "must be given as text")
        return str(value)

    def names(self, key: str) -> list[str]:
        """A list of words; a single word stands for a list of one; absent is empty."""
        value = self.raw.get(key, [])
        found = [value] if isinstance(value, str) else list(value) if isinstance(value, list) else None
        if found is None or not all(isinstance(item, str) for item in found):
            raise self.error(key, "must be a word or a list of words")
        return [str(item) for item in found]

    def entry(self, key: str) -> Entry:
        return Entry(self.file, self.table, self.raw.get(key))

    def entries(self, key: str) -> list[Entry]:
        value = self.raw.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, "must be a list of maps")
        return [Entry(self.file, self.table, item) for item in value]

    def has(self, key: str) -> bool:
        return key in self.raw

    def error(self, key: str, message: str) -> PackError:
        line = self.raw.lines.get(key, self.raw.line)
        return PackError(f"{self.file}:{line}", self.table, key, message)
