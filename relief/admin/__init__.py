"""Relief's screens: applications, years settled again, recomputes, the year and what was spent in it."""

from relief.admin import applications, recompute, reconsiderations, years

__all__ = ["applications", "recompute", "reconsiderations", "years"]
