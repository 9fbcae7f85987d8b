"""Which rows an officer may see: declared once per model, and nothing where it is not declared."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from casework.models.officer import Officer


def area_prefix(area: str) -> str:
    """The leading digits that every code inside `area` shares: 511900 → 5119, 511902 → 511902.

    Same containment as `policy.regions.contains`, in the form a database index can use.
    """
    code = area.strip()
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return ""
    for _ in range(3):
        code = code.removesuffix("00") if len(code) % 2 == 0 else code
    return code


class JurisdictionQuerySet(models.QuerySet[Any]):
    """Rows of a model that lies in somebody's territory.

    A model whose territory is not its own `region_code` column names the path to it in the class attribute
    `jurisdiction`, e.g. `"claim__region_code"`. One that a hospital's own staff may see names the path to the
    institution's code in `institution_scope`; of all others they see nothing.
    """

    def visible_to(self, officer: "Officer | Any") -> Self:
        """The rows inside the officer's territory. No officer, an inactive one or one without region: no rows."""
        prefix = area_prefix(getattr(officer, "region_code", "") or "")
        if not prefix or not getattr(officer, "is_active", False):
            return self.none()
        path = getattr(self.model, "jurisdiction", "region_code")
        rows = self.filter(**{f"{path}__startswith": prefix})
        house = getattr(officer, "institution_code", "")
        if not house:
            return rows
        scope = getattr(self.model, "institution_scope", "")
        return rows.filter(**{scope: house}) if scope else self.none()


JurisdictionManager = models.Manager.from_queryset(JurisdictionQuerySet)
