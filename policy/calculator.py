"""What the calculators beside `settle` share: opening the pack, reading its section, printing a refusal."""

from __future__ import annotations

from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ConfigDict, ValidationError

from policy.errors import PackError, PolicyError
from policy.pack import FigureNotGiven, Pack, pack_for
from policy.result import RefusedResult

_NAMES = {
    "coverage": "参保待遇享受期",
    "catastrophic_cap": "大病保险限额奖惩",
    "premium": "居民缴费标准",
    "maternity": "生育待遇",
    "certify": "病种认定标准",
    "retirement": "退休缴费年限",
    "contributions": "职工按月缴费",
    "push": "高额自付人员名单推送",
}


class Refusal(PolicyError):
    """The rules refuse this matter, though the request is well formed; names the rule."""

    def __init__(self, code: str, rule: str, message: str) -> None:
        super().__init__(code, "", message)
        self.rule = rule


class Spec(BaseModel):
    """Base of the models of a pack's sections: which named shapes a pool uses, in which order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def figures(self) -> set[str]:
        """The figures that the section needs: a pack without one of them is refused."""
        return set()


AnySpec = TypeVar("AnySpec", bound=Spec)
_specs: WeakKeyDictionary[Pack, dict[str, Spec]] = WeakKeyDictionary()


def open_pack(name: str, pool: str, pack: Pack | None = None) -> Pack:
    """Return the pool's pack. Raises PolicyError: `not_in_pool` if its source has no rule for this calculator,
    `unknown_pool`, or `other_pool` if the given pack is another pool's."""
    found = pack_for(pool) if pack is None else pack
    if found.pool != pool:
        raise PolicyError("other_pool", "pool", f"请求的统筹区是 {pool}，政策包是 {found.pool}")
    if not found.section(name):
        raise PolicyError("not_in_pool", "pool", f"{found.title}没有{_NAMES[name]}的规定")
    return found


def spec(pack: Pack, section: str, model: type[AnySpec]) -> AnySpec:
    """Return a pack's section, checked once per pack. Raises PackError."""
    known = _specs.setdefault(pack, {})
    if section not in known:
        known[section] = _read(pack, section, model)
    found = known[section]
    assert isinstance(found, model)
    return found


def refused(error: FigureNotGiven | Refusal) -> RefusedResult:
    """Return a figure that is not given, or a refusal, as the `refused` object of a result."""
    return {"code": error.code, "rule": error.rule, "message": error.message}


def _read(pack: Pack, section: str, model: type[AnySpec]) -> AnySpec:
    try:
        found = model.model_validate(plain(pack.section(section)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        top = str(first["loc"][0]) if first["loc"] else ""
        place = pack.place(section, top) if top in pack.section(section) else pack.ref.path
        raise PackError(place, section, key, first["msg"]) from None
    for name in sorted(found.figures()):
        if name not in pack.tables:
            raise PackError(pack.ref.path, section, name, "the pack has no such figure")
    return found


def plain(tree: Any) -> Any:
    """Return a pack's tree as plain dicts, lists and str."""
    if isinstance(tree, dict):
        return {str(key): plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [plain(value) for value in tree]
    return str(tree)
