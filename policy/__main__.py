"""`python -m policy CALCULATOR [FILE]`: JSON Lines in, JSON Lines out, without Django.

One result a line in the order of the requests; a request that cannot be computed has its error in its place.
Exit status: 0 all computed, 1 at least one error, 2 the command line is wrong or the file cannot be read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from policy import jsonlines
from policy.errors import PolicyError

CALCULATORS = (
    "settle", "coverage", "catastrophic_cap", "premium", "maternity", "certify", "retirement", "contributions",
)  # fmt: skip
USAGE = f"usage: python -m policy {{{' '.join(CALCULATORS)}}} [FILE]\n"

Calculator = Callable[..., dict[str, Any]]


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status."""
    if arguments in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    if not 1 <= len(arguments) <= 2 or arguments[0] not in CALCULATORS:
        sys.stderr.write(USAGE)
        return 2
    try:
        source = Path(arguments[1]).open("rb") if arguments[1:] not in ([], ["-"]) else nullcontext(sys.stdin.buffer)  # noqa: SIM115
        with source as stream:
            return run(calculator(arguments[0]), stream, sys.stdout.buffer)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        sys.stderr.write(f"cannot read {arguments[1] if arguments[1:] else 'stdin'}: {error.strerror}\n")
        return 2


def calculator(name: str) -> Calculator:
    """Return the calculator of that name: the function that its module is named after."""
    found: Calculator = getattr(import_module(f"policy.{name}"), name)
    return found


def run(calculate: Calculator, source: BinaryIO, out: BinaryIO) -> int:
    """Answer every line of `source` on `out`; return 1 if any was an error."""
    failed = False
    for line in jsonlines.lines(source):
        answer = respond(calculate, line)
        failed = failed or "error" in answer
        out.write(jsonlines.encode(answer))
        out.flush()
    return int(failed)


def respond(calculate: Calculator, line: bytes | None) -> dict[str, Any]:
    """Return the result of one line, or its error object with the `case` that could be read."""
    case: object = None
    try:
        request = jsonlines.decode(line)
        case = request.get("case")
        return calculate(request)
    except PolicyError as error:
        return _error(getattr(error, "case", case), error)
    except Exception as error:  # a fault of the program must not stop the other lines, nor hide among them
        sys.stderr.write(f"internal error in case {case!r:.80}: {type(error).__name__}: {error!s:.200}\n")
        return _error(case, PolicyError("internal", "", f"程序内部错误（{type(error).__name__}），请报告此请求"))


def _error(case: object, error: PolicyError) -> dict[str, Any]:
    return {"case": case if isinstance(case, str) else None, "error": error.as_dict()}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
