"""The list of service items, loaded from the data file and the bureau's to change afterwards."""
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from casework.errors import Refused
from casework.models import TimeLimit
from enrollment.models import CareFiling, ItemMaterial, ServiceItem
from enrollment.workflow import MATTER

DATA = Path(__file__).resolve().parents[2] / "data" / "service_items.toml"


@transaction.atomic
def load_service_items() -> int:
    """Add the items, materials and time limits of the data file; returns the items added. What stands, stays."""
    added, data = 0, tomllib.loads(DATA.read_text(encoding="utf-8"))
    for row in data["limit"]:
        _limit(row["kind"], row["from"], row["working_days"], row["article"])
    for row in data["item"]:
        materials, days = row.pop("materials", []), row.pop("working_days", 0)
        key = {"kind": row.pop("kind"), "valid_from": row.pop("from")}
        item, is_new = ServiceItem.objects.get_or_create(defaults=row, **key)
        if is_new:
            added += 1
            ItemMaterial.objects.bulk_create(ItemMaterial(item=item, **material) for material in materials)
            _limit(item.kind, item.valid_from, days, item.article)
    return added


def items_on(day: date) -> list[ServiceItem]:
    """All kinds as they stand on `day`, in the order of the list, with their materials."""
    return sorted(ServiceItem.objects.in_force(day).prefetch_related("materials"), key=lambda item: item.pk)


def item_on(kind: str, day: date) -> ServiceItem:
    """The kind as it stands on `day`; refuses one that is not on the list."""
    item = ServiceItem.objects.in_force(day).filter(kind=kind).prefetch_related("materials").first()
    if item is None:
        raise Refused("MATTER_UNKNOWN", "该事项不在服务事项清单中，或尚未施行。")
    return item


def limit_names() -> dict[str, str]:
    """Every kind's name by the name under which the table of time limits knows it. Filings for care elsewhere have a
    limit without being a matter of this list."""
    rows = ServiceItem.objects.order_by("valid_from").values_list("kind", "name")
    named = {f"{MATTER.matter}:{kind}": name for kind, name in rows}
    return {f"{MATTER.matter}:care_filing": str(CareFiling._meta.verbose_name), **named}


def lacking(item: ServiceItem, received: list[str]) -> list[str]:
    """The names of required materials that were not received; of those that stand for each other one suffices."""
    given, missing, choices = set(received), [], {}
    for material in item.materials.all():
        if not material.required:
            continue
        if material.choice:
            choices.setdefault(material.choice, []).append(material)
        elif material.code not in given:
            missing.append(material.name)
    for group in choices.values():
        if not any(material.code in given for material in group):
            missing.append("或".join(material.name for material in group))
    return missing


def check_received(item: ServiceItem, received: Any) -> list[str]:
    """The received materials by their codes; refuses one that the item does not know."""
    codes = list(dict.fromkeys(received))
    unknown = set(codes) - {material.code for material in item.materials.all()}
    if unknown:
        raise Refused("MATERIAL_UNKNOWN", "所收材料不在该事项的材料清单中，请核对。")
    return codes


def _limit(kind: str, valid_from: date, days: int, article: str) -> None:
    if days:
        TimeLimit.objects.get_or_create(
            matter=f"{MATTER.matter}:{kind}", step="", region_code="", valid_from=valid_from,
            defaults={"working_days": days, "article": article},
        )
