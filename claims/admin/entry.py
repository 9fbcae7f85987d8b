"""Entering costs: a page that works by keyboard, keeps what was typed, and lets the service judge."""
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from casework.admin_deeds import what_changed
from casework.clock import now
from casework.errors import Refused
from claims import services
from claims.admin import panels
from claims.admin.bills import CostForm, Costs, Lines
from claims.admin.options import Options
from claims.admin.registration import saved
from claims.models import Claim
from claims.workflow import CLAIM

BLANK_LINES = 3
TRIED = "试算"
"""Stands for the number of an invoice that a trial has not."""


class EntryPage:
    """The entry's half of the claims' screen."""

    def entry_view(self, request, claim_id):
        claim = self.visible(request, claim_id)
        case_url = reverse("admin:claims_claim_change", args=[claim.pk])
        step = next((row for row in CLAIM.open_steps(claim, request.user) if row.step.name == "enter_details"), None)
        if step is None or not step.allowed:
            messages.error(request, step.reason if step else f"该件现为“{claim.get_status_display()}”，不能录入明细。")
            return HttpResponseRedirect(case_url)
        options = Options.of(claim.person)
        entered = Entered.posted(request, options) if request.method == "POST" else Entered.of(claim, options)
        context = {"version": request.POST.get("version", claim.version), "bound": request.method == "POST"}
        if request.method == "POST" and "_add_stay" not in request.POST:
            if entered.valid():
                try:
                    self._enter(request, claim, entered)
                except Refused as refusal:
                    context["refusal"] = refusal.message
                else:
                    messages.success(request, "明细已录入，可以结算。")
                    return saved(case_url, f"entry-{claim.pk}")
            else:
                context["errors"] = True
        return TemplateResponse(request, "claims/entry.html", {
            **self.admin_site.each_context(request), "opts": self.opts, "original": claim, "title": "录入明细",
            "relief_only": claim.reason.relief_only,
            "claim": claim, "person": claim.person, "case_url": case_url, "stays": entered.stays,
            "person_name": claim.person.name if request.user.may("enrollment.see_names") else claim.person.masked_name,
            "benefits": options.words(), "entries": entered.titled(), **context,
        })

    def _enter(self, request, claim: Claim, entered: "Entered") -> None:
        version = request.POST.get("version", "")
        if not version.isdecimal():
            raise PermissionDenied
        try:
            services.enter_details(
                claim_id=claim.pk, stays=entered.taken(), by=request.user, at=now(), expected_version=int(version)
            )
        except Refused as refusal:
            if refusal.code == "changed_since_opened":
                raise Refused(refusal.code, what_changed(claim)) from refusal
            raise


class Entered:
    """The bills of the page, each with its lines: from the claim, or from what was sent."""

    def __init__(self, stays, lines: list) -> None:
        self.stays = stays
        self.pairs: list[tuple[CostForm, Lines]] = list(zip(stays.forms, lines, strict=True))

    @classmethod
    def of(cls, claim: Claim, options: Options) -> "Entered":
        visits = panels.visits(claim)
        stays = costs_of(options, initial=[_head(visit) for visit in visits])
        lines = [
            lines_of(number, [_line(row) for row in visits[number].rows] if number < len(visits) else [])
            for number in range(len(stays.forms))
        ]
        return cls(stays, lines)

    @classmethod
    def posted(cls, request, options: Options) -> "Entered":
        if "_add_stay" in request.POST:
            return cls._with_another(request.POST, options)
        stays = costs_of(options, request.POST)
        return cls(stays, [Lines(request.POST, prefix=f"stay-{number}-lines") for number in range(len(stays.forms))])

    @classmethod
    def _with_another(cls, data, options: Options) -> "Entered":
        """The same page with one blank bill more, of the last one's kind: what was typed stays, unjudged."""
        sent = costs_of(options, data)
        rows = [_raw(form) for form in sent.forms]
        alike = {name: rows[-1][name] for name in ("benefit", "institution", "disease")} if rows else {}
        if rows and rows[-1]["invoice_no"].startswith(TRIED):
            alike["invoice_no"] = f"{TRIED}{len(rows) + 1}"
        stays = costs_of(options, initial=[*rows, alike])
        lines = [
            lines_of(number, [_raw(form) for form in Lines(data, prefix=f"stay-{number}-lines").forms])
            for number in range(len(rows))
        ]
        lines += [lines_of(number, []) for number in range(len(rows), len(stays.forms))]
        return cls(stays, lines)

    def valid(self) -> bool:
        """Judge every form, so that all errors show at once; lines of a deleted stay do not count."""
        heads = self.stays.is_valid()
        gone = set(map(id, self.stays.deleted_forms)) if heads else set()
        judged = [lines.is_valid() for form, lines in self.pairs if id(form) not in gone]
        return all(judged) and heads

    def titled(self) -> list[dict]:
        """Each bill with the words that stand over it."""
        several = len(self.pairs) > 1
        return [
            {"form": form, "lines": lines, "title": _title(form, number if several else 0)}
            for number, (form, lines) in enumerate(self.pairs, 1)
        ]

    def taken(self) -> list:
        """The bills as the service takes them."""
        gone = set(map(id, self.stays.deleted_forms))
        return [
            form.stay(lines=[line.line() for line in lines.live]) for form, lines in self.pairs if id(form) not in gone
        ]


def costs_of(options: Options, data=None, **more):
    return Costs(data, prefix="stay", form_kwargs={"options": options}, **more)


def _title(form: CostForm, number: int) -> str:
    kind = form.kind
    name = kind.name if kind else "费用"
    return f"第 {number} {kind.one if kind else '笔'}：{name}" if number else name


def lines_of(number: int, rows: list[dict]):
    formset = Lines(prefix=f"stay-{number}-lines", initial=rows)
    formset.extra = BLANK_LINES if not rows else 1
    return formset


def _raw(form) -> dict:
    """What was typed into a form, as it came."""
    return {
        name: form[name].data if form[name].data is not None else "" for name in form.fields if name != "DELETE"
    }


def _head(visit) -> dict:
    names = (
        "benefit", "admitted_on", "discharged_on", "disease", "drug", "diagnosis", "diagnosis_code", "invoice_no",
        "invoice_code", "emergency", "referred", "course", "total", "settlement_no",
    )
    head = {name: getattr(visit, name) for name in names}
    head |= {
        "institution": f"{visit.institution.code} {visit.institution.name}", "birth_event": visit.birth_event_id or "",
    }
    head |= {name: head[name].isoformat() for name in ("admitted_on", "discharged_on")}
    if visit.mode == visit.Mode.SUMS:
        sums = ("own_expense", "first_self_pay", "deducted", "deduction_reason")
        head |= {name: getattr(visit, name) or "" for name in sums}
    return head | {f"paid_{name}": amount or "" for name, amount in visit.paid_elsewhere.items()}


def _line(row) -> dict:
    names = ("line_class", "name", "amount", "rate", "deducted", "deduction_reason")
    found = {name: getattr(row, name) for name in names}
    found["deducted"] = row.deducted or ""
    found["rate"] = "" if row.rate is None else f"{row.rate.normalize():f}"
    return found
