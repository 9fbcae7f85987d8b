"""The lists that the stand-in sends back after a push: whom it recognised, with the mistakes that real lists have.

It is somebody else's system: standard library only, nothing imported from the application.
"""

import csv
import io
from typing import Any

HEADINGS = ("证件号码", "姓名", "出生日期", "困难身份", "变动", "开始日期", "结束日期", "认定文号")
CATEGORY = {"civil_affairs": "低保边缘家庭成员", "agriculture": "防止返贫监测对象（未消除风险）"}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
TAKEN = {"civil_affairs": slice(4), "agriculture": slice(-1, None)}
"""Whom of a push each recognises, unless he is in a category already."""
ID_NO, NAME, BORN, KNOWN = 2, 3, 4, 8


def list_back(code: str, push: dict[str, Any], earlier: list[str], rows: list[list[str]]) -> tuple[dict, bytes] | None:
    """What this authority says of a push: its manifest and its bytes; None if it recognises nobody.

    Of each second list the bureau has something to decide: it says one row more than it has, one person's name is
    written otherwise, and one has a number that nobody has. `earlier` is who was recognised last, for a year only.
    """
    number, month = push["number"], following(push["month"])
    chosen = [row for row in rows if not row[KNOWN]][TAKEN.get(code, slice(0))]
    if not chosen:
        return None
    troubled = number % 2 == 0 and code == "civil_affairs"
    said = [_line(row, code, month, number) for row in chosen]
    if troubled:
        said = [_garbled(line, place) for place, line in enumerate(said)]
        until = f"{int(month[:4]) + 1}-{month[5:]}-15"
        said += [[*earlier[:4], "变更", earlier[5], until, earlier[7]]] if earlier else []
    manifest = {"number": number, "month": month, "complete": False, "rows": len(said) + troubled,
                "file": f"list-{number:06d}.csv"}
    return manifest, _bytes(said)


def following(month: str) -> str:
    """The month after one written YYYY-MM."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def _line(row: list[str], code: str, month: str, number: int) -> list[str]:
    document = f"{'民' if code == 'civil_affairs' else '农'}函〔{month[:4]}〕{number}号"
    return [row[ID_NO], row[NAME], row[BORN], CATEGORY[code], "认定", f"{month}-01", "", document]


def _garbled(line: list[str], place: int) -> list[str]:
    """The second person under another name, the third under a number that nobody has."""
    id_no, name, *rest = line
    if place == 1:
        return [id_no, f"{name[0]}{'晓' if name[1:2] != '晓' else '小'}{name[2:] or name[1:]}", *rest]
    if place == 2:
        stem = f"{id_no[:14]}{(int(id_no[14:17]) + 1) % 1000:03d}"
        total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
        return [stem + "10X98765432"[total % 11], name, *rest]
    return line


def _bytes(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADINGS, *rows])
    return text.getvalue().encode("gb18030")
