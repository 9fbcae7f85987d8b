"""The rule map: no rule absent, and nothing called implemented that no test names."""

import csv
from argparse import Namespace
from pathlib import Path

import pytest

from policy.tools import rules

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found():
    return rules.read(ROOT)


class TestTheRuleMap:
    def test_names_all_588_rules_once(self, found):
        assert len(found) == len({rule.id for rule in found}) == 588
        books = {book: sum(rule.rulebook == book for rule in found) for book in {rule.rulebook for rule in found}}
        assert books == {
            "bazhong-2025": 296, "chongqing-2025": 87, "changchun-2021": 77, "changzhi-2024": 53, "national-2019": 75,
        }  # fmt: skip

    def test_calls_nothing_implemented_without_a_place_and_a_test(self, found):
        for rule in found:
            if rule.status == "implemented":
                assert rule.where, rule.id
                assert rule.tests, rule.id

    def test_gives_a_reason_for_what_needs_no_behaviour(self, found):
        for rule in found:
            if rule.status in ("information", "outside"):
                assert rule.why, rule.id

    def test_is_current(self):
        lines, stale = rules.run(Namespace(root=ROOT, check=True))
        assert not stale, lines

    def test_shows_every_rule_on_its_page(self, found):
        page = (ROOT / rules.PAGE).read_text(encoding="utf-8")
        for rule in found:
            assert f"| {rule.id} |" in page


class TestReading:
    @pytest.fixture
    def root(self, tmp_path):
        """A small project with three rules."""
        index = "rule,rulebook,apps,locator\nBZ-GEN-1.1,b,,\nBZ-GEN-1.2,b,,\nBZ-RES-9.1,b,,x\n"
        self.write(tmp_path / rules.INDEX, index)
        self.write(tmp_path / rules.NOTES, "rule,status,why\n")
        self.write(tmp_path / "policy" / "x.py", '"""BZ-GEN-1.1, BZ-GEN-1.2 and BZ-RES-9.1"""')
        return tmp_path

    @staticmethod
    def write(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def statuses(self, root):
        return {rule.id: rule.status for rule in rules.read(root)}

    def test_an_oracle_is_no_test(self, root):
        self.write(root / "tests" / "oracle" / "x.py", '"""BZ-GEN-1.2"""')
        assert self.statuses(root)["BZ-GEN-1.2"] == "not yet"

    def test_code_alone_is_not_enough(self, root):
        assert set(self.statuses(root).values()) == {"not yet"}

    def test_a_test_must_name_the_rule_itself(self, root):
        self.write(root / "tests" / "test_x.py", '"""BZ-GEN-1, BZ-RES-9.10"""')
        assert set(self.statuses(root).values()) == {"not yet"}
        self.write(root / "tests" / "test_x.py", '"""BZ-GEN-1.2"""')
        assert self.statuses(root) == {"BZ-GEN-1.1": "not yet", "BZ-GEN-1.2": "implemented", "BZ-RES-9.1": "not yet"}

    def test_a_case_counts_as_a_test(self, root):
        self.write(root / rules.CASES / "b.jsonl", '{"id": "P-1", "rules": ["BZ-RES-9.1"]}\n')
        rule = next(rule for rule in rules.read(root) if rule.id == "BZ-RES-9.1")
        assert (rule.status, rule.tests, rule.where) == ("implemented", ("case P-1",), ("policy/x.py",))

    def test_a_test_alone_is_not_enough(self, root):
        self.write(root / "policy" / "x.py", "")
        self.write(root / "tests" / "test_x.py", '"""BZ-GEN-1.2"""')
        assert self.statuses(root)["BZ-GEN-1.2"] == "not yet"

    @pytest.mark.parametrize("note", ["BZ-GEN-9.9,information,why", "BZ-GEN-1.1,someday,why", "BZ-GEN-1.1,outside,"])
    def test_a_note_that_does_not_fit_is_refused(self, root, note):
        self.write(root / rules.NOTES, f"rule,status,why\n{note}\n")
        with pytest.raises(ValueError, match="BZ-GEN"):
            rules.read(root)

    def test_the_index_has_no_stray_columns(self):
        with (ROOT / rules.INDEX).open(encoding="utf-8", newline="") as stream:
            assert {len(row) for row in csv.reader(stream)} == {4}
