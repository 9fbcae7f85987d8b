import pytest

from enrollment.services.names import initials, pinyin


class TestPinyin:
    @pytest.mark.parametrize(("name", "read"), [
        ("单小明", "shan xiao ming"),
        ("曾国强", "zeng guo qiang"),
        ("仇英", "qiu ying"),
        ("解放", "xie fang"),
        ("查良", "zha liang"),
        ("区大伟", "ou da wei"),
        ("盖春", "ge chun"),
        ("尉迟恭", "yu chi gong"),
        ("单于飞", "chan yu fei"),
        ("张曾", "zhang ceng"),
        ("李单", "li dan"),
    ])
    def test_reads_a_surname_as_a_surname_and_only_there(self, name, read):
        assert pinyin(name) == read

    def test_keeps_the_letters_of_foreign_names(self):
        assert pinyin("John Smith") == "john smith"
        assert initials("阿依古丽·买买提") == "ayglmmt"

    def test_has_nothing_to_say_of_no_name(self):
        assert initials("") == ""
