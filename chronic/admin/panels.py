"""What the case page shows, put together from rows: no decision is taken here."""
from dataclasses import dataclass

from django.urls import reverse

from casework.admin_base import may
from casework.admin_stages import Event, Stage, timeline
from casework.models import AuditEntry, Document, Notice
from chronic import services as chronic
from chronic.admin import facts
from chronic.models import Certification, CertificationItem, Entitlement
from chronic.services.judging import STATE_LABELS
from chronic.workflow import CERTIFICATION, CertificationStatus
from policy.catalogue import Catalogue, Unit

S = CertificationStatus
State = CertificationItem.State
TONES = {
    State.PENDING: "blue", State.MET: "green", State.NOT_MET: "red", State.GRANTED: "green", State.REFUSED: "red",
    State.WITHDRAWN: "grey",
}
STAGES = [
    ("申请", ("submit", "file", "file_open", "file_refused"), ()),
    ("医师结论", ("sign",), (S.SUBMITTED,)),
    ("审核盖章", ("seal",), (S.SIGNED,)),
    ("录入平台", ("enter", "file", "complete"), (S.SEALED,)),
    ("确认", ("confirm", "open_at_once"), (S.ENTERED,)),
]
SETBACKS = {
    "send_back", "refuse", "withdraw", "seal_refused", "file_refused", "complete_refused", "reject_stop", "cancel",
    "record_fault", "uphold", "refuse_recognition", "withdraw_recognition", "withdraw_objection",
}


def stages(case: Certification, entries: list[AuditEntry]) -> list[Stage]:
    """The stepper: what is done (with whose name), where the case stands, what is to come."""
    current = next((number for number, (_, _, found) in enumerate(STAGES) if case.status in found), len(STAGES))
    last = {entry.action: entry for entry in entries}
    ended = next((entry for entry in reversed(entries) if entry.status_after == case.status), None)
    shown = []
    for number, (label, actions, _) in enumerate(STAGES):
        entry = next((last[action] for action in actions if action in last), None)
        done = number < current and entry is not None
        if case.status in (S.REFUSED, S.WITHDRAWN) and not done:
            break
        state = "done" if done else "now" if number == current else "todo"
        stage = Stage(label, state, "✓" if done else f"{number + 1}")
        if done:
            stage.who, stage.when = entry.officer_name, entry.at
        shown.append(stage)
    if case.status in (S.REFUSED, S.WITHDRAWN):
        who, when = (ended.officer_name, ended.at) if ended else ("", None)
        shown.append(Stage(case.get_status_display(), "stop", "×", who, when))
    return shown


def acts_of(entries: list[AuditEntry], statuses: dict[str, str] = CERTIFICATION.statuses) -> list[Event]:
    """The case's acts, with the words and setbacks of long-term illness."""
    return timeline(entries, statuses, details=("number",), setbacks=SETBACKS)


@dataclass
class Shown:
    """One disease of the case: the criteria as a tree with the values given, the papers, the conclusion."""

    item: CertificationItem
    unit: Unit | None
    form: facts.Node | None
    category: str
    materials: list[dict]
    entitlement: Entitlement | None = None
    amend_url: str = ""

    @property
    def tone(self) -> str:
        return TONES[self.item.state]

    @property
    def reasons(self) -> list[str]:
        """Why the criteria say so, as long as there is no decision that says it."""
        if self.item.refusal_reason:
            return []
        return self.item.reasons if self.item.doctor_id else facts.without_doctor(self.item.reasons)

    @property
    def verdict_word(self) -> str:
        met = self.item.verdict.get("met")
        return STATE_LABELS["met" if met else "open" if met is None else "not_met"]

    @property
    def verdict_tone(self) -> str:
        return {True: "green", False: "red", None: "amber"}[self.item.verdict.get("met")]


def items_of(case: Certification, known: Catalogue, officer) -> list[Shown]:
    """The diseases of the case with their criteria. Two queries, whatever their number."""
    rows = list(case.items.select_related("doctor", "release").order_by("pk"))
    granted = {row.item_id: row for row in Entitlement.objects.filter(item__certification=case)
               .prefetch_related("periods")}
    may_amend = case.status == S.SUBMITTED and officer.may(CERTIFICATION.steps["amend"].permission)
    shown = []
    for item in rows:
        unit = known.units.get(item.unit)
        category = known.rules.categories.get(item.category)
        one = Shown(
            item, unit, facts.tree(unit, facts.stored(unit, item.facts)) if unit else None,
            category.label if category else item.category, _materials(item, unit, known), granted.get(item.pk),
        )
        if may_amend and item.state == State.PENDING:
            one.amend_url = reverse("admin:chronic_certification_item", args=[case.pk, item.pk])
        shown.append(one)
    return shown


def _materials(item: CertificationItem, unit: Unit | None, known: Catalogue) -> list[dict]:
    missing = item.verdict.get("materials_missing", [])
    kinds = [one.type for one in unit.materials] if unit else item.materials
    words = {True: ("已收", "green"), False: ("视情形", "grey")}
    rows = []
    for kind in dict.fromkeys(kinds):
        word, tone = words[kind in item.materials]
        if kind in missing and kind not in item.materials:
            word, tone = "还缺", "amber"
        rows.append({"name": known.material_label(kind), "word": word, "tone": tone})
    return rows


def documents_of(case: Certification, rows: list[Document], known: Catalogue) -> list[dict]:
    """The files of the case under an address that looks at the case first; opening one is on record."""
    return [
        {"name": known.material_label(row.kind), "file": row.name, "at": row.uploaded_at, "size": row.size,
         "url": reverse("admin:chronic_certification_document", args=[case.pk, row.pk])}
        for row in rows
    ]


def papers_of(case: Certification, rows: list[Notice], request) -> list[dict]:
    """The notices of the case with their print views, for whoever may open the case."""
    if not may(request, "chronic.view_certification"):
        return []

    def url(notice: Notice, form: str) -> str:
        return reverse("admin:chronic_certification_notice", args=[case.pk, notice.pk, form])

    return [
        {"title": row.title, "number": row.number, "url": url(row, "html"), "pdf_url": url(row, "pdf")} for row in rows
    ]


def required_documents(case: Certification, known: Catalogue) -> list[dict]:
    missing = set(chronic.missing_documents(case, known))
    return [{"name": label, "missing": label in missing} for label in known.rules.documents.values()]
