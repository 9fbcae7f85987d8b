"""The published texts, cut where citations point to: a chapter's question, or lines of the file.

Locators are those of `docs/rules/rules.csv`: `ch2 Q27(1)`, `ch1 §26` (chapter and question) or `Q30, L255–257` (lines).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_CHAPTER = re.compile(r"^#+ *第([一二三四五六七八九十]+)章")
_QUESTION = re.compile(r"^[#*\s]*([一二三四五六七八九十]{1,3})(问\s*[：:、]|、)")
_CHAPTERED = re.compile(r"ch(\d+) (?:Q|§)(\d+)(?:[–-](\d+))?")
_LINES = re.compile(r"L(\d+)(?:[–-](\d+))?")
_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")}
_MARGIN = 1


class SourceText:
    """One published text."""

    def __init__(self, path: Path) -> None:
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self._questions = self._cut()

    def at(self, locator: str) -> str:
        """Return the text that a locator points to, normalised; empty if it points nowhere."""
        return normalise(self._raw(locator))

    def rows(self, locator: str, names: Iterable[str]) -> str:
        """Return only the lines that name one of `names`: the rows of a table; all of the text if none does."""
        lines = [line for line in self._raw(locator).split("\n") if any(name in normalise(line) for name in names)]
        return normalise("\n".join(lines)) if lines else self.at(locator)

    def _raw(self, locator: str) -> str:
        parts = [self._question(found) for found in _CHAPTERED.finditer(locator)]
        parts += [self._range(found) for found in _LINES.finditer(locator)]
        return "\n".join(parts)

    def _question(self, found: re.Match[str]) -> str:
        first, last = int(found[2]), int(found[3] or found[2])
        return "\n".join(self._questions.get((int(found[1]), number), "") for number in range(first, last + 1))

    def _range(self, found: re.Match[str]) -> str:
        first, last = int(found[1]), int(found[2] or found[1])
        return "\n".join(self.lines[max(0, first - 1 - _MARGIN) : last + _MARGIN])

    def _cut(self) -> dict[tuple[int, int], str]:
        """Every question's lines: `五问：`, and `五、` where it follows. One heading may have got lost between two."""
        found: dict[tuple[int, int], list[str]] = {}
        chapter, number = 0, 0
        for line in self.lines:
            if heading := _CHAPTER.match(line):
                chapter, number = _number(heading[1]), 0
            elif heading := _QUESTION.match(line):
                skipped = _number(heading[1]) - number - 1
                if skipped == 0 or (skipped == 1 and "问" in heading[2]):
                    number += skipped + 1
            found.setdefault((chapter, number), []).append(line)
        return {place: "\n".join(lines) for place, lines in found.items()}


def normalise(text: str) -> str:
    """Drop what print and recognition put between characters: spaces, formula marks, thousands separators.

    Cells stay apart. Lines are given twice, apart and joined: some are rows of a table, some break a sentence.
    """
    text = text.translate({0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)})
    text = text.replace("\t", "|")
    apart = re.sub(r"\n+", "|", text)
    lines = [apart] if apart == text else [apart, text.replace("\n", "")]
    cleaned = re.sub(r"[\s$\\{}*]", "", "‖".join(lines))
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", cleaned)


def _number(text: str) -> int:
    """一 → 1, 十 → 10, 二十八 → 28."""
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return _DIGITS[text]
    return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)
