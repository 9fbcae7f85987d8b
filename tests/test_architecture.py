"""Who may know whom: the direction of the house, held over the syntax tree.

policy ← casework ← enrollment ← {chronic, maternity} ← claims ← relief ← config (arrow: is imported by).
Imports inside functions count as well: a cycle hidden in a function is a cycle.
"""
import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ["policy", "casework", "enrollment", "chronic maternity", "claims", "relief", "config"]
LEVEL = {app: height for height, row in enumerate(LAYERS) for app in row.split()}
OPEN_TO_ALL = {"policy", "casework"}
FACE = {"models", "services"}
READS_FLOATS = {"policy/jsonlines.py"}
"""The one room that makes floats: out of JSON numbers, so that the money door can refuse them by name."""
FLOAT_FREE = ["policy", "claims", "enrollment", "relief", "maternity"]


def sources(app: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(ROOT.glob(f"{app}/**/*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[int, list[str]]]:
    """Every imported dotted name of a module with its line; `from a import b` counts as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.split(".")
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                yield node.lineno, [*(node.module or "").split("."), alias.name]


def faults(app: str) -> list[str]:
    found = []
    for path, tree in sources(app):
        for line, (other, *rest) in imports(tree):
            if other not in LEVEL or other == app:
                continue
            if LEVEL[other] >= LEVEL[app]:
                found.append(f"{path}:{line} reaches up or sideways to {other}")
            elif app != "config" and other not in OPEN_TO_ALL and (not rest or rest[0] not in FACE):
                found.append(f"{path}:{line} reaches behind the face of {other}")
    return found


@pytest.mark.parametrize("app", LEVEL)
def test_an_app_imports_only_the_face_of_the_apps_below_it(app):
    assert faults(app) == []


def test_no_relative_import_hides_a_direction():
    hidden = [
        f"{path}:{node.lineno}"
        for app in LEVEL
        for path, tree in sources(app)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level > 1
    ]
    assert hidden == []


def test_policy_knows_neither_django_nor_the_clock():
    banned = {"django", "rest_framework", "celery", "random", "time"}
    strangers = [
        f"{path}:{line} imports {name[0]}"
        for path, tree in sources("policy")
        for line, name in imports(tree)
        if name[0] in banned
    ]
    clocks = [
        f"{path}:{node.lineno} asks the clock"
        for path, tree in sources("policy")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"today", "now", "utcnow"}
    ]
    assert strangers + clocks == []


def test_no_relation_points_up():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in LEVEL
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
        and LEVEL.get(field.related_model._meta.app_label, -1) > LEVEL[model._meta.app_label]
    ]
    assert upward == []


def test_no_pool_is_named_in_a_condition():
    """Policy is data: a city may differ in its packs, never in an `if`."""
    pools = {folder.name for folder in (ROOT / "policy" / "packs").iterdir() if folder.is_dir()}
    assert pools, "no packs found: this test would pass over nothing"
    named = []
    for app in LEVEL:
        for path, tree in sources(app):
            for node in ast.walk(tree):
                parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else \
                    [node.pattern] if isinstance(node, ast.match_case) else []
                words = {
                    leaf.value for part in parts for leaf in ast.walk(part)
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                }
                if words & pools:
                    named.append(f"{path}:{node.lineno if hasattr(node, 'lineno') else '?'} {words & pools}")
    assert named == []


@pytest.mark.parametrize("app", FLOAT_FREE)
def test_no_float_ever_holds_money(app):
    floats = [
        f"{path}:{node.lineno}"
        for path, tree in sources(app)
        if str(path) not in READS_FLOATS
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "FloatField")
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"float", "round"})
    ]
    assert floats == []


def test_unfold_has_one_importer():
    importers = {
        str(path)
        for app in LEVEL if app != "policy"
        for path, tree in sources(app)
        for _, name in imports(tree)
        if name[0] == "unfold"
    }
    assert importers == {"casework/admin_base.py"}


def test_nobody_overrides_save_or_listens_to_it():
    """Services are the only writers: no save() overrides, no save signals."""
    sneaky = []
    for app in LEVEL:
        for path, tree in sources(app):
            if path.name.startswith(("admin", "resources")) or "admin" in path.parts:
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}:
                    sneaky.append(f"{path}:{node.lineno} defines {node.name}()")
                if isinstance(node, ast.Name | ast.Attribute):
                    name = node.id if isinstance(node, ast.Name) else node.attr
                    if name in {"post_save", "pre_save", "post_delete", "pre_delete"}:
                        sneaky.append(f"{path}:{node.lineno} uses {name}")
    assert sneaky == []


def test_a_deliberate_fault_would_be_found(tmp_path, monkeypatch):
    """The control: the same check goes red on an upward import hidden in a function."""
    (tmp_path / "casework").mkdir()
    (tmp_path / "casework" / "x.py").write_text("def f():\n    from claims.services import settle\n")
    monkeypatch.setattr("tests.test_architecture.ROOT", tmp_path)
    assert faults("casework") == ["casework/x.py:2 reaches up or sideways to claims"]
