"""The function that replays a settled bill, by its release, day and facts as a row of the database holds them."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from casework import rows
from policy import Pack, packed

FACTS = "SELECT digest, text FROM claims_settledfacts WHERE digest = ANY(%s)"
EPOCH = date(2000, 1, 1)
"""The day from which PostgreSQL counts."""

KNOWN = 20_000
"""Texts of facts that a process remembers, about."""

_TEXTS: dict[bytes, str] = {}


class Functions(dict[bytes, packed.Function | None]):
    """The function of each key of release, day and facts that a row holds; made when it is first asked for.

    None where there is none: only the request can tell, or the facts are `unknown` as yet.
    """

    def __init__(self, pack_of: Callable[[int], Pack]) -> None:
        self._pack_of = cache(pack_of)
        self.unknown: set[bytes] = set()
        self.levels: dict[str, int] = {}
        """Levels of the packs met by their place, as a ledger keeps them, in hundredths."""

    def __missing__(self, key: bytes) -> packed.Function | None:
        release, day = int.from_bytes(key[:8], "big"), int.from_bytes(key[12:16], "big", signed=True)
        text = _TEXTS.get(key[20:])
        if text is None:
            self.unknown.add(key[20:])
            return None
        pack = self._pack_of(release)
        self.levels |= {level: 100 * place for place, level in enumerate(pack.keys("level"), 1)}
        found = self[key] = self.made(pack, text, EPOCH + timedelta(days=day))
        return found

    def made(self, pack: Pack, facts: str, day: date) -> packed.Function | None:
        return packed.replayer_of(pack).function(facts, day)

    def learn(self) -> bool:
        """Read the texts of the facts that were unknown; whether any was found.

        The process remembers them: a digest has one text for ever.
        """
        wanted, self.unknown = [UUID(bytes=digest) for digest in self.unknown], set()
        if not wanted:
            return False
        if len(_TEXTS) > KNOWN:
            _TEXTS.clear()
        [answer] = rows.run(rows.Statement(FACTS, [wanted]))
        _TEXTS.update((digest.bytes, text) for digest, text in answer.rows)
        return bool(answer.rows)
