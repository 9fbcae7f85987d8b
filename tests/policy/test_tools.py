"""The tools for those who write packs: validate, history, diff, replay, schemas, articles."""

import json
import shutil
from argparse import Namespace
from pathlib import Path

import jsonschema
import pytest

from policy.__main__ import CALCULATORS, calculator
from policy.errors import PackError, PolicyError
from policy.pack import PACKS, Pack, pools
from policy.tools import articles, schemas
from policy.tools.__main__ import main
from policy.tools.source_text import SourceText, normalise

from .conftest import cases

ROOT = Path(__file__).parents[2]
SOURCES = ROOT.parent / "shared" / "sources"


@pytest.fixture
def edited(tmp_path):
    """Copy a pool's pack and change text in its files."""

    def edit(*changes: tuple[str, str, str], pool: str = "bazhong") -> str:
        folder = tmp_path / "draft" / pool
        shutil.copytree(PACKS / pool, folder)
        for file, old, new in changes:
            text = (folder / file).read_text(encoding="utf-8")
            assert old in text
            (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return str(folder)

    return edit


def tool(capsys, *arguments: str) -> tuple[int, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out + captured.err


class TestValidate:
    @pytest.mark.parametrize("pool", pools())
    def test_accepts_every_published_pack(self, pool, capsys):
        status, text = tool(capsys, "validate", pool)
        assert (status, "有效" in text, "sha256" in text) == (0, True, True)

    @pytest.mark.parametrize(
        ("file", "old", "new", "named"),
        [
            ("coverage.yaml", "shape: yearly", "shape: weekly", "coverage"),
            ("coverage.yaml", "  coverage.wait:", "  coverage.wayt:", "coverage.wait"),
            ("premium.yaml", "adult: premium.personal", "adult: premium.persona", "premium.persona"),
            ("retirement.yaml", "make_up: retirement.make_up", "makeup: retirement.make_up", "retirement"),
            ("maternity.yaml", "allowance: always", "allowance: sometimes", "maternity"),
            ("certify.yaml", "rank: attending", "rank: nurse", "certify"),
            ("diseases-chronic.yaml", "all: [M01701.1, M01701.2]", "all: [M01701.1]", "M01701.2"),
            ("diseases-chronic.yaml", "M03600.3 > 21", "M03600.3 >> 21", "comparison"),
            ("diseases-chronic.yaml", "when: {branch: 第5条}", "when: {branch: 第9条}", "M01603"),
            ("diseases-chronic.yaml", "[cert_designated, lab_report]", "[cert_designated, lab_paper]", "lab_paper"),
            ("diseases-chronic.yaml", "review: 12个月", "review: 12天", "months"),
            ("diseases-chronic.yaml", "name: 甲状腺功能减退", "name: 甲减", "甲状腺功能减退"),
        ],
    )
    def test_names_file_and_key_of_a_mistake(self, file, old, new, named, edited, capsys):
        status, text = tool(capsys, "validate", edited((file, old, new)))
        assert status == 1
        assert named in text
        assert "Traceback" not in text

    def test_a_folder_that_is_not_there(self, capsys):
        status, text = tool(capsys, "validate", "atlantis")
        assert status == 2
        assert "atlantis" in text


class TestHistory:
    def test_shows_every_version_with_its_place(self, capsys):
        status, text = tool(capsys, "history", "bazhong", "premium.fiscal")
        assert status == 0
        assert "自2025-01-01  670元  第三章第8问（BZ-RES-8.1）  confirmed" in text
        assert "自2027-01-01  未公布" in text

    def test_finds_figures_by_a_part_of_their_label(self, capsys):
        status, text = tool(capsys, "history", "bazhong", "财政补助")
        assert (status, "premium.fiscal" in text) == (0, True)

    def test_shows_what_a_bureaus_own_file_supplies(self, tmp_path, capsys):
        file = tmp_path / "own.yaml"
        file.write_text(
            "overlay: {pool: bazhong, title: 补充, authority: 某局, document: 某医保发〔2026〕3号, version: '1'}\n"
            "figures:\n  premium.personal:\n    article: 第一条\n"
            "    versions: [{from: 2027-01-01, to: 2028-01-01, value: 430元}]\n",
            encoding="utf-8",
        )
        text = tool(capsys, "history", f"bazhong,{file}", "premium.personal")[1]
        assert "自2027-01-01  430元  某医保发〔2026〕3号 第一条" in text
        changed = tool(capsys, "diff", "bazhong", f"bazhong,{file}")[1]
        assert changed.startswith("居民医保个人缴费 未公布 → 430元 自2027-01-01 某医保发〔2026〕3号 第一条")

    def test_names_what_it_did_not_find(self, capsys):
        assert tool(capsys, "history", "bazhong", "彩票")[0] == 1


class TestDiff:
    def test_of_a_pack_with_itself_is_nothing(self, capsys):
        assert tool(capsys, "diff", "bazhong", "bazhong") == (0, "两个政策包没有差别\n")

    def test_says_in_words_what_changes_and_from_when(self, edited, capsys):
        draft = edited(("premium.yaml", "{from: 2027-01-01, value: missing}", "{from: 2027-01-01, value: 1430元}"))
        status, text = tool(capsys, "diff", "bazhong", draft)
        assert status == 1
        assert text == "居民医保个人缴费 未公布 → 1,430元 自2027-01-01 第三章第8问（BZ-RES-8.1）\n"

    def test_names_the_row_of_a_table(self, edited, capsys):
        draft = edited(("maternity.yaml", "vaginal: {value: 3500元", "vaginal: {value: 3600元"))
        text = tool(capsys, "diff", "bazhong", draft)[1]
        assert "生育医疗费限额（employee、vaginal） 3,500元 → 3,600元 第二章第28问" in text

    def test_shows_changed_criteria_and_rules_by_their_path(self, edited, capsys):
        draft = edited(
            ("diseases-chronic.yaml", "M04301.3a < 50", "M04301.3a < 40"),
            ("coverage.yaml", "      - {shape: transfer}\n", ""),
        )
        text = tool(capsys, "diff", "bazhong", draft)[1]
        assert "catalogue.M04301.criteria.all" in text
        assert "coverage.employee.steps" in text


class TestReplay:
    def write(self, tmp_path, *lines: dict) -> str:
        file = tmp_path / "cases.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return str(file)

    def birth(self, mode, cost="9000.00"):
        request = {"case": mode, "pool": "bazhong", "scheme": "resident", "event": "birth", "mode": mode}
        return {"calculator": "maternity", "request": request | {"eligible_cost": cost}}

    def test_says_who_gains_and_who_loses(self, edited, tmp_path, capsys):
        draft = edited(
            ("maternity.yaml", "vaginal: {value: 2000元", "vaginal: {value: 2500元"),
            ("maternity.yaml", "caesarean: {value: 3500元", "caesarean: {value: 3000元"),
        )
        file = self.write(tmp_path, self.birth("vaginal"), self.birth("caesarean"), self.birth("difficult"))
        status, text = tool(capsys, "replay", file, "bazhong", draft)
        assert status == 1
        assert text.splitlines() == [
            "vaginal：待遇 2500.00 → 3000.00，多得 500.00",
            "caesarean：待遇 4000.00 → 3500.00，少得 500.00",
            "共 3 件：1 件多得 500.00，1 件少得 500.00，0 件其他改变，1 件不变",
        ]

    def test_counts_what_could_not_be_computed_before(self, edited, tmp_path, capsys):
        later = ("premium.yaml", "- {from: 2027-01-01, value: missing}", "- {from: 2028-01-01, value: missing}")
        draft = edited(later, later)
        request = {"case": "p", "pool": "bazhong", "year": 2027, "category": "adult", "tags": []}
        file = self.write(tmp_path, {"calculator": "premium", "request": request})
        assert "p：结果改变（parameter_missing → 可计算）" in tool(capsys, "replay", file, "bazhong", draft)[1]

    def test_leaves_other_pools_out(self, tmp_path, capsys):
        other = self.birth("vaginal")
        other["request"]["pool"] = "changzhi"
        file = self.write(tmp_path, other, self.birth("vaginal"))
        assert "共 1 件" in tool(capsys, "replay", file, "bazhong", "bazhong")[1]

    def test_names_a_line_that_it_cannot_read(self, tmp_path, capsys):
        file = tmp_path / "cases.jsonl"
        file.write_text('{"calculator": "magic", "request": {}}\n', encoding="utf-8")
        status, text = tool(capsys, "replay", str(file), "bazhong", "bazhong")
        assert (status, "第1行" in text) == (1, True)


class TestSchemas:
    def test_on_disk_are_those_of_the_code(self, capsys):
        assert tool(capsys, "schemas", "--check") == (0, "")

    def test_are_written_where_they_differ(self, tmp_path):
        lines, _ = schemas.run(Namespace(root=tmp_path, check=False))
        assert len(lines) == 2 * len(CALCULATORS) + 1
        assert schemas.run(Namespace(root=tmp_path, check=True)) == ([], False)
        (tmp_path / schemas.FOLDER / "premium.request.json").write_text("{}", encoding="utf-8")
        assert schemas.run(Namespace(root=tmp_path, check=True))[1] is True

    @pytest.mark.parametrize("name", CALCULATORS)
    def test_fit_the_contracts_cases_and_their_results(self, name):
        request = self.validator(f"{name}.request")
        result = self.validator(f"{name}.result")
        for case in cases(name):
            if "error" not in case["expect"]:
                request.validate(case["request"])
                result.validate(calculator(name)(case["request"]))

    def test_refuse_an_unknown_key(self):
        with pytest.raises(jsonschema.ValidationError):
            self.validator("premium.request").validate({"pool": "x", "year": 2025, "category": "adult", "colour": 1})

    @staticmethod
    def validator(name: str) -> jsonschema.Draft202012Validator:
        schema = json.loads((ROOT / schemas.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)


class TestArticles:
    @pytest.mark.skipif(not SOURCES.is_dir(), reason="the published texts are not beside the checkout")
    def test_every_confirmed_figure_stands_in_the_text_it_cites(self):
        assert [one.line for one in articles.not_found(ROOT, SOURCES)] == []

    def test_the_record_names_every_confirmed_figure(self):
        """Where the texts are not at hand, a figure that was never compared with them still shows here."""
        kept = (ROOT / articles.RECORD).read_text(encoding="utf-8").splitlines()
        assert set(articles.recorded(ROOT)) - set(kept) == set(), "compare with the texts and record: articles --record"
        assert set(kept) - set(articles.recorded(ROOT)) == set(), "figures that are no longer there"

    def test_every_exception_is_explained_and_needed(self):
        known = {tuple(line.split(" ")[:3]) for line in articles.recorded(ROOT)}
        for row in articles._rows(ROOT / articles.OTHERWISE):
            assert row["why"]
            names = {(pool, name) if row["keys"] == "*" else (pool, name, keys) for pool, name, keys in known}
            wanted = (row["pool"], row["figure"]) if row["keys"] == "*" else (row["pool"], row["figure"], row["keys"])
            assert wanted in names

    def test_a_figure_that_is_not_there_is_found_out(self, tmp_path, monkeypatch):
        if not SOURCES.is_dir():
            pytest.skip("the published texts are not beside the checkout")
        folder = tmp_path / "bazhong"
        shutil.copytree(PACKS / "bazhong", folder)
        file = folder / "premium.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("670元", "671元"), encoding="utf-8")
        monkeypatch.setattr(articles, "pools", lambda: ["bazhong"])
        monkeypatch.setattr(articles, "pack_for", lambda pool: Pack.load(folder))
        assert [one.text for one in articles.not_found(ROOT, SOURCES)] == ["671元"]


class TestSourceText:
    TEXT = (
        "## 第二章 职工\n### 一问：甲\n起付线 1,000 元\n五、不是问题\n**三问:乙**\n$85\\%$\n"
        "## 第三章 居民\n## 一问：丙\n1\t20%\n2\t30%\n"
    )

    @pytest.fixture
    def text(self, tmp_path):
        file = tmp_path / "text.txt"
        file.write_text(self.TEXT, encoding="utf-8")
        return SourceText(file)

    def test_is_cut_by_chapter_and_question(self, text):
        assert "1000元" in text.at("ch2 Q1")
        assert "不是问题" in text.at("ch2 Q1")
        assert "85%" in text.at("ch2 Q3(1)")
        assert "20%" not in text.at("ch2 Q3")
        assert text.at("ch9 Q1") == ""

    def test_is_cut_by_lines_with_one_around(self, text):
        assert text.at("Q30, L3") == normalise("### 一问：甲\n起付线 1,000 元\n五、不是问题")

    def test_keeps_rows_of_a_table_apart(self, text):
        assert "2|30%" in text.rows("ch3 Q1", ["30%"])
        assert "20%" not in text.rows("ch3 Q1", ["30%"])

    @pytest.mark.parametrize(
        ("written", "number", "unit", "there"),
        [
            ("限额14万元", "14", "万", True),
            ("限额114万元", "14", "万", False),
            ("14.5万", "14", "万", False),
            ("1000|85%", "1000", "", True),
            ("100085%", "1000", "", False),
            ("0.85%", "85", "%", False),
        ],
    )
    def test_a_number_is_no_part_of_a_longer_one(self, written, number, unit, there):
        assert articles._has(number, unit, normalise(written)) is there


class TestTheCommandLine:
    def test_a_wrong_one_ends_with_2(self, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["fly"])
        assert ended.value.code == 2
        assert "usage" in capsys.readouterr().err

    def test_errors_have_no_traceback(self, capsys, monkeypatch):
        for error in (PackError("f", "t", "k", "wrong"), PolicyError("c", "p", "错")):
            def broken(asked, error=error):
                raise error

            monkeypatch.setattr("policy.tools.validate.run", broken)
            status, text = tool(capsys, "validate", "bazhong")
            assert (status, text.strip()) == (1, str(error))
