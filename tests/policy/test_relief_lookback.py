"""Relief looking back (BZ-REL-5.5, BZ-AMB-41): an identity that only relief sees, for the days up to recognition."""

from datetime import date

import pytest

import policy

from .settling import PAYERS, person, request, settled, shown, stay

BEFORE_RELIEF = PAYERS[:4]
RECOGNISED = date(2025, 9, 15)


def looking_back(tag: str, scheme: str = "resident", *tags: str, until: str = "2025-09-15") -> dict:
    return person(scheme, *tags, relief_tags=[{"tag": tag, "from": "2025-01-01", "to": until}])


class TestAnIdentityForReliefAlone:
    @pytest.mark.parametrize("tag", ["extremely_poor", "minimum_allowance", "margin", "impoverished_by_illness"])
    def test_leaves_the_layers_before_relief_as_they_were(self, tag):
        bills = stay("level3", 60000), stay("level2", 60000, "2025-06-01")
        plain = settled("bazhong", person(), *bills)
        back = settled("bazhong", looking_back(tag), *bills)

        assert [shown(each, *BEFORE_RELIEF) for each in back] == [shown(each, *BEFORE_RELIEF) for each in plain]
        assert all(each["relief"] == "0.00" for each in plain)
        assert back[0]["relief"] != "0.00"

    def test_does_not_give_the_poor_persons_deductible_of_the_catastrophic_insurance(self):
        (back,) = settled("bazhong", looking_back("extremely_poor"), stay("level3", 60000))
        (held,) = settled("bazhong", person("resident", "extremely_poor"), stay("level3", 60000))

        assert back["catastrophic"] == "5983.20"
        assert held["catastrophic"] == "11177.40"

    def test_is_paid_as_the_handbook_computes_it_by_hand(self):
        # 60 000 − 35 580.00 − 5 983.20 = 18 436.80; 低保: no deductible, 70 %; then (5 531.04 − 8 500) earns no tilt
        (back,) = settled("bazhong", looking_back("minimum_allowance"), stay("level3", 60000))

        assert shown(back, "relief", "relief_tilt", "personal") == ("12905.76", "0.00", "5531.04")

    def test_earns_tilt_where_its_conditions_hold(self):
        # 因病致贫: (18 436.80 − 7 224) × 50 % = 5 606.40; 12 830.40 − 8 500 = 4 330.40 × 50 % = 2 165.20
        (back,) = settled("bazhong", looking_back("impoverished_by_illness"), stay("level3", 60000))

        assert shown(back, "relief", "relief_tilt") == ("5606.40", "2165.20")

    @pytest.mark.parametrize(("day", "relieved"), [("2025-01-01", True), ("2025-09-15", True), ("2025-09-16", False)])
    def test_counts_up_to_the_day_of_recognition(self, day, relieved):
        (back,) = settled("bazhong", looking_back("minimum_allowance"), stay("level3", 60000, day))

        assert (back["relief"] != "0.00") is relieved

    def test_yields_to_a_more_favourable_identity_that_is_held(self):
        bill = stay("level3", 60000)
        (back,) = settled("bazhong", looking_back("margin", "resident", "minimum_allowance"), bill)
        (held,) = settled("bazhong", person("resident", "minimum_allowance"), bill)

        assert shown(back, *PAYERS) == shown(held, *PAYERS)

    def test_is_named_in_the_steps(self):
        (back,) = settled("bazhong", looking_back("minimum_allowance"), stay("level3", 60000))

        assert [step["rule"] for step in back["steps"] if "依申请救助追溯" in step["label"]] == ["BZ-REL-5.5"]

    def test_holds_for_changzhi_too(self):
        plain = settled("changzhi", person(), stay("fee3", 60000))[0]
        back = settled("changzhi", person("resident", relief_tags=looking_back("margin")["relief_tags"]),
                       stay("fee3", 60000))[0]

        assert shown(back, *BEFORE_RELIEF) == shown(plain, *BEFORE_RELIEF)


class TestWithoutSuchAnIdentity:
    def test_an_empty_list_changes_no_byte(self):
        bills = stay("level3", 60000), stay("level2", 90000, "2025-06-01")
        who = person("resident", "margin")

        assert policy.settle(request("bazhong", who | {"relief_tags": []}, *bills)) == \
            policy.settle(request("bazhong", who, *bills))

    def test_days_outside_its_spell_change_no_byte(self):
        bill = stay("level3", 60000, "2025-12-01")

        assert policy.settle(request("bazhong", looking_back("margin"), bill)) == \
            policy.settle(request("bazhong", person(), bill))


class TestAYearWithRecognitionInAnyMonth:
    """An independent small calculator: relief bill by bill, on what the layers before it left."""

    GROUPS = {"minimum_allowance": (0, 70, 2_000_000), "margin": (288_960, 50, 1_000_000),
              "impoverished_by_illness": (722_400, 50, 1_000_000)}  # deductible, percent, limit in fen

    @pytest.mark.parametrize("tag", GROUPS)
    @pytest.mark.parametrize("month", range(1, 13))
    def test_gives_what_the_rule_gives_by_hand(self, tag, month):
        bills = [stay("level3", 8000 + 3000 * each, f"2025-{each:02d}-10") for each in range(1, 13)]
        pivot = f"2025-{month:02d}-15"
        held = {"tag": tag, "from": f"2025-{month:02d}-16", "to": None}
        who = person() | {"tags": [held], "relief_tags": [{"tag": tag, "from": "2025-01-01", "to": pivot}]}

        found = settled("bazhong", who, *bills)

        assert [(_fen(each["relief"]), _fen(each["relief_tilt"])) for each in found] == self.by_hand(found, tag)

    def by_hand(self, found, tag):
        deductible, percent, limit = self.GROUPS[tag]
        paid = base = tilted = 0
        expected = []
        for each in found:
            left = _fen(each["eligible"]) - sum(_fen(each[payer]) for payer in BEFORE_RELIEF)
            used = min(deductible, left)
            deductible -= used
            regular = min(((left - used) * percent + 50) // 100, limit - paid)
            paid, base = paid + regular, base + left - regular
            tilt = max(0, min(((base - 850_000) * 50 + 50) // 100 - tilted, 1_000_000 - tilted, left - regular))
            tilted += tilt
            expected.append((regular, tilt))
        return expected


def _fen(text: str) -> int:
    yuan, fen = text.split(".")
    return int(yuan) * 100 + int(fen)
