"""Deeds as dialogs: one button, one sentence that names the consequence, one service.

    class ClaimAdmin(ModelAdmin):
        actions_detail = ["review"]

        @action(
            description="初审通过",
            consequence="通过后案件转交复核人员，您本人不能再复核此件。",
            permissions=["claims.review_claim"],
            form_class=NoteForm,
        )
        def review(self, request, form, object_id):
            services.review(claim_id=int(object_id), by=request.user, at=now(), note=form.cleaned_data["note"])
            return "初审已通过。"

The deed's answer: a text (shown as a message, then back to the page), a response, or None. GET only opens the
dialog and never changes anything; POST needs the CSRF token. A ``Refused`` keeps the dialog open with its message.
A case that changed since the officer opened its page is refused before the service is called.
"""
from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from casework.errors import Refused
from casework.models import AuditEntry

TONES = {"grey", "blue", "green", "amber", "red", "violet"}
REFUSED_STATUS = {
    "not_found": 404, "jurisdiction": 404, "out_of_jurisdiction": 404,
    "forbidden": 403, "no_permission": 403, "same_officer": 403,
}


def status_chip(label: str, tone: str = "grey") -> str:
    """A status as a coloured chip and a word (never colour alone)."""
    return format_html('<span class="cw-chip cw-{}">{}</span>', tone if tone in TONES else "grey", label)


def say_what_is_missing(form: forms.Form) -> None:
    """A blank field is named in the error, so that it can be read out of its place."""
    for field in form.fields.values():
        verb = "请选择" if isinstance(field, forms.ChoiceField | forms.FileField) else "请填写"
        field.error_messages["required"] = f"{verb}{field.label or '此项'}。"


class DialogForm(forms.Form):
    """What a deed asks. ``request`` and ``obj`` are there for choices that depend on the case."""

    required_css_class = "required"

    def __init__(self, *args, request=None, obj=None, **kwargs) -> None:
        self.request, self.obj = request, obj
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if getattr(obj, "version", None) is not None:
            opened = request.GET.get("version", "")
            self.fields["version"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=int(opened) if opened.isdecimal() else obj.version
            )

    def full_clean(self) -> None:
        say_what_is_missing(self)
        super().full_clean()

    @property
    def opened_version(self) -> int | None:
        return self.cleaned_data.get("version")


class NoteForm(DialogForm):
    """A deed with an optional word."""

    note = forms.CharField(label="意见", required=False, max_length=500, widget=forms.Textarea({"rows": 3}))


class RequiredNoteForm(DialogForm):
    """A deed that the regulation wants a reason for."""

    note = forms.CharField(label="理由", max_length=500, widget=forms.Textarea({"rows": 3}))


def action(
    *,
    description: str,
    consequence: str | Callable,
    title: str | None = None,
    permissions: list[str] | None = None,
    form_class: type[DialogForm] = DialogForm,
    submit: str | None = None,
    icon: str | None = None,
    variant: str = "default",
    url_path: str | None = None,
    template: str | None = None,
    done_url: Callable | None = None,
):
    """Make a method ``(self, request, form, object_id)`` of a ModelAdmin a deed in a dialog.

    ``consequence`` is the sentence above the form, or ``(model_admin, request, obj) -> str``. ``permissions`` are
    full names, all needed. ``template`` adds a fragment above the fields (context: ``obj``, ``form``).
    ``done_url(obj)`` names the page to go to afterwards; else the page that the deed was opened from.
    In ``actions_list`` the method is ``(self, request, form)`` and there is no object.
    """

    def decorator(method):
        @wraps(method)
        def view(model_admin, request, object_id=None, **kwargs):
            if not all(request.user.may(permission) for permission in view.needs):
                raise PermissionDenied
            obj = None
            if object_id is not None:
                obj = model_admin.get_object(request, object_id)
                if obj is None:
                    raise Http404
            deed = _Deed(model_admin, request, obj, object_id, view, method)
            return deed.act() if request.method == "POST" else deed.show(deed.form())

        view.deed = {
            "title": title or description, "consequence": consequence, "form_class": form_class,
            "submit": submit or description, "template": template, "done_url": done_url, "variant": variant,
        }
        view.short_description = description
        view.icon = icon
        view.variant = variant
        view.attrs = {}
        view.dialog = {"title": title or description}
        view.url_path = url_path or method.__name__
        view.original_function_name = method.__name__
        # Not `allowed_permissions`: the theme checks that name against the database before it is migrated.
        view.needs = tuple(permissions or ())
        return view

    return decorator


class _Deed:
    """One opening or sending of a dialog."""

    def __init__(self, model_admin, request, obj, object_id, view, method) -> None:
        self.model_admin, self.request, self.obj = model_admin, request, obj
        self.object_id, self.method, self.options = object_id, method, view.deed

    def form(self, data=None, files=None):
        return self.options["form_class"](data, files, request=self.request, obj=self.obj)

    def act(self):
        form = self.form(self.request.POST, self.request.FILES)
        if not form.is_valid():
            return self.show(form, status=422)
        try:
            with transaction.atomic():
                self._hold(form)
                arguments = () if self.obj is None else (self.object_id,)
                answer = self.method(self.model_admin, self.request, form, *arguments)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self.show(form, status=REFUSED_STATUS.get(refusal.code, 409))
        if isinstance(answer, HttpResponse):
            return answer
        if answer:
            messages.success(self.request, answer)
        return self._leave()

    def _hold(self, form) -> None:
        """Lock the case and refuse if it moved on while the officer was reading."""
        opened = form.cleaned_data.get("version")
        if opened is None:
            return
        held = type(self.obj)._default_manager.select_for_update().get(pk=self.obj.pk)
        if held.version != opened:
            raise Refused("changed_since_opened", what_changed(held))

    def _leave(self):
        return go(self.request, self._next())

    def _next(self) -> str:
        if self.options["done_url"]:
            return self.options["done_url"](self.obj)
        back = self.request.POST.get("next", "")
        if back and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            return back
        names = self.model_admin.model._meta
        if self.obj is None:
            return reverse(f"admin:{names.app_label}_{names.model_name}_changelist")
        return reverse(f"admin:{names.app_label}_{names.model_name}_change", args=[self.object_id])

    def show(self, form, status: int = 200):
        """The dialog alone for htmx; a whole page for a browser that followed the link."""
        consequence = self.options["consequence"]
        if callable(consequence):
            consequence = consequence(self.model_admin, self.request, self.obj)
        context = {
            **self.options, "consequence": consequence, "form": form, "obj": self.obj,
            "action_url": self.request.get_full_path(), "next": self.request.POST.get("next", ""),
        }
        if self.request.headers.get("HX-Request"):
            return HttpResponse(render_to_string("admin/deed_dialog.html", context, self.request), status=status)
        context |= {**self.model_admin.admin_site.each_context(self.request), "opts": None}
        return HttpResponse(render_to_string("admin/deed_page.html", context, self.request), status=status)


def go(request, url: str) -> HttpResponse:
    """Leave a dialog, also for another page than the one it was opened from."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def what_changed(case) -> str:
    """Say what happened to the case since it was opened, so that the officer need not compare pages."""
    last = AuditEntry.objects.filter(case_no=case.case_no).order_by("-at", "-pk").first()
    status = getattr(case, "get_status_display", lambda: case.status)()
    deed = f"最近一次办理：{last.officer_name}“{last.label}”。" if last else ""
    return f"您打开页面之后案件已有变动，本次操作没有执行。案件现在的状态是“{status}”。{deed}请刷新页面，核对后再办理。"
