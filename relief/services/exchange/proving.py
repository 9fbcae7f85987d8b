"""Proving that the exchange is whole: lists, deliveries and answers say of themselves what their rows say."""

from django.db import connection


def broken_exchange() -> list[tuple[str, str]]:
    """What the database's own view finds wrong with the exchange: name and key; empty is well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, key FROM relief_exchange_violation ORDER BY name, key")
        found: list[tuple[str, str]] = cursor.fetchall()
    return found
