"""Packs: what is read, what is looked up, and every mistake found when loading, with its place."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from policy import pack_for
from policy.errors import PackError, PolicyError
from policy.pack import Pack, pools
from policy.pack_figures import FigureNotGiven

from .sixth_city import FILES

FIVE = ["bazhong", "changchun", "changzhi", "chongqing", "national"]


def load(tmp_path, **changed: str) -> Pack:
    """The made-up city with some of its files changed."""
    for name, text in (FILES | {f"{name}.yaml": text for name, text in changed.items()}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return Pack.load(tmp_path)


def problem(tmp_path, file: str, old: str, new: str) -> PackError:
    text = FILES[f"{file}.yaml"]
    assert text.count(old) >= 1, old
    with pytest.raises(PackError) as raised:
        load(tmp_path, **{file: text.replace(old, new, 1)})
    return raised.value


class TestPublishedPacks:
    def test_there_are_five(self):
        assert pools() == FIVE

    @pytest.mark.parametrize("pool", FIVE)
    def test_the_text_rebuilds_the_identical_pack(self, pool):
        pack = pack_for(pool)
        again = Pack.from_text(pack.text())

        assert again.ref == pack.ref
        assert again.text() == pack.text()
        assert again.ref.path == pool
        assert len(again.ref.sha256) == 64

    @pytest.mark.parametrize("pool", FIVE)
    def test_every_figure_is_cited(self, pool):
        for table in pack_for(pool).tables.values():
            for line in table.cells.values():
                assert all(figure.rule and figure.article and figure.label for figure in line)

    def test_is_read_once(self):
        assert pack_for("bazhong") is pack_for("bazhong")

    @pytest.mark.parametrize("pool", ["atlantis", "..", "bazhong/..", "", "BAZHONG", "a" * 100])
    def test_an_unknown_pool_is_refused(self, pool):
        with pytest.raises(PolicyError) as raised:
            pack_for(pool)
        assert raised.value.code == "unknown_pool"

    def test_what_is_no_text_of_a_pack_is_refused(self):
        with pytest.raises(PackError):
            Pack.from_text("hello")


class TestFigure:
    def test_has_value_unit_and_citation(self):
        figure = pack_for("bazhong").figure(
            "inpatient.ratio", on=date(2025, 5, 1), scheme="resident", area="local", level="level3"
        )

        assert (figure.value, figure.share, figure.text) == (Decimal("0.60"), Fraction(3, 5), "60%")
        assert (figure.rule, figure.article, figure.status) == ("BZ-RES-11.1", "第三章第11问", "confirmed")

    def test_changes_on_its_day(self):  # BZ-RES-22.1
        pack = pack_for("bazhong")

        assert pack.figure("cii.deductible", on=date(2025, 12, 31)).fen == 1_444_800
        with pytest.raises(FigureNotGiven) as raised:
            pack.figure("cii.deductible", on=date(2026, 1, 1))
        assert (raised.value.code, raised.value.parameter) == ("parameter_missing", "cii.deductible.2026")

    def test_that_is_damaged_is_refused_as_such(self):  # CC-8.3
        with pytest.raises(FigureNotGiven) as raised:
            pack_for("changchun").figure("chronic.limit", on=date(2021, 5, 1), **{"disease.chronic": "CC-CH-01"})
        assert (raised.value.code, raised.value.parameter) == ("parameter_unverified", "chronic.limit.CC-CH-01")

    def test_that_is_supplied_says_so(self):
        pack = pack_for("bazhong")
        supplied = pack.read_parameters({"cii.deductible.2026": "15460"})
        figure = pack.figure("cii.deductible", on=date(2026, 3, 1), supplied=supplied)

        assert (figure.value, figure.status) == (Decimal("15460.00"), "supplied")
        with pytest.raises(FigureNotGiven):  # for the year of its name only
            pack.figure("cii.deductible", on=date(2027, 3, 1), supplied=supplied)

    def test_that_is_printed_can_be_replaced_only_where_the_pack_says_so(self):  # NA-33.3, reading O-40
        pack = pack_for("national")
        supplied = pack.read_parameters({"deductible": 200})

        assert pack.figure("deductible", on=date(2019, 5, 1), scheme="employee").fen == 130_000
        assert pack.figure("deductible", on=date(2019, 5, 1), supplied=supplied, scheme="employee").fen == 20_000

    def test_that_only_limits_where_given_is_no_limit_without(self):  # CQ-16.4, reading O-11
        figure = pack_for("chongqing").figure("cap.overall", on=date(2025, 7, 1), scheme="employee")

        assert (figure.value, figure.kind) == (None, "none")

    def test_history_shows_every_version(self):
        [line] = pack_for("bazhong").history("cii.deductible").values()

        assert [(figure.since, figure.status, figure.text) for figure in line] == [
            (None, "missing", ""),
            (date(2025, 1, 1), "confirmed", "14448元"),
            (date(2026, 1, 1), "missing", ""),
        ]

    def test_the_article_of_a_rule(self):
        assert pack_for("bazhong").article("BZ-RES-22.1") == "第三章第22问"
        assert pack_for("bazhong").article("BZ-XXX-1.1") == ""


class TestMistake:
    """Each is found when the pack is loaded, and named with file, line and table."""

    @pytest.mark.parametrize(
        ("old", "new", "table", "says"),
        [
            ("value: 25%", "value: 0.25", "away.flat", "bare number"),
            ("value: 25%", "value: 125%", "away.flat", "over 100%"),
            ("value: 25%", "value: 25", "away.flat", "bare number"),
            ("value: 25%", "value: 二成五", "away.flat", "not a figure"),
            ("value: 3000元", "value: 3000.001元", "stay.cap", "not a figure"),
            ("value: 3000元", "value: -3000元", "stay.cap", "not a figure"),
            ("{over: 1000元, ratio: 80%}", "{over: 1200元, ratio: 80%}", "stay.bands", "gap"),
            ("{over: 1000元, ratio: 80%}", "{over: 800元, ratio: 80%}", "stay.bands", "overlap"),
            ("{over: 0元, to: 1000元, ratio: 50%}", "{over: 0元, ratio: 50%}", "stay.bands", "never be reached"),
            ("{over: 0元, to: 1000元, ratio: 50%}", "{over: 0元, to: 0元, ratio: 50%}", "stay.bands", "empty band"),
            ("{over: 1000元, ratio: 80%}", "{over: 1000元, rate: 80%}", "stay.bands", "a band is"),
            (
                "to: 2031-07-01, values: {small: 100元",
                "to: 2031-06-30, values: {small: 100元",
                "stay.deductible",
                "leave a gap",
            ),
            (
                "to: 2031-07-01, values: {small: 100元",
                "to: 2031-07-02, values: {small: 100元",
                "stay.deductible",
                "overlap",
            ),
            ("{from: 2031-07-01,", "{from: 2029-07-01,", "stay.deductible", "in the order"),
            ("{from: 2031-07-01,", "{from: 2031-02-30,", "stay.deductible", "not a day"),
            ("values: {small: 150元, big: 600元}", "values: {small: 150元}", "stay.deductible", "row is missing"),
            (
                "values: {small: 150元, big: 600元}",
                "values: {small: 150元, big: 600元, huge: 9元}",
                "stay.deductible",
                "does not know",
            ),
            (
                "values: {small: 150元, big: 600元}",
                "values: {small: 150元, big: 60%}",
                "stay.deductible",
                "different kinds",
            ),
            ("label: 外地未转诊比例, ", "", "away.flat", "needs a label"),
            ("rule: SX-3, ", "", "away.flat", "needs its rule"),
            (", article: 第三条", "", "away.flat", "needs its article"),
            ("from: 2030-01-01, value: 25%", "value: 25%", "away.flat", "first day"),
            ("value: 25%", "value: 25%, status: certain", "away.flat", "unknown status"),
            ("value: 25%", "value: 25%, status: recommended", "away.flat", "names its ambiguity"),
            ("value: 25%", "value: missing", "away.flat", "declare its unit"),
            ("by: [away]", "by: [weather]", "away.points", "not declared"),
            ("by: [away]", "by: away", "away.points", "must be a list"),
            ("by: [away]", "by: [away]\n    without: near", "away.points", "must be a map"),
            ("by: [away]", "by: [away]\n    without: {away: near}", "away.points", "must be a list"),
            ("{from: 2031-07-01, values: {small: 150元, big: 600元}}", "later", "stay.deductible", "must be a map"),
            ("{from: 2031-07-01,", "{from: [2031],", "stay.deductible", "not a day"),
            ("label: 外地未转诊比例", "lable: 外地未转诊比例", "away.flat", "did you mean 'label'"),
        ],
    )
    def test_in_a_figure(self, tmp_path, old, new, table, says):
        found = problem(tmp_path, "figures", old, new)

        assert found.file.startswith(f"{tmp_path.name}/figures.yaml:")
        assert found.table == table
        assert says in found.message

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("of: [eligible, -basic]", "of: [eligible, -first_pay]", "no earlier step set"),
            ("shape: pay, when", "shape: payy, when", "unknown shape"),
            ("ratio: top.ratio", "ratio: top.rate", "no figure 'top.rate'"),
            ("ratio: top.ratio", "ratio: stay.cap", "not a share"),
            ("bands: stay.bands", "bands: stay.cap", "not a scale"),
            ("figure: stay.cap", "figure: top.ratio", "not a sum of money"),
            ("payer: large_amount, label: 补充", "payer: lottery, label: 补充", "is none of"),
            ("count: second}", "count: third}", "not declared under `accumulators`"),
            ("use: layers", "use: layer", "no such block"),
            ("when: {tag: large_amount}", "when: {tagg: large_amount}", "unknown condition"),
            ("flat_when: {away: alone}", "flat_when: {away: lonely}", "is none of"),
            ("of: slow, rule", "of: fast, rule", "no disease"),
            ("threshold: second.line", "treshold: second.line", "did you mean 'threshold'"),
            ("split: plain\n    needs: level", "split: other\n    needs: level", "no split"),
            ("chronic: month", "chronic: monthly", "no plan"),
            ("employee:\n      outpatient: room", "employee: {}", "no benefit uses"),
            ("B: rate}", "B: half}", "nor a figure"),
            ("rank: level", "rank: size", "no ranks"),
            ("kind: course", "kind: weekly", "is none of"),
            ("{is: alone}]", "{is: alone, when: {place: local}}]", "the last has none"),
            ("rule: SX-15}", "rule: SX-15, colour: red}", "unknown key"),
            ("  default_split: plain", "  default_splits: plain", "did you mean 'default_split'"),
            ("    not_covered: {rule: SX-0, message: 未参保}\n", "", "a refusal is needed"),
            ("    not_in_force: {rule: SX-0, message: 未施行}\n", "", "a refusal is needed"),
            ("    employee:\n      outpatient", "    pensioner:\n      outpatient", "not a scheme"),
            ("class: slow, name: 乙病", "class: slow, name: 乙病, covers: [SX-D9]", "no such disease"),
            ("class: slow, name: 乙病", "class: slow", "needs `class` and `name`"),
        ],
    )
    def test_in_a_plan(self, tmp_path, old, new, says):
        found = problem(tmp_path, "settle", old, new)

        assert "settle.yaml" in found.file
        assert says in found.message

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("pack: {pool: x, pool: y}", "given twice"),
            ("pack: &a {pool: x}\nkeys: *a", "anchors"),
            ("pack: !!python/object:os.system {pool: x}", "tags are not allowed"),
            ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]", "anchors"),
            ("pack: {pool: x}\n---\npack: {}", "exactly one document"),
            ("- a\n- b", "must hold a map"),
            ("pack: [", "not readable"),
            ("x: " + "[" * 60 + "]" * 60, "deeper than"),
            ("? [a]\n: b", "plain text"),
            ("<<: {a: b}", "plain text"),
            ("pack: {title: x}", "must be given"),
            ("packs: {}", "must hold the map"),
            ("pack: {pool: x, title: t, authority: a, version: v}\nplanes: {}", "did you mean 'plans'"),
            ("", "exactly one document"),
            ("pack: {pool: x, title: t, authority: a, version: v, in_force: soon}", "not a day"),
        ],
    )
    def test_in_the_file_itself(self, tmp_path, text, says):
        with pytest.raises(PackError) as raised:
            load(tmp_path, pack=text)
        assert says in raised.value.message
        assert raised.value.file.startswith(tmp_path.name)

    def test_words_that_yaml_would_turn_into_booleans_stay_words(self, tmp_path):
        pack = load(tmp_path, extra="lists: {no: {rule: SX-0, items: [no, yes, off, 010, 1e3, ~]}}")

        assert pack.words("no") == ("no", "yes", "off", "010", "1e3", "~")

    def test_a_file_too_large(self, tmp_path):
        with pytest.raises(PackError) as raised:
            load(tmp_path, extra="lists: {}\n#" + "x" * 1_000_001)
        assert "larger than" in raised.value.message

    def test_a_file_that_is_no_text(self, tmp_path):
        load(tmp_path)
        (tmp_path / "extra.yaml").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(PackError) as raised:
            Pack.load(tmp_path)
        assert "UTF-8" in raised.value.message

    def test_an_entry_in_two_files(self, tmp_path):
        with pytest.raises(PackError) as raised:
            load(tmp_path, extra="figures:\n  stay.cap: {label: x, rule: SX-5, article: y, from: always, value: 1元}\n")
        assert "given in two files" in raised.value.message

    def test_a_folder_without_pack(self, tmp_path):
        with pytest.raises(PackError):
            Pack.load(tmp_path)
