"""The two refusals of the rule engine: a request that cannot be computed, and a pack that cannot be loaded."""

from __future__ import annotations


class PolicyError(ValueError):
    """A request is wrong, or a rule refuses it.

    `code` is stable and for programs, `path` is the place in the request (`bills[0].total`, empty
    for the whole), `message` is Chinese and written for an officer.
    """

    def __init__(self, code: str, path: str, message: str) -> None:
        super().__init__(code, path, message)
        self.code = code
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}：{self.message}" if self.path else self.message

    def below(self, prefix: str) -> PolicyError:
        """Return the same refusal seen from further out: `total` below `bills[0]` is `bills[0].total`."""
        if not prefix or not self.path:
            return PolicyError(self.code, prefix or self.path, self.message)
        joint = "" if self.path.startswith("[") else "."
        return PolicyError(self.code, f"{prefix}{joint}{self.path}", self.message)

    def as_dict(self) -> dict[str, str]:
        """Return the error object of the command line's contract."""
        return {"code": self.code, "path": self.path, "message": self.message}


class PackError(ValueError):
    """A rule pack is wrong; it is not loaded at all. Names the file, the table and the key of the mistake."""

    def __init__(self, file: str, table: str, key: str, message: str) -> None:
        super().__init__(file, table, key, message)
        self.file = file
        self.table = table
        self.key = key
        self.message = message

    def __str__(self) -> str:
        place = " / ".join(part for part in (self.file, self.table, self.key) if part)
        return f"{place}：{self.message}"
