"""The theme's own words in Chinese."""
import importlib.util
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext, ngettext

FOLDER = Path(__file__).parents[2] / "locale_vendor"


def compiler():
    spec = importlib.util.spec_from_file_location("compile_catalogue", FOLDER / "compile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestTheVendorCatalogue:
    def test_is_compiled_from_the_text_beside_it(self):
        tool = compiler()
        text = tool.CATALOGUE.read_text(encoding="utf-8")

        assert tool.compiled(tool.messages(text)) == tool.CATALOGUE.with_suffix(".mo").read_bytes()

    def test_is_what_the_screens_speak(self):
        with translation.override("zh-hans"):
            assert gettext("Apply Filters") == "按此筛选"
            assert ngettext("%(counter)s result", "%(counter)s results", 2) % {"counter": 2} == "2 条结果"

    def test_leaves_no_word_without_translation(self):
        found = compiler().messages(compiler().CATALOGUE.read_text(encoding="utf-8"))

        assert [key for key, value in found.items() if not value.strip()] == []
