"""The gate: what an upload is, told from its first bytes, its zip directory and its XML, before it is parsed."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from casework.workbooks.faults import MAX_FAULTS, refusal

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
MAX_PARTS = 500

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
ARCHIVES = {".zip", ".rar", ".7z", ".gz", ".xlsx", ".xlsm", ".xls", ".exe"}


def judge(data: bytes, *, max_unpacked: int = MAX_UNPACKED) -> None:
    """Refuse what is no plain .xlsx, by its first bytes and its zip directory; nothing is unpacked for this."""
    if not data:
        raise refusal("FILE_EMPTY", "文件是空的，请检查后重新上传。")
    if data.startswith(OLE):
        if ENCRYPTED_STREAM in data:
            raise refusal("ENCRYPTED", "文件设有打开密码，请去掉密码后重新上传。")
        raise refusal("TYPE_MISMATCH", "文件是旧版 .xls 格式，请另存为“Excel 工作簿（.xlsx）”后上传。")
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except BadZipFile as error:
        raise refusal("TYPE_MISMATCH", "文件内容不是 .xlsx 工作簿，请用 Excel 另存为 .xlsx 后上传。") from error
    _judge_parts(parts, len(data), max_unpacked)


def judge_file(path: Path, *, max_unpacked: int = MAX_UNPACKED) -> None:
    """The same for a stored file, of which only the head and the zip directory are read."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        if not head or head.startswith(OLE):
            judge(head + file.read(MAX_BYTES))
        try:
            with ZipFile(file) as archive:
                parts = archive.infolist()
        except BadZipFile as error:
            raise refusal("TYPE_MISMATCH", "文件内容不是 .xlsx 工作簿，请用 Excel 另存为 .xlsx 后上传。") from error
    _judge_parts(parts, size, max_unpacked)


@dataclass
class Scan:
    """What the XML of a sheet tells before it is parsed for its values."""

    rows: int = 0
    widest: int = 0
    formulas: list[str] = field(default_factory=list)
    merged: bool = False
    hidden: bool = False
    _cell: str = ""
    _cells_in_row: int = 0
    _row_counted: bool = False

    def start(self, tag: str, given: dict[str, str]) -> None:
        """Take note of one opening tag, whatever prefix it carries."""
        tag = tag.rpartition(":")[2]
        if tag == "row":
            self._cells_in_row, self._row_counted = 0, False
        elif tag == "c":
            self._cell, self._cells_in_row = given.get("r", ""), self._cells_in_row + 1
            self.widest = max(self.widest, self._cells_in_row)
        elif tag in {"v", "t"} and not self._row_counted:
            self._row_counted = True
            self.rows += 1
        elif tag == "f" and len(self.formulas) < MAX_FAULTS:
            self.formulas.append(self._cell)
        elif tag == "mergeCell":
            self.merged = True
        if tag in {"row", "col"} and given.get("hidden") in {"1", "true"}:
            self.hidden = True


def _judge_parts(parts: list[ZipInfo], size: int, max_unpacked: int) -> None:
    names = [part.filename for part in parts]
    if any(part.flag_bits & 1 for part in parts):
        raise refusal("ENCRYPTED", "文件设有密码，请去掉密码后重新上传。")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > max_unpacked or unpacked > MAX_RATIO * size:
        raise refusal("ARCHIVE_RATIO", "文件解压后过大，已拒绝。请删除多余的行列和格式后另存。")
    if len(names) > MAX_PARTS or len(set(names)) != len(names) or any(_foreign(part) for part in parts):
        raise refusal("ARCHIVE_CONTENT", "文件内含有压缩包、链接或异常路径，已拒绝。请新建工作簿，粘贴数据后上传。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refusal("MACRO_REFUSED", "文件含有宏，已拒绝。请另存为不含宏的 .xlsx 工作簿。")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= set(names):
        raise refusal("TYPE_MISMATCH", "文件内容不是 .xlsx 工作簿，请用 Excel 另存为 .xlsx 后上传。")


def _foreign(part: ZipInfo) -> bool:
    """Whether a part has no place in a workbook: a link, a path out of the archive, an archive in the archive."""
    path = PurePosixPath(part.filename)
    link = part.external_attr >> 28 == 0o12
    return link or path.is_absolute() or ".." in path.parts or path.suffix.lower() in ARCHIVES


def scan_part(archive: ZipFile, name: str) -> Scan:
    """Read a part's XML without building anything; a document type declaration ends it (entity bombs)."""
    scan = Scan()
    parser = expat.ParserCreate()
    if name.startswith("xl/worksheets/"):
        parser.StartElementHandler = scan.start
    parser.StartDoctypeDeclHandler = _refuse_entities
    parser.EntityDeclHandler = _refuse_entities
    try:
        with archive.open(name) as part:
            parser.ParseFile(part)
    except expat.ExpatError as error:
        raise BadZipFile(name) from error
    return scan


def _refuse_entities(*_: object) -> None:
    raise refusal("XML_ENTITY", "文件内部含有不允许的实体声明，已拒绝。请新建工作簿，粘贴数据后上传。")
