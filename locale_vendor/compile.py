"""Compile the vendor catalogue without gettext's tools: ``python locale_vendor/compile.py``.

Reads the small dialect of .po that the file beside it uses (one quoted string per line, plurals with one form)
and writes the .mo that Django loads. A test holds that the committed .mo equals what this makes of the .po.
"""
import ast
import struct
from pathlib import Path

CATALOGUE = Path(__file__).parent / "zh_Hans" / "LC_MESSAGES" / "django.po"


def messages(text: str) -> dict[str, str]:
    """Return msgid → msgstr; a plural's key is both forms joined by NUL, as the .mo format has it."""
    found: dict[str, str] = {}
    entry: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), 'msgid ""']:
        keyword, _, rest = line.partition(" ")
        if keyword == "msgid" and "msgstr" in entry:
            plural = f"\0{entry['msgid_plural']}" if "msgid_plural" in entry else ""
            found[entry["msgid"] + plural] = entry["msgstr"]
            entry = {}
        if keyword.startswith("msg"):
            key = keyword.removesuffix("[0]")
            entry[key] = ast.literal_eval(rest)
        elif line.startswith('"'):
            entry[key] += ast.literal_eval(line)
    return found


def compiled(found: dict[str, str]) -> bytes:
    """Return the .mo file: header, two tables of (length, offset), the strings, each ended by NUL."""
    pairs = sorted((key.encode(), value.encode()) for key, value in found.items())
    start = 28 + 16 * len(pairs)
    keys, values, strings = b"", b"", b""
    for table in (0, 1):
        for pair in pairs:
            cell = struct.pack("<2I", len(pair[table]), start + len(strings))
            strings += pair[table] + b"\0"
            if table == 0:
                keys += cell
            else:
                values += cell
    header = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return header + keys + values + strings


if __name__ == "__main__":
    CATALOGUE.with_suffix(".mo").write_bytes(compiled(messages(CATALOGUE.read_text(encoding="utf-8"))))
