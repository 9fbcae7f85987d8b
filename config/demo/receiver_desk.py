"""What the stand-in for the other authorities knows: who may speak to it, what it took, what it answers and offers.

It is somebody else's system: standard library only, nothing imported from the application.
"""

import csv
import hmac
import io
import json
import threading
import time
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from config.demo import receiver_lists, receiver_memory

MODES = ("normal", "partial", "late", "twice", "mute", "silent", "down")
WINDOW = 300
PART = 1_000


@dataclass
class Push:
    """A delivery that was taken whole: its manifest, its rows, how often its answers and lists were asked for."""

    manifest: dict[str, Any]
    receipt: str
    rows: list[list[str]]
    asked: int = 0
    lists_asked: int = 0


@dataclass
class Office:
    """What one authority has got and has to give."""

    files: dict[str, bytes] = field(default_factory=dict)
    pushes: dict[str, Push] = field(default_factory=dict)
    lists: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[str, bytes] = field(default_factory=dict)
    taken: int = 0
    repeats: int = 0


class Fault(Exception):
    """An answer that is not 200: status and code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Desk:
    """All authorities at one address; the key's name says which one is spoken to.

    `keep` is a file to remember everything in; `recognising`, it sends a list back after each push, by itself.
    """

    def __init__(
        self, secret: str, mode: str = "normal", clock: Any = time.time, *, keep: Path | None = None,
        recognising: bool = False,
    ) -> None:
        self.secret, self.mode, self.clock, self.keep, self.recognising = secret, mode, clock, keep, recognising
        known = receiver_memory.read(keep) if keep else {}
        self.offices = {name: _office(said) for name, said in known.items()}
        self.nonces: set[str] = set()
        self.lock = threading.RLock()

    def remember(self) -> None:
        """Before anybody hears that something was taken or is offered, it is on the disk."""
        if self.keep:
            receiver_memory.write(self.keep, {name: asdict(office) for name, office in self.offices.items()})

    def forget(self) -> None:
        """Begin anew, as the other side of a bureau that does."""
        with self.lock:
            self.offices.clear()
            self.remember()

    def key(self, name: str) -> bytes:
        return hmac.new(self.secret.encode(), f"exchange:{name}".encode(), sha256).hexdigest().encode()

    def sign(self, name: str, text: str) -> str:
        return hmac.new(self.key(name), text.encode(), sha256).hexdigest()

    def admit(self, method: str, path: str, headers: Any, body: bytes) -> tuple[str, Office]:
        """Who asks: the signature covers method, address, moment, nonce and body, and is good once."""
        name, nonce = headers.get("X-Exchange-Key", ""), headers.get("X-Exchange-Nonce", "")
        moment, given = headers.get("X-Exchange-Time", ""), headers.get("X-Exchange-Signature", "")
        if not (name and nonce and moment and given):
            raise Fault(401, "SIGN_MISSING")
        text = "\n".join((method, path, moment, nonce, sha256(body).hexdigest()))
        if not hmac.compare_digest(self.sign(name, text), given):
            raise Fault(401, "SIGN_INVALID")
        if not moment.isdigit() or abs(self.clock() - int(moment)) > WINDOW:
            raise Fault(401, "CLOCK_SKEW")
        with self.lock:
            if nonce in self.nonces:
                raise Fault(409, "NONCE_USED")
            self.nonces.add(nonce)
            return name, self.offices.setdefault(name.rpartition(":")[0], Office())

    def take_file(self, office: Office, name: str, body: bytes) -> dict[str, Any]:
        with self.lock:
            if not name.endswith(".json"):
                if any(name.startswith(f"{stem}.") and office.files.get(name) != body for stem in office.pushes):
                    raise Fault(409, "SUBMISSION_CONFLICT")
                office.files[name] = body
                return {"kept": name}
            return {"receipt": self._take_push(office, name.removesuffix(".json"), body)}

    def _take_push(self, office: Office, stem: str, body: bytes) -> str:
        manifest = json.loads(body)
        digest = sha256(body).hexdigest()
        known = office.pushes.get(stem)
        if known is not None:
            if known.manifest != manifest:
                raise Fault(409, "SUBMISSION_CONFLICT")
            office.repeats += 1
            return known.receipt
        if manifest["number"] != office.taken + 1:
            raise Fault(409, "SEQUENCE_GAP")
        for file in manifest["files"]:
            if sha256(office.files.get(file["name"], b"")).hexdigest() != file["sha256"]:
                raise Fault(422, "DIGEST_MISMATCH")
        rows = self._rows(office, manifest)
        office.taken += 1
        office.pushes[stem] = Push(manifest, f"RC{manifest['number']:06d}-{digest[:8]}", rows)
        self.remember()
        return office.pushes[stem].receipt

    @staticmethod
    def _rows(office: Office, manifest: dict[str, Any]) -> list[list[str]]:
        """The rows of the text file; count and sum must be those of the manifest."""
        file = next(file for file in manifest["files"] if file["form"] != "xlsx")
        encoding = "gb18030" if file["form"] == "csv_gb" else "utf-8-sig"
        rows = list(csv.reader(io.StringIO(office.files[file["name"]].decode(encoding), newline="")))[1:]
        cents = sum(int(row[6].replace(".", "")) for row in rows)
        if len(rows) != manifest["rows"] or cents != int(manifest["amount"].replace(".", "")):
            raise Fault(422, "TRAILER_MISMATCH")
        return rows

    def answers(self, office: Office, stem: str, after: int) -> list[dict[str, Any]]:
        with self.lock:
            push = office.pushes.get(stem)
            if push is None:
                raise Fault(404, "UNKNOWN")
            push.asked += 1
            if self.mode == "mute" or (self.mode == "late" and push.asked < 3):
                return []
            said = [self._said(int(row[0])) for row in push.rows]
            size = max(1, (len(said) + 1) // 2) if self.mode == "partial" else PART
            parts = [
                {"part": first // size + 1, "rows": said[first:first + size]} for first in range(0, len(said), size)
            ]
            parts = [part for part in parts if part["part"] > after]
            if self.mode == "partial" and after == 0:
                return parts[:1]
            return [one for part in parts for one in ([part, part] if self.mode == "twice" else [part])]

    def _said(self, number: int) -> dict[str, Any]:
        if self.mode == "partial" and number % 3 == 0:
            return {"number": number, "accepted": False, "code": "NOT_FOUND", "message": "户籍系统查无此人"}
        return {"number": number, "accepted": True}

    def offer(self, name: str, said: dict[str, Any], content: bytes) -> None:
        """Have a list ready for the bureau to fetch."""
        with self.lock:
            office = self.offices.setdefault(name, Office())
            office.contents[said["file"]] = content
            office.lists.append({**said, "sha256": sha256(content).hexdigest(), "bytes": len(content)})
            self.remember()

    def lists(self, name: str, office: Office, after: int) -> list[dict[str, Any]]:
        """What is offered. Recognising takes its time: the list after a push is there when it is asked for again."""
        with self.lock:
            for push in office.pushes.values() if self.recognising else ():
                push.lists_asked += 1
                if push.lists_asked == 2:
                    self._recognise(name, office, push)
            return [one for one in office.lists if one["number"] > after]

    def _recognise(self, name: str, office: Office, push: Push) -> None:
        address = name.rpartition(":")[0]
        last = office.lists[-1]["file"] if office.lists else ""
        earlier = next(csv.reader(office.contents[last].decode("gb18030").splitlines()[1:]), []) if last else []
        made = receiver_lists.list_back(address.partition(".")[2], push.manifest, earlier, push.rows)
        if made is not None:
            said, content = made
            self.offer(address, {**said, "number": len(office.lists) + 1}, content)


def _office(said: dict[str, Any]) -> Office:
    pushes = {stem: Push(**push) for stem, push in said["pushes"].items()}
    return Office(**{**said, "pushes": pushes})
