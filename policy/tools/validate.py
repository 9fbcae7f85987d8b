"""Check a pack whole: its files, its figures, and every section as the calculator that reads it does."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter

from policy.calculator import Spec, spec
from policy.catalogue import Catalogue
from policy.catastrophic_cap import CapSpec
from policy.contributions import ContributionsSpec
from policy.coverage import CoverageSpec
from policy.engine import program
from policy.maternity_limit import MaternitySpec
from policy.pack import Pack
from policy.premium import PremiumSpec
from policy.retirement import RetirementSpec
from policy.tools.packs import Result, open_pack

SECTIONS: dict[str, type[Spec]] = {
    "catastrophic_cap": CapSpec,
    "contributions": ContributionsSpec,
    "coverage": CoverageSpec,
    "maternity": MaternitySpec,
    "premium": PremiumSpec,
    "retirement": RetirementSpec,
}


def run(asked: Namespace) -> Result:
    """Print what the pack holds; a mistake is a PackError with its place."""
    pack = open_pack(asked.pack)
    check(pack)
    cells = [line for table in pack.tables.values() for line in table.cells.values()]
    statuses = Counter(figure.status for line in cells for figure in line)
    units = len(Catalogue(pack).units) if pack.section("certify") else 0
    found = [name for name in (*SECTIONS, "certify", "settle") if pack.section(name)]
    return [
        f"{pack.title}（{pack.pool}，{pack.version}）有效",
        f"计算器：{'、'.join(sorted(found))}",
        f"参数 {len(pack.tables)} 项，" + "，".join(f"{name} {count} 个" for name, count in sorted(statuses.items())),
        f"病种认定单元 {units} 个",
        f"sha256 {pack.ref.sha256}",
    ], False


def check(pack: Pack) -> None:
    """Read every section as its calculator does, and compile every plan. Raises PackError."""
    for name, model in SECTIONS.items():
        if pack.section(name):
            spec(pack, name, model)
    if pack.section("certify"):
        Catalogue(pack)
    program.check(pack)
