"""The one exception that a service raises towards its doors."""


class Refused(Exception):
    """A deed that may not be done. Nothing has been written.

    `code` is stable and for machines; `message` is Chinese and for the officer: what is wrong and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type["Refused"], tuple[str, str]]:
        return type(self), (self.code, self.message)
