"""JSON Schemas of the requests and results of all calculators, generated from the code."""

from __future__ import annotations

import json
from argparse import Namespace
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from policy.result import ErrorResult
from policy.tools.packs import Result

FOLDER = Path("docs") / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODELS = {
    "settle": ("policy.settle_request.SettleRequest", "policy.result.SettleResult"),
    "coverage": ("policy.coverage_rules.Asked", "policy.coverage.CoverageResult"),
    "catastrophic_cap": ("policy.catastrophic_cap.CapRequest", "policy.catastrophic_cap.CapResult"),
    "premium": ("policy.premium.PremiumRequest", "policy.premium.PremiumResult"),
    "maternity": ("policy.maternity.MaternityRequest", "policy.maternity.MaternityResult"),
    "certify": ("policy.certify.CertifyRequest", "policy.certify.CertifyResult"),
    "contributions": ("policy.contributions.ContributionsRequest", "policy.contributions.ContributionsResult"),
    "retirement": ("policy.retirement.RetirementRequest", "policy.retirement.RetirementResult"),
}


def run(asked: Namespace) -> Result:
    """Write the schemas, or with `--check` say which are not current."""
    stale = [path for path, text in generated().items() if not _same(asked.root / path, text)]
    if asked.check:
        return [f"{path} 与代码不符，请运行 python -m policy.tools schemas" for path in stale], bool(stale)
    (asked.root / FOLDER).mkdir(parents=True, exist_ok=True)
    for path, text in generated().items():
        (asked.root / path).write_text(text, encoding="utf-8")
    return [f"{path}" for path in stale] or ["没有变化"], False


def generated() -> dict[Path, str]:
    """Return the text of every schema file by its path."""
    found = {FOLDER / "error.result.json": _schema("error.result", ErrorResult)}
    for name, (request, result) in MODELS.items():
        found[FOLDER / f"{name}.request.json"] = _schema(f"{name}.request", _model(request))
        found[FOLDER / f"{name}.result.json"] = _schema(f"{name}.result", _model(result))
    return found


def _schema(title: str, model: Any) -> str:
    made = TypeAdapter(model).json_schema(by_alias=True)
    made = {"$schema": DIALECT} | made | {"title": title}
    return json.dumps(made, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _model(path: str) -> Any:
    module, name = path.rsplit(".", 1)
    return getattr(import_module(module), name)


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
