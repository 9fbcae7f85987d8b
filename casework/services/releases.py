"""Keeping the rule packs that decisions were made under."""

from typing import TYPE_CHECKING

from casework import clock, rows
from casework.models import PackRelease

if TYPE_CHECKING:
    from policy import Pack


def keep_release(pack: "Pack") -> PackRelease:
    """Keep the whole text of a pack under its digest. One query if it is known, which it nearly always is."""
    ref = pack.ref
    for known in rows.read(PackRelease, "sha256 = %s", ref.sha256, without=("text",)):
        return known
    release, _ = PackRelease.objects.get_or_create(
        sha256=ref.sha256,
        defaults={
            "pool": pack.pool,
            "version": ref.version,
            "path": ref.path,
            "text": pack.text(),
            "first_used_at": clock.now(),
        },
    )
    return release
