"""The rules of the pools as data, and the calculators over them. Plain Python: no Django, no database, no clock.

`policy.settle(request)` settles a person's bills; `policy.pack_for(pool)` opens the published rules of a pool.
"""

from policy.errors import PackError, PolicyError
from policy.pack import Pack, PackRef, pack_for
from policy.settle import settle

__all__ = ["Pack", "PackError", "PackRef", "PolicyError", "pack_for", "settle"]
