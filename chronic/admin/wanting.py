"""What a case still wants before a doctor can conclude: of each disease the facts that are open, the papers missing.

The questions are those of the counter form, left out as far as they are answered.
"""
from chronic import services as chronic
from chronic.admin import facts
from chronic.admin.facts import Node
from chronic.admin.parts import Part
from chronic.models import CertificationItem
from policy.catalogue import Catalogue


class WantingPart(Part):
    """One disease with what is on record, what is asked, and what was sent of it."""

    item: CertificationItem

    @property
    def asked(self) -> set[str]:
        return set(self.item.verdict.get("open") or ())

    def checklist(self, known: Catalogue) -> list[dict]:
        """The papers that have not come."""
        return [row for row in super().checklist(known) if row["type"] not in self.item.materials]

    def supplied(self) -> dict:
        """The facts that were sent, and nothing else that a form could name."""
        return {fact: value for fact, value in self.typed.facts.items() if fact in self.asked}

    def papers(self) -> list[str]:
        return [kind for kind in self.materials if kind not in self.item.materials]

    def mistakes(self) -> list[str]:
        """Each field that is wrong, by its name; what the criteria can't read is said of the disease."""
        wrong = [
            f"“{self.unit.label}” {facts.signs(self.unit.facts[fact].label)}（{fact}）：{words}"
            for fact, words in self.typed.errors.items() if fact in self.asked
        ]
        return wrong or ([self.refusal] if self.refusal else [])


def wants(item: CertificationItem) -> bool:
    """Whether the disease waits for facts, or for papers that its facts make needed."""
    if item.state != CertificationItem.State.PENDING:
        return False
    return item.verdict.get("met") is None or bool(item.verdict.get("materials_missing"))


def parts_of(items: list[CertificationItem], known: Catalogue, data=None) -> list[WantingPart]:
    """A part for each disease that wants something, filled with what was sent."""
    return [_part(item, known, data) for item in items if wants(item)]


def _part(item: CertificationItem, known: Catalogue, data) -> WantingPart:
    unit = chronic.unit_of(known, item.unit)
    typed, sent = facts.stored(unit, item.facts), []
    if data is not None:
        read = facts.read(unit, data)
        asked = set(item.verdict.get("open") or ())
        for fact in asked & set(read.texts):
            typed.texts[fact] = read.texts[fact]
            if fact in read.facts:
                typed.facts[fact] = read.facts[fact]
        typed.errors = {fact: words for fact, words in read.errors.items() if fact in asked}
        sent = data.getlist(f"{unit.code}:material")
    part = WantingPart(unit, typed, item.diagnosed_on.isoformat(), [*item.materials, *sent])
    part.item = item
    part.judge(known)
    part.form = _asking(part, facts.tree(unit, facts.stored(unit, item.facts)))
    return part


def _asking(part: WantingPart, on_record: Node | None) -> Node | None:
    """The tree of the questions that are open: without what is answered, and without branches that what is on record
    has decided. Each fact is asked where it stands first of what is left."""
    if part.form is None or on_record is None:
        return None
    decided = {node.id for node in on_record.walk() if node.asked.state != "open"}
    kept, seen = _pruned(part.form, part.asked, decided), set()
    for node in kept.walk() if kept else ():
        fact = node.asked.fact
        node.name = f"{part.unit.code}:{fact}" if fact and fact not in seen else ""
        node.error = node.error if node.name else ""
        seen.add(fact)
    return kept


def _pruned(node: Node, asked: set[str], decided: set[str]) -> Node | None:
    """Groups stay above what they still ask. A measure that is to be repeated is decided only with its group."""
    if node.asked.fact:
        return node if node.asked.fact in asked else None
    if node.id in decided:
        return None
    node.parts = [kept for part in node.parts if (kept := _pruned(part, asked, decided)) is not None]
    return node if node.parts else None
