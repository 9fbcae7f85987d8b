"""Masks leave no more than they say."""

import pytest

from policy.masking import mask_account, mask_id, mask_name, mask_phone


class TestMasks:
    @pytest.mark.parametrize(
        ("name", "masked"), [("张三丰", "张**"), ("张三", "张*"), ("张", "*"), ("", ""), (" 李四 ", "李*")]
    )
    def test_a_name_keeps_its_first_character(self, name, masked):
        assert mask_name(name) == masked

    def test_an_identity_number_keeps_district_and_tail(self):
        assert mask_id("11010519491231002X") == "110105********002X"

    def test_a_phone_keeps_three_and_four(self):
        assert mask_phone("13800001234") == "138****1234"

    def test_an_account_keeps_four(self):
        assert mask_account("6212260000000000018") == "***************0018"

    @pytest.mark.parametrize("mask", [mask_id, mask_phone, mask_account])
    @pytest.mark.parametrize("text", ["", "1", "1234"])
    def test_what_is_too_short_is_hidden_whole(self, mask, text):
        assert mask(text) == "*" * len(text)
