"""Proving that the audit trail is whole, and anchoring its heads outside the database.

The chains show an edit and a gap; only the anchor shows a tail that was cut, or a table that was replaced.
"""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from casework.models import AuditLink

BATCH = 5000
# What this transaction itself has written is linked before it is judged; outside of one, it does nothing.
LINK_NOW = "SET CONSTRAINTS casework_auditentry_c_link IMMEDIATE; SET CONSTRAINTS casework_auditentry_c_link DEFERRED"

Head = tuple[int, int, str]


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with the trail: which chain and number, and what (`content`, `gap`, `cut` …)."""

    chain: int
    seq: int
    fault: str
    case_no: str = ""

    def __str__(self) -> str:
        return f"链{self.chain} 第{self.seq}条 {self.case_no} {self.fault}".replace("  ", " ")


def verify_audit(*, anchor: Path | None = None) -> list[Fault]:
    """All faults of the trail: each entry against its link, each link against the one before, all against the anchors.

    An empty list means: nothing was edited, left out or reordered, and nothing that was ever anchored is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(LINK_NOW)
        cursor.execute(
            "SELECT chain, coalesce(seq, 0), fault, coalesce(case_no, '') FROM audit_bad ORDER BY chain, seq, entry_id"
        )
        faults = [Fault(*row) for row in cursor.fetchall()]
    path = anchor or anchor_path()
    return faults + list(_against(path)) if path.exists() else faults


def anchor_audit(*, at: datetime, anchor: Path | None = None) -> Path:
    """Append the heads of all chains to the anchor file, signed if a key is set. The file lies outside the database.

    Each line also holds the digest of the line before it, so that a line can't be taken out either.
    """
    path = anchor or anchor_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    line: dict[str, Any] = {"at": at.isoformat(), "heads": _heads(), "before": _digest(_last_line(path))}
    line["signature"] = _sign(line)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
    return path


def anchor_path() -> Path:
    """Where the anchors lie: `AUDIT_ANCHOR_FILE`, best on another disk or host."""
    return Path(getattr(settings, "AUDIT_ANCHOR_FILE", settings.VAR_DIR / "audit-heads.jsonl"))


def _heads() -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(LINK_NOW)
    newest = AuditLink.objects.order_by("chain", "-seq").distinct("chain").values_list("chain", "seq", "hash")
    return {str(chain): [seq, digest] for chain, seq, digest in newest}


def _against(path: Path) -> Iterator[Fault]:
    before = ""
    batch: set[Head] = set()
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            line = json.loads(text)
            signature = line.pop("signature")
            whole = line["before"] == _digest(before) and hmac.compare_digest(signature, _sign(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole:
            yield Fault(-1, number, "anchor")
            before = text
            continue
        before = text
        batch.update((int(chain), int(seq), str(digest)) for chain, (seq, digest) in line["heads"].items())
        if len(batch) >= BATCH:
            yield from _missing(batch)
            batch = set()
    yield from _missing(batch)


def _missing(heads: set[Head]) -> Iterator[Fault]:
    """The anchored heads that the trail no longer has as they were."""
    chains, seqs, digests = zip(*heads, strict=True) if heads else ((), (), ())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.chain, h.seq FROM unnest(%s::int[], %s::bigint[], %s::text[]) AS h(chain, seq, hash)"
            " LEFT JOIN casework_auditlink l ON l.chain = h.chain AND l.seq = h.seq"
            " WHERE l.hash IS DISTINCT FROM h.hash ORDER BY 1, 2",
            [list(chains), list(seqs), list(digests)],
        )
        for chain, seq in cursor.fetchall():
            yield Fault(chain, seq, "cut")


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return lines[-1] if lines else ""


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest() if text else ""


def _sign(line: dict[str, Any]) -> str:
    """An HMAC under `AUDIT_ANCHOR_KEY`, whose holder is not the database's administrator; "" without a key."""
    key = str(getattr(settings, "AUDIT_ANCHOR_KEY", ""))
    text = json.dumps(line, ensure_ascii=False, sort_keys=True)
    return hmac.new(key.encode(), text.encode(), sha256).hexdigest() if key else ""
