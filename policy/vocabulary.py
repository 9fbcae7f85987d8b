"""The words that requests of every pool share. What a word is worth in a pool is the pack's matter."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

Scheme = Literal["employee", "resident"]
Tag = Literal[
    "active", "retired", "flexible", "unemployed", "employer", "individual_tier1", "individual_tier2", "tier1", "tier2",
    "child", "minor", "student", "civil_servant", "large_amount", "treasury_paid", "extremely_poor", "orphan",
    "minimum_allowance", "margin", "impoverished_by_illness", "monitored", "monitored_risk_open", "returned_to_poverty",
    "risk_of_return", "sudden_hardship",
]  # fmt: skip
Year = Annotated[int, Field(ge=1900, le=9998)]
Count = Annotated[int, Field(ge=0, le=9999)]
Title = Literal["resident_physician", "attending", "associate_chief", "chief"]
"""Professional titles of doctors, in the order of their rank."""
