"""Rows of models, read and written with SQL that is put together once for each model, several statements at a time.

Where a case is decided the ORM would spend more time on writing its SQL than the database on answering it, and each
question asked alone costs a way to the database and back. Tables, columns and types are the models' own; nothing is
decided here. Each statement of a `run` sees what was committed before it began, as if it had been sent alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.db import DatabaseError, connection
from django.db.models import JSONField, Model
from psycopg.pq import ExecStatus

Row = TypeVar("Row", bound=Model)


class Statement(NamedTuple):
    """One SQL statement with its values."""

    sql: str
    values: Sequence[Any] = ()


class Answer(NamedTuple):
    """What a statement gave: its rows, if it returns any, and how many it touched."""

    rows: list[tuple[Any, ...]]
    count: int  # type: ignore[assignment]


def run(*statements: Statement) -> list[Answer]:
    """Send statements to the database in one go; their answers in order. One query."""
    if connection.settings_dict["OPTIONS"].get("server_side_binding"):
        return [answer for statement in statements for answer in _send([statement])]
    return _send(statements)


def read(model: type[Row], condition: str, *values: Any, without: tuple[str, ...] = ()) -> list[Row]:
    """The rows of a model that meet an SQL condition (with what follows it: ORDER BY, FOR UPDATE). One query.

    Columns `without` which a row is read are fetched when they are asked for.
    """
    found: list[Row] = read_all(Question(model, condition, values, without))[0]
    return found


class Question(NamedTuple):
    """One `read`, to be asked together with others."""

    model: type[Any]
    condition: str
    values: Sequence[Any] = ()
    without: tuple[str, ...] = ()


def read_all(*questions: Question) -> list[list[Any]]:
    """Several `read`s in one query: for each question its rows."""
    answers = run(*map(_asking, questions))
    return [_made(question, answer) for question, answer in zip(questions, answers, strict=True)]


def copied(sql: str) -> Iterator[bytes]:
    """What `COPY … TO STDOUT` sends, piece by piece as the server sends it: for rows by the million.

    psycopg's own `copy` does the same through a generator that costs more than the server's work on a row.
    """
    connection.ensure_connection()
    assert connection.connection is not None
    server = connection.connection.pgconn
    answer = server.exec_(sql.encode())
    if answer.status != ExecStatus.COPY_OUT:
        raise DatabaseError(answer.error_message.decode(errors="replace"))
    size = 1
    try:
        while size > 0:
            size, piece = server.get_copy_data(0)
            if size > 0:
                yield bytes(piece)
    finally:
        while size > 0:
            size, _ = server.get_copy_data(0)
        answer = server.get_result()
        while server.get_result() is not None:
            pass
    if answer is not None and answer.status == ExecStatus.FATAL_ERROR:
        raise DatabaseError(answer.error_message.decode(errors="replace"))


def insert(*groups: Sequence[Model], first: Statement | None = None) -> None:
    """Insert new rows, each group of one model, and put their keys on them. One query, none for no rows.

    Values are taken as they stand on the rows: nothing is validated here but by the database. `first` is sent
    before them, in the same query: what they refer to.
    """
    wanted = [rows for rows in groups if rows]
    if wanted:
        before = [first] if first else []
        for rows, answer in zip(wanted, run(*before, *map(inserting, wanted))[len(before):], strict=True):
            keep(rows, answer)


def inserting(rows: Sequence[Model]) -> Statement:
    """The statement that inserts rows of one model."""
    shape = _insert(type(rows[0]))
    return Statement(
        f"{shape.start} VALUES {', '.join([shape.place] * len(rows))} RETURNING {shape.returning}",
        [shape.value(row, number) for row in rows for number in range(len(shape.names))],
    )


def keep(rows: Sequence[Model], answer: Answer) -> None:
    """Put on inserted rows what the database gave them: keys, and columns that it fills itself."""
    shape = _insert(type(rows[0]))
    for row, found in zip(rows, answer.rows, strict=True):
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


def _send(statements: Sequence[Statement]) -> list[Answer]:
    answers = []
    with connection.cursor() as cursor:
        cursor.execute(
            ";\n".join(statement.sql for statement in statements),
            [value for statement in statements for value in statement.values],
        )
        for number in range(len(statements)):
            if number:
                cursor.nextset()
            answers.append(Answer(cursor.fetchall() if cursor.description else [], cursor.rowcount))
    return answers


def _asking(question: Question) -> Statement:
    return Statement(f"{_select(question.model, question.without)[1]} WHERE {question.condition}", question.values)  # type: ignore[arg-type]


def _made(question: Question, answer: Answer) -> list[Any]:
    names = _select(question.model, question.without)[0]  # type: ignore[arg-type]
    return [question.model.from_db(connection.alias, names, row) for row in answer.rows]


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
