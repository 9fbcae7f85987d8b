"""Rows of models, read and written with SQL that is put together once for each model.

Where a case is decided the ORM would spend more time on writing its SQL than the database on answering it. Tables,
columns and types are the models' own; nothing is decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import JSONField, Model

Row = TypeVar("Row", bound=Model)


def read(model: type[Row], condition: str, *values: Any, without: tuple[str, ...] = ()) -> list[Row]:
    """The rows of a model that meet an SQL condition (with what follows it: ORDER BY, FOR UPDATE). One query.

    Columns `without` which a row is read are fetched when they are asked for.
    """
    names, select = _select(model, without)
    with connection.cursor() as cursor:
        cursor.execute(f"{select} WHERE {condition}", values)
        return [model.from_db(connection.alias, names, row) for row in cursor.fetchall()]


def insert(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, and put their keys on them. One query, none for no rows.

    Values are taken as they stand on the rows: nothing is validated here but by the database.
    """
    if not rows:
        return
    shape = _insert(type(rows[0]))
    with connection.cursor() as cursor:
        cursor.execute(
            f"{shape.start} VALUES {', '.join([shape.place] * len(rows))} RETURNING {shape.returning}",
            [shape.value(row, number) for row in rows for number in range(len(shape.names))],
        )
        for row, found in zip(rows, cursor.fetchall(), strict=True):
            for name, value in zip(shape.returned, found, strict=True):
                setattr(row, name, value)
            row._state.adding, row._state.db = False, connection.alias


@dataclass(frozen=True)
class _Insert:
    """How rows of one model are inserted."""

    start: str
    place: str
    returning: str
    names: tuple[str, ...]
    json: tuple[Any, ...]
    returned: tuple[str, ...]

    def value(self, row: Model, number: int) -> Any:
        found, field = getattr(row, self.names[number]), self.json[number]
        return found if field is None else field.get_db_prep_save(found, connection)


@cache
def _select(model: type[Model], without: tuple[str, ...]) -> tuple[list[str], str]:
    """The attribute names that are read of a model, in the order of its fields, and its SELECT."""
    fields = [field for field in model._meta.concrete_fields if field.attname not in without]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return [field.attname for field in fields], f'SELECT {columns} FROM "{model._meta.db_table}"'  # noqa: S608


@cache
def _insert(model: type[Model]) -> _Insert:
    fields = model._meta.concrete_fields
    written = [field for field in fields if not field.primary_key]
    returned = [field for field in fields if field.primary_key or getattr(field, "db_returning", False)]
    columns = ", ".join(f'"{field.column}"' for field in written)
    return _Insert(
        start=f'INSERT INTO "{model._meta.db_table}" ({columns})',
        place=f"({', '.join(['%s'] * len(written))})",
        returning=", ".join(f'"{field.column}"' for field in returned),
        names=tuple(field.attname for field in written),
        json=tuple(field if isinstance(field, JSONField) else None for field in written),
        returned=tuple(field.attname for field in returned),
    )
