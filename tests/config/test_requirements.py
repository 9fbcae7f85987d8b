"""The locks: complete, hashed, of one mind, and every direct dependency justified."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def direct(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [re.split(r"[\[~=<> ;]", line)[0].lower() for line in lines if line and line[0] not in "#-"]


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ \\]+)", text, re.MULTILINE))


class TestTheLocks:
    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
    def test_carry_a_digest_for_every_package(self, name):
        entries = re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]

        assert entries
        assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []

    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
    def test_name_no_place_to_fetch_from(self, name):
        assert "://" not in (ROOT / name).read_text()

    def test_agree_where_both_speak(self):
        runtime, development = pins("requirements.txt"), pins("requirements-dev.txt")

        assert {name: development.get(name) for name in runtime} == runtime

    @pytest.mark.parametrize("kind", ["requirements", "requirements-dev"])
    def test_contain_every_direct_dependency(self, kind):
        assert set(direct(f"{kind}.in")) <= set(pins(f"{kind}.txt"))


@pytest.mark.parametrize("package", direct("requirements.in") + direct("requirements-dev.in"))
def test_every_direct_dependency_says_why(package):
    assert re.search(rf"`{re.escape(package)}[\[`]", (ROOT / "docs/dependencies.md").read_text().lower())
