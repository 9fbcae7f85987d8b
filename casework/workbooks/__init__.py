"""Uploaded .xlsx files: judged before they are parsed, read as text, and written so that no cell can run.

An upload is hostile until shown otherwise: its zip directory is judged first (a 250 KB file can unpack to 59 MB and
cost the parser a gigabyte), then its XML is scanned for entities, formulas, merged and hidden cells, and only then
is it read. What is refused has a stable code; faults of cells are told all at once, by the row that Excel shows.
"""

from casework.workbooks.faults import MAX_FAULTS, Fault, FileRefused
from casework.workbooks.gate import MAX_BYTES, judge, judge_file
from casework.workbooks.reading import Columns, Sheet, read
from casework.workbooks.writing import neutral, write

__all__ = [
    "MAX_BYTES", "MAX_FAULTS", "Columns", "Fault", "FileRefused", "Sheet", "judge", "judge_file", "neutral", "read",
    "write",
]
