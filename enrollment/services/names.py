"""Pinyin of Chinese names, for search and sorting."""
import re

from pypinyin import Style, lazy_pinyin

SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "盖": "ge", "朴": "piao",
    "任": "ren", "华": "hua", "纪": "ji", "宁": "ning", "葛": "ge", "乐": "yue", "翟": "zhai", "缪": "miao",
    "员": "yun", "贠": "yun", "覃": "qin", "晟": "cheng", "种": "chong", "秘": "bi", "折": "she", "逄": "pang",
    "繁": "po", "祭": "zhai", "尹": "yin", "牟": "mu", "冼": "xian", "洗": "xian", "能": "nai", "黑": "he",
    "盛": "sheng", "俞": "yu", "过": "guo", "隗": "wei", "召": "shao", "卜": "bu", "石": "shi", "车": "che",
}
COMPOUND_SURNAMES = {
    "尉迟": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "单于": "chan yu", "澹台": "tan tai", "宇文": "yu wen",
    "夏侯": "xia hou", "欧阳": "ou yang", "司马": "si ma", "诸葛": "zhu ge", "上官": "shang guan", "皇甫": "huang fu",
    "令狐": "ling hu", "慕容": "mu rong", "鲜于": "xian yu", "闾丘": "lv qiu", "亓官": "qi guan", "独孤": "du gu",
}
_NOT_A_LETTER = re.compile(r"[^a-z]")


def pinyin(name: str) -> str:
    """Return the syllables of a name, e.g. `单于飞` → `chan yu fei`; a surname is read as a surname."""
    head, rest = _surname(name.strip())
    return " ".join([*head, *lazy_pinyin(rest, style=Style.NORMAL, errors=_letters)])


def initials(name: str) -> str:
    """Return the first letter of each syllable, e.g. `曾小红` → `zxh`."""
    return "".join(syllable[0] for syllable in pinyin(name).split())


def _surname(name: str) -> tuple[list[str], str]:
    if name[:2] in COMPOUND_SURNAMES:
        return COMPOUND_SURNAMES[name[:2]].split(), name[2:]
    if name[:1] in SURNAMES:
        return [SURNAMES[name[0]]], name[1:]
    return [], name


def _letters(other: str) -> list[str]:
    """What is not a Chinese character keeps its letters, each run as one syllable; dots between names go."""
    words = (_NOT_A_LETTER.sub("", word) for word in re.split(r"[·・\s]+", other.lower()))
    return [word for word in words if word]
