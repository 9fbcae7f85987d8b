"""How a test that commits leaves the database: every table as the migrations left it.

Django would truncate all tables and seed them anew, 760 statements a test. Rows are deleted here, and what the
migrations and their seeds had written is copied back as it was. The append-only tables refuse both, so their
triggers sleep meanwhile.
"""
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.test import TransactionTestCase


class Seeds:
    """The rows of a migrated database, each table as PostgreSQL copies it out."""

    def __init__(self) -> None:
        self.tables = sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))
        self.rows = {table: rows for table in self.tables if (rows := copied(table))}

    def restore(self) -> None:
        empty(self.tables)
        with triggers_asleep(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                    copy.write(rows)


def copied(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
        return b"".join(copy)


def empty(tables: list[str]) -> None:
    with triggers_asleep(), connection.cursor() as cursor:
        cursor.execute("; ".join(f'DELETE FROM "{table}"' for table in tables))


@contextmanager
def triggers_asleep() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield


def seed_anew() -> None:
    """What a run that was killed has left in a database that is used again goes before the first test."""
    empty(connection.introspection.django_table_names(only_existing=True, include_views=False))
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def restore_after_tests_that_commit(seeds: Seeds) -> Callable[[], None]:
    """Django's own emptying gives way to ours; returns what brings it back."""
    djangos = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda _: seeds.restore()

    def undo() -> None:
        TransactionTestCase._fixture_teardown = djangos

    return undo
