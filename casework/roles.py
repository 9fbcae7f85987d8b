"""What each role may do: declared by every app beside its steps, written to the groups after each migration.

An app's AppConfig says `roles = {"初审": ["claims.review_claim", …]}`; a role is the sum of what all apps give it.
The roles named in any app are held to exactly that; groups of other names are the bureau's own and left alone.
"""

import logging
from collections import defaultdict

from django.apps import apps
from django.contrib.auth.models import Group, Permission

ROLES = ("窗口经办", "初审", "复核", "拨付", "主管", "审计", "系统管理")

log = logging.getLogger(__name__)


def declared() -> dict[str, set[str]]:
    """Role → `app.codename` of all it may do, summed over the apps."""
    given: dict[str, set[str]] = defaultdict(set)
    for name in ROLES:
        given[name] = set()
    for config in apps.get_app_configs():
        for name, permissions in getattr(config, "roles", {}).items():
            given[name].update(permissions)
    return dict(given)


def sync() -> list[str]:
    """Write the roles to the groups; returns declared permissions that no model has (a mistake, and logged)."""
    ids = {
        f"{app}.{codename}": pk
        for app, codename, pk in Permission.objects.values_list("content_type__app_label", "codename", "pk")
    }
    missing: list[str] = []
    for name, permissions in declared().items():
        group, _ = Group.objects.get_or_create(name=name)
        missing += sorted(permissions - ids.keys())
        wanted = {ids[permission] for permission in permissions & ids.keys()}
        if wanted != set(group.permissions.values_list("pk", flat=True)):
            group.permissions.set(wanted)
    if missing:
        log.warning("roles name permissions that do not exist: %s", ", ".join(missing))
    return missing
