"""The parts of the counter form: who applies, and each disease as it is being filled in."""
from dataclasses import dataclass, field
from datetime import date

from django import forms

from casework.errors import Refused
from chronic import services as chronic
from chronic.admin import facts
from chronic.models import Certification
from chronic.services import Verdict
from policy.catalogue import Catalogue, Unit
from policy.errors import PolicyError
from policy.periods import parse_day

Channel = Certification.Channel
STATE_WORDS = {"met": "符合标准", "not_met": "不符合标准", "open": "尚不能判定"}
TONES = {"met": "green", "not_met": "red", "open": "amber"}


class ApplicantForm(forms.Form):
    """Who came, and the papers that every application needs."""

    required_css_class = "required"
    channel = forms.ChoiceField(label="申请人")
    phone = forms.CharField(label="联系电话", required=False, max_length=20)
    agent_name = forms.CharField(label="代办人", required=False, max_length=50)
    agent_id_no = forms.CharField(label="代办人证件号码", required=False, max_length=30)

    def __init__(self, *args, officer, **kwargs) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        wanted = [Channel.PERSON, Channel.PROXY, *([Channel.HOSPITAL] if officer.institution_code else [])]
        self.fields["channel"].choices = [(one.value, one.label) for one in wanted]

    def clean(self):
        given = super().clean()
        if given.get("channel") == Channel.PROXY:
            for name in ("agent_name", "agent_id_no"):
                if not given.get(name):
                    self.add_error(name, "代办的须填写。")
        return given


@dataclass
class Part:
    """One disease of the application as it is being filled in."""

    unit: Unit
    typed: facts.Typed
    diagnosed: str = ""
    materials: list[str] = field(default_factory=list)
    verdict: Verdict | None = None
    refusal: str = ""
    form: facts.Node | None = None
    diagnosed_error: str = ""

    @property
    def state(self) -> str:
        return self.verdict.state if self.verdict else "open"

    @property
    def word(self) -> str:
        return STATE_WORDS[self.state]

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def said(self) -> list[str]:
        return [] if self.verdict is None else facts.without_doctor(self.verdict.reasons)

    def checklist(self, known: Catalogue) -> list[dict]:
        """The unit's own papers: wanting only where the facts make it needed."""
        missing = self.verdict.answer["materials_missing"] if self.verdict else []
        return [
            {"type": one.type, "name": known.material_label(one.type), "received": one.type in self.materials,
             "missing": one.type in missing, "sometimes": one.when is not None, "note": one.note}
            for one in self.unit.materials
        ]

    def judge(self, known: Catalogue) -> "Part":
        """Put in what the criteria say so far."""
        self.form = facts.tree(self.unit, self.typed)
        try:
            self.verdict = chronic.evaluate(known, self.unit, self.typed.facts, materials=self.materials)
        except Refused as refusal:
            self.refusal = refusal.message
        return self

    def day(self) -> date | None:
        """The day of the diagnosis; None with the words beside the field where it is none."""
        try:
            return parse_day(self.diagnosed)
        except (PolicyError, ValueError):
            self.diagnosed_error = "请填写确诊日期，如 2025-03-08。"
            return None


def sent_part(unit: Unit, data, known: Catalogue) -> Part:
    """One disease out of the sent form."""
    return Part(
        unit, facts.read(unit, data), data.get(f"{unit.code}:diagnosed", "").strip(),
        data.getlist(f"{unit.code}:material"),
    ).judge(known)
