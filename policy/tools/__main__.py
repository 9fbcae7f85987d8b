"""`python -m policy.tools TOOL …`: validate, history, diff and replay packs; schemas, rule map and article check.

Exit status: 0 good, 1 something was found (a wrong pack, a page that is not current), 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from policy.errors import PackError, PolicyError
from policy.tools import articles, diff, history, replay, rules, schemas, validate

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str]) -> int:
    """Run one tool; return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        lines, found = asked.run(asked)
    except (PackError, PolicyError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return int(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policy.tools", description=__doc__)
    parser.set_defaults(root=ROOT)
    tools = parser.add_subparsers(required=True, metavar="TOOL")
    pack = "a pool, a pack's folder, or a folder with a bureau's own files: FOLDER,OVERLAY.yaml"

    tool = tools.add_parser("validate", help="check a pack with all that calculators read from it")
    tool.add_argument("pack", help=pack)
    tool.set_defaults(run=validate.run)

    tool = tools.add_parser("history", help="show all versions of a figure")
    tool.add_argument("pack", help=pack)
    tool.add_argument("figure", help="its name, or a part of it")
    tool.set_defaults(run=history.run)

    tool = tools.add_parser("diff", help="say in words how two packs differ")
    tool.add_argument("old", help=pack)
    tool.add_argument("new", help=pack)
    tool.set_defaults(run=diff.run)

    tool = tools.add_parser("replay", help="compute a file of cases under two packs and say who gains and loses")
    tool.add_argument("cases", type=Path, help="JSON Lines of {calculator, request}, or of requests of `settle`")
    tool.add_argument("old", help=pack)
    tool.add_argument("new", help=pack)
    tool.set_defaults(run=replay.run)

    tool = tools.add_parser("schemas", help="write the JSON Schemas of requests and results to docs/schemas")
    tool.add_argument("--check", action="store_true", help="write nothing, fail if they are not current")
    tool.set_defaults(run=schemas.run)

    tool = tools.add_parser("rules", help="write the rule map docs/rules.md")
    tool.add_argument("--check", action="store_true", help="write nothing, fail if it is not current")
    tool.set_defaults(run=rules.run)

    tool = tools.add_parser("articles", help="confirm that each confirmed figure stands in the text it cites")
    tool.add_argument("sources", type=Path, help="the folder of the published texts")
    tool.add_argument("--record", action="store_true", help="record what was confirmed in docs/rules/confirmed.txt")
    tool.set_defaults(run=articles.run)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
