"""A bureau's own file supplies what the source leaves out, for its days, and nothing that is printed."""

from datetime import date

import pytest

import policy
from policy.errors import PackError
from policy.pack import PACKS, Pack
from policy.pack_figures import FigureNotGiven

from .settling import bill, person, request, stay

HEAD = (
    "overlay: {pool: bazhong, title: 2026年度参数, authority: 巴中市医疗保障局, "
    'document: 巴医保发〔2026〕3号, version: "2026.1"}\n'
)
FIGURE = (
    "figures:\n  cii.deductible:\n    article: 第一条\n"
    "    versions: [{from: 2026-01-01, to: 2027-01-01, value: 15000元}]\n"
)


def overlaid(tmp_path, text: str, pool: str = "bazhong") -> Pack:
    file = tmp_path / "bureau.yaml"
    file.write_text(text, encoding="utf-8")
    return Pack.load(PACKS / pool, file)


class TestOverlay:
    def test_supplies_a_missing_figure_for_its_days(self, tmp_path):  # BZ-RES-22.1
        pack = overlaid(tmp_path, HEAD + FIGURE)

        assert pack.figure("cii.deductible", on=date(2025, 12, 31)).fen == 1_444_800
        figure = pack.figure("cii.deductible", on=date(2026, 12, 31))
        assert (figure.fen, figure.status, figure.article) == (1_500_000, "confirmed", "巴医保发〔2026〕3号 第一条")
        with pytest.raises(FigureNotGiven):
            pack.figure("cii.deductible", on=date(2027, 1, 1))

    def test_lets_bills_be_settled_and_is_cited(self, tmp_path):
        pack = overlaid(tmp_path, HEAD + FIGURE)
        each = policy.settle(request("bazhong", person(), stay("level3", "50700.00", "2026-03-10")), pack)["bills"][0]

        assert each["catastrophic"] == "3420.00"  # (20700 − 15000) × 60%
        assert any(source["article"].startswith("巴医保发") for source in each["steps"][1]["sources"])

    def test_is_a_part_of_the_packs_identity(self, tmp_path):
        published, pack = policy.pack_for("bazhong"), overlaid(tmp_path, HEAD + FIGURE)

        assert pack.ref.sha256 != published.ref.sha256
        assert Pack.from_text(pack.text()).ref == pack.ref
        assert policy.pack_for("bazhong").ref == published.ref

    def test_takes_the_place_of_the_requests_parameter(self, tmp_path):
        pack = overlaid(tmp_path, HEAD + FIGURE)

        with pytest.raises(policy.PolicyError) as raised:
            pack.read_parameters({"cii.deductible.2026": "1.00"})
        assert raised.value.code == "unknown_field"

    def test_verifies_a_damaged_figure(self, tmp_path):  # CC-8.3
        head = HEAD.replace("bazhong", "changchun")
        version = "{from: 2021-01-01, values: {CC-CH-01: 2400元}}"
        rows = f"figures:\n  chronic.limit:\n    article: 附件\n    versions: [{version}]\n"
        pack = overlaid(tmp_path, head + rows, "changchun")
        asked = request(
            "changchun", person(holds=("CC-CH-01",)), bill("chronic", "6000.00", "2021-03-03", disease="CC-CH-01")
        )

        assert policy.settle(asked, pack)["bills"][0]["basic"] == "2400.00"

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (HEAD + FIGURE.replace("2026-01-01", "2025-06-01"), "is printed"),
            (HEAD + FIGURE.replace("cii.deductible", "cii.cap"), "is printed"),
            (HEAD + FIGURE.replace("cii.deductible", "cii.deductable"), "no such figure"),
            (HEAD + FIGURE.replace("15000元", "15000"), "bare number"),
            (HEAD + FIGURE.replace("15000元", "15%"), "unit of this figure"),
            (HEAD + FIGURE.replace("to: 2027-01-01", "to: 2025-01-01"), "ends before"),
            (HEAD + FIGURE.replace("    article: 第一条\n", ""), "article"),
            (HEAD + FIGURE.replace("versions", "version"), "versions"),
            (HEAD.replace("bazhong", "chongqing") + FIGURE, "is for 'chongqing'"),
            (HEAD.replace(", title: 2026年度参数", "") + FIGURE, "needs exactly"),
            (HEAD + FIGURE + "plans: {}\n", "unknown key"),
        ],
    )
    def test_refuses_everything_else(self, tmp_path, text, says):
        with pytest.raises(PackError) as raised:
            overlaid(tmp_path, text)
        assert says in f"{raised.value.key} {raised.value.message}"
        assert "bureau.yaml" in raised.value.file
