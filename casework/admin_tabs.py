"""Tabs that apps above add to a page of an app below. The lower page asks here and knows none of them.

    @tab("enrollment.person", key="chronic", label="慢特病待遇", template="chronic/person_tab.html",
         permission="chronic.view_entitlement")
    def entitlements(person, request) -> dict: ...

The function gives the template's context; a number under `count` stands beside the label.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

Context = Callable[[Any, HttpRequest], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One tab: who may see it, and how it is drawn."""

    key: str
    label: str
    template: str
    permission: str
    context: Context


_tabs: dict[str, list[Tab]] = defaultdict(list)


def tab(page: str, *, key: str, label: str, template: str, permission: str) -> Callable[[Context], Context]:
    """Add a tab to a page; the same key takes the place of an earlier one."""

    def add(context: Context) -> Context:
        _tabs[page] = [one for one in _tabs[page] if one.key != key]
        _tabs[page].append(Tab(key=key, label=label, template=template, permission=permission, context=context))
        return context

    return add


def tabs_of(page: str, shown: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs of a page that whoever asks may see, drawn."""
    made = []
    for one in _tabs[page]:
        if not request.user.has_perm(one.permission):
            continue
        context = one.context(shown, request)
        html = render_to_string(one.template, context, request)
        made.append({"key": one.key, "label": one.label, "count": context.get("count"), "html": html})
    return made
