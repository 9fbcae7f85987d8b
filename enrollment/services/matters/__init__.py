"""Matters (参保事项): which there are, and handling one from its application to the register's change."""
from enrollment.services.matters.handling import (
    approve_matter,
    ask_supplement,
    check_matter,
    handle_matter,
    receive_supplement,
    refuse_matter,
    register_resident_household,
    withdraw_matter,
)
from enrollment.services.matters.items import item_on, items_on, load_service_items
from enrollment.services.matters.kinds import KINDS, MatterKind

__all__ = [
    "KINDS",
    "MatterKind",
    "approve_matter",
    "ask_supplement",
    "check_matter",
    "handle_matter",
    "item_on",
    "items_on",
    "load_service_items",
    "receive_supplement",
    "refuse_matter",
    "register_resident_household",
    "withdraw_matter",
]
