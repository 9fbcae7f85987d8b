"""A city that nobody thought of is added by data alone: new figures, other combinations of the named shapes."""

import pytest

import policy
from policy.pack import Pack

from .settling import bill, check_sound, person, request, shown, stay
from .sixth_city import FILES


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> Pack:
    folder = tmp_path_factory.mktemp("cloudport")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Pack.load(folder)


def settled(city: Pack, who: dict, *bills: dict, **more: object) -> list[dict]:
    result = policy.settle(request("cloudport", who, *bills, **more), city)
    for each in result["bills"]:
        check_sound(each)
    return result["bills"]


class TestSixthCity:
    def test_pays_bands_two_tiers_and_nothing_else(self, city):
        [each] = settled(city, person(), stay("big", "3000.00", "2030-05-01"))

        # 500 deductible inside the bands: 500 × 40% + 2000 × 70% = 1600; left 1400: (1400 − 400) × 60% = 600
        assert shown(each, "deductible", "basic", "catastrophic", "relief") == ("500.00", "1600.00", "600.00", "0.00")

    def test_the_second_tier_starts_from_what_the_first_left(self, city):
        [each] = settled(city, person(), stay("big", "9000.00", "2030-05-01"))

        # 500 × 40% + 8000 × 70% = 5800 → 3000; left 6000: 5600 × 60% = 3360; (6000 − 3360 − 1000) × 90% = 1476
        assert shown(each, "basic", "catastrophic") == ("3000.00", "4836.00")

    def test_figures_change_on_their_day(self, city):
        last, first = settled(
            city, person(), stay("small", "1000.00", "2031-06-30"), stay("small", "1000.00", "2031-07-01")
        )

        assert (last["deductible"], first["deductible"]) == ("100.00", "150.00")

    @pytest.mark.parametrize(
        ("filing", "basic"), [("referred", "1475.00"), ("none", "625.00"), ("emergency", "625.00")]
    )
    def test_away_from_home_points_or_a_flat_ratio(self, city, filing, basic):
        # referred: 500 × 35% + 2000 × 65% = 1475; else 2500 × 25% = 625
        [each] = settled(city, person(), stay("big", "3000.00", "2030-05-01", place="out_of_province", filing=filing))

        assert each["basic"] == basic

    def test_a_course_charges_the_difference(self, city):
        bills = [stay(level, "1000.00", "2030-05-01", course="c") for level in ("small", "big", "big")]

        assert [each["deductible"] for each in settled(city, person(), *bills)] == ["100.00", "400.00", "0.00"]

    def test_a_supplement_by_tag_and_a_floor_by_choice(self, city):
        [each] = settled(city, person("resident", "large_amount", "orphan"), stay("small", "1100.00", "2030-05-01"))

        # basic 900 × 50% + 100 × 80% = 530; 570 × 33.33% = 189.98; 380.02: (380.02 − 200) × 60% = 108.01; floor 1045
        assert shown(each, "basic", "large_amount", "catastrophic", "relief") == (
            "530.00",
            "189.98",
            "108.01",
            "217.01",
        )

    def test_a_choice_may_look_at_tag_and_place_together(self, city):
        away = stay("small", "1100.00", "2030-05-01", place="out_of_province")
        at_home, elsewhere = settled(city, person("resident", "margin"), stay("small", "1100.00", "2030-05-01"), away)

        assert (at_home["relief"] != "0.00", elsewhere["relief"]) == (True, "0.00")

    def test_a_limit_of_the_month_counts_only_the_cost_it_settles(self, city):
        who = person(holds=("OLD-1",))
        result = policy.settle(
            request(
                "cloudport",
                who,
                *(bill("chronic", "30.00", day, disease="SX-D1") for day in ("2030-05-01", "2030-05-31", "2030-06-01")),
            ),
            city,
        )

        assert [each["basic"] for each in result["bills"]] == ["22.50", "7.50", "22.50"]
        assert result["accumulators"]["2030"]["burden"] == "17.50"  # 7.50 + (10 − 7.50) + 7.50
        assert result["accumulators"]["2030"]["month[SX-D1,2030-05]"] == "30.00"

    def test_a_missing_figure_refuses_or_is_supplied(self, city):
        who, each = person(holds=("SX-D2",)), bill("chronic", "30.00", "2030-05-01", disease="SX-D2")
        [without] = settled(city, who, each)
        [supplied] = settled(city, who, each, parameters={"month.limit.SX-D2": 10})

        assert without["refused"]["code"] == "parameter_missing"
        assert supplied["basic"] == "10.00"

    def test_a_payment_flows_over_at_its_own_ratio(self, city):
        [each] = settled(city, person("employee"), bill("outpatient", "200.00", "2030-05-01"))

        assert shown(each, "basic", "large_amount") == ("100.00", "5.00")  # 150 − 100 = 50 × 10%

    def test_a_fixed_share_once_a_year(self, city):
        bills = [stay("small", "100.00", day, disease="SX-SPA") for day in ("2030-05-01", "2030-06-01", "2031-01-01")]

        assert [each["personal"] for each in settled(city, person(), *bills)] == ["20.00", "0.00", "20.00"]

    @pytest.mark.parametrize(
        ("who", "each", "code"),
        [
            (person(), stay("small", "1.00", "2029-12-31"), "not_in_force"),
            (person("employee"), stay("small", "1.00", "2030-01-01"), "not_in_scheme"),
            (person(), bill("care", "1.00", "2030-01-01"), "not_in_pool"),
            (person([]), stay("small", "1.00", "2030-01-01"), "not_covered"),
        ],
    )
    def test_its_refusals(self, city, who, each, code):
        [answer] = settled(city, who, each)

        assert answer["refused"]["code"] == code

    def test_its_text_rebuilds_it(self, city):
        again = Pack.from_text(city.text())
        asked = request("cloudport", person(), stay("big", "3000.00", "2030-05-01"))

        assert again.ref == city.ref
        assert policy.settle(asked, again) == policy.settle(asked, city)
