"""Rows by the million, piece by piece as the server sends them; the connection serves on whatever happens."""

import pytest
from django.db import DatabaseError, connection, transaction

from casework import rows

pytestmark = pytest.mark.django_db
NUMBERS = "COPY (SELECT generate_series(1, 5000)) TO STDOUT"


def answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def test_come_all_and_in_order():
    assert [int(piece) for piece in rows.copied(NUMBERS)] == list(range(1, 5001))
    assert answers()


def test_may_be_left_in_the_middle():
    pieces = rows.copied(NUMBERS)
    assert int(next(pieces)) == 1
    pieces.close()
    assert answers()


@pytest.mark.parametrize("sql", ["COPY nothing TO STDOUT", "SELECT 1"])
def test_refuse_what_is_no_copy(sql):
    with pytest.raises(DatabaseError), transaction.atomic():
        list(rows.copied(sql))
    assert answers()


def test_tell_of_an_error_on_the_way():
    with pytest.raises(DatabaseError), transaction.atomic():
        list(rows.copied("COPY (SELECT 1 / (3000 - n) FROM generate_series(1, 5000) AS n) TO STDOUT"))
    assert answers()
