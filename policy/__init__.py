"""The rules of the pools as data, and the calculators over them. Plain Python: no Django, no database, no clock.

`policy.settle(request)` settles a person's bills; `coverage`, `catastrophic_cap`, `premium`, `maternity`, `certify` and
`retirement` answer the other questions of the contract; `policy.pack_for(pool)` opens the published rules of a pool
and `policy.catalogue(pool)` its disease catalogue. The calculators are named like their modules: import a module's
other names with `from policy.coverage import …`.
"""

from policy.catalogue import Catalogue, Unit, catalogue
from policy.catastrophic_cap import catastrophic_cap
from policy.certify import certify
from policy.contributions import contributions
from policy.coverage import coverage
from policy.errors import PackError, PolicyError
from policy.maternity import maternity
from policy.pack import Pack, PackRef, pack_for
from policy.premium import premium
from policy.retirement import retirement
from policy.settle import settle

__all__ = [
    "Catalogue",
    "Pack",
    "PackError",
    "PackRef",
    "PolicyError",
    "Unit",
    "catalogue",
    "catastrophic_cap",
    "certify",
    "contributions",
    "coverage",
    "maternity",
    "pack_for",
    "premium",
    "retirement",
    "settle",
]
