"""Large files on disk: streamed into the private store, whole or not at all, found again by their digest."""
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from django.conf import settings

from casework.errors import Refused
from casework.services.documents import blob_path

BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the bytes lie."""

    sha256: str
    size: int

    @property
    def path(self) -> Path:
        return blob_path(self.sha256)


def keep(file: IO[bytes], *, limit: int) -> Stored:
    """Stream an upload into the store; more than `limit` bytes are refused and leave nothing."""
    with temporary("upload") as path:
        digest, size = sha256(), 0
        with path.open("wb") as out:
            while block := file.read(BLOCK):
                size += len(block)
                if size > limit:
                    raise Refused("FILE_TOO_LARGE", f"文件超过{limit // BLOCK}MB，请分批上传。")
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        return _place(path, Stored(digest.hexdigest(), size))


def adopt(path: Path) -> Stored:
    """Take a finished file into the store."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
        os.fsync(file.fileno())
    return _place(path, Stored(digest.hexdigest(), path.stat().st_size))


@contextmanager
def temporary(name: str) -> Iterator[Path]:
    """A file beside the store, gone at the end unless it was taken in."""
    folder = Path(settings.DOCUMENT_ROOT) / "bulk"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, path = tempfile.mkstemp(dir=folder, prefix=f".{name}-")
    os.close(handle)
    try:
        yield Path(path)
    finally:
        Path(path).unlink(missing_ok=True)


def sweep(name: str) -> None:
    """Remove what a killed run of this name left behind."""
    for path in (Path(settings.DOCUMENT_ROOT) / "bulk").glob(f".{name}-*"):
        path.unlink(missing_ok=True)


def _place(path: Path, stored: Stored) -> Stored:
    target = stored.path
    if not (target.exists() and target.stat().st_size == stored.size):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
    return stored
