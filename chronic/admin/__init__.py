"""The screens of chronic and special diseases. Thin: each translates, calls one service, translates back."""
from chronic.admin import (
    certifications,
    drugs,
    endings,
    entitlements,
    interface,
    interface_lists,
    objections,
    person_tab,
    recognitions,
    registers,
    reviews,
    two_diseases,
)

__all__ = [
    "certifications", "drugs", "endings", "entitlements", "interface", "interface_lists", "objections", "person_tab",
    "recognitions", "registers", "reviews", "two_diseases",
]
