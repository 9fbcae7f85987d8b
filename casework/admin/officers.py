"""Officers and roles: who may do what, and where."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from casework import services
from casework.admin_base import DialogForm, EditableAdmin, ModelAdmin, action, display, register
from casework.clock import now
from casework.models import Officer

admin.site.unregister(Group)


class PasswordForm(DialogForm):
    """The new password, twice."""

    password = forms.CharField(label="新口令", strip=False, widget=forms.PasswordInput())
    again = forms.CharField(label="再输一次", strip=False, widget=forms.PasswordInput())

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError("两次输入的口令不一致。")
        return again


@register(Officer)
class OfficerAdmin(EditableAdmin):
    """Accounts are opened and changed through the service; nobody changes his own."""

    list_display = ("staff_no", "name", "username", "region_code", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("=staff_no", "name", "=username")
    filter_horizontal = ("groups",)
    fieldsets = (
        (None, {"fields": ("username", "name", "staff_no")}),
        ("岗位", {"fields": ("region_code", "groups", "is_active", "last_login")}),
    )
    actions_detail = ("set_password",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Officer | None = None) -> tuple[str, ...]:
        return ("username", "name", "staff_no", "last_login") if obj else ("is_active", "last_login")

    @display(description="岗位")
    def roles(self, officer: Officer) -> str:
        return "、".join(group.name for group in officer.groups.all())

    def save_model(self, request: HttpRequest, obj: Officer, form: forms.ModelForm, change: bool) -> None:
        values = form.cleaned_data
        roles = [group.name for group in values["groups"]]
        if change:
            services.change_officer(
                officer_id=obj.pk, by=request.user, at=now(), region_code=values["region_code"], roles=roles,
                is_active=values["is_active"],
            )
            return
        made = services.appoint(
            username=values["username"], name=values["name"], staff_no=values["staff_no"],
            region_code=values["region_code"], roles=roles, by=request.user, at=now(),
        )
        obj.pk = made.pk

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        """Roles are set by the service."""

    @action(
        description="重置口令",
        consequence="该人员须用新口令重新登录，现有登录立即失效。此操作记入审计。",
        permissions=["casework.change_officer"],
        form_class=PasswordForm,
    )
    def set_password(self, request: HttpRequest, form: PasswordForm, object_id: str) -> str:
        services.set_password(
            officer_id=int(object_id), password=form.cleaned_data["password"], by=request.user, at=now()
        )
        return "口令已重置。"


@register(Group)
class RoleAdmin(ModelAdmin):
    """Roles are declared in the apps and written after each migration; here they are shown."""

    scoped = False
    list_display = ("name", "officers")
    search_fields = ("name",)
    fields = ("name", "what_it_may")
    readonly_fields = ("name", "what_it_may")

    @display(description="人数")
    def officers(self, group: Group) -> int:
        return len(group.user_set.all())

    @display(description="权限")
    def what_it_may(self, group: Group) -> str:
        return "、".join(permission.name for permission in group.permissions.select_related("content_type"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("user_set")
