from collections.abc import Callable
from datetime import date

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from casework import guards, seeding
from casework.models import Officer
from tests.casework.examples import EXAMPLE, ExampleCase

TABLE = ExampleCase._meta.db_table


@pytest.fixture(scope="session", autouse=True)
def example_table(django_db_setup, django_db_blocker):
    """The table of the example case with its guards.

    It has no foreign key: the app is not installed, so the emptying of tables between tests does not know it.
    """
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        with connection.schema_editor() as editor:
            editor.create_model(ExampleCase)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", [TABLE]
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {TABLE} DROP CONSTRAINT "{name}"')
            cursor.execute(guards.transition_guard_sql(EXAMPLE, TABLE))
        seeding.sync_transitions()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


@pytest.fixture(autouse=True)
def empty_example_table(request):
    """Transactional tests leave their cases behind, since the flush does not know their table."""
    yield
    if "transactional_db" in request.fixturenames:
        with connection.cursor() as cursor:
            cursor.execute(f"SET session_replication_role = replica; DELETE FROM {TABLE}")
            cursor.execute("SET session_replication_role = origin")


@pytest.fixture
def officer(db) -> Callable[..., Officer]:
    """Makes an officer of a county with just the permissions named."""
    made = []

    def make(name: str, *permissions: str, region_code: str = "511902", **extra) -> Officer:
        made.append(name)
        number = len(made)
        found = Officer.objects.create_user(
            f"officer{number}", password="入职时设置", name=name, staff_no=f"BZ{number:04d}",
            region_code=region_code, is_staff=True, **extra,
        )
        found.user_permissions.set([permission(full) for full in permissions])
        return found

    return make


def permission(full: str) -> Permission:
    app, codename = full.split(".")
    existing = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
    if existing:
        return existing
    kind, _ = ContentType.objects.get_or_create(app_label=app, model="examplecase")
    return Permission.objects.create(content_type=kind, codename=codename, name=codename)


@pytest.fixture
def clerk(officer) -> Officer:
    return officer("窗口甲", "example.register", "example.settle", "casework.void_document")


@pytest.fixture
def reviewer(officer) -> Officer:
    return officer("初审乙", "example.review", "example.settle")


@pytest.fixture
def supervisor(officer) -> Officer:
    return officer(
        "主管丙", "casework.change_workday", "casework.change_timelimit", "casework.reassign_task",
        region_code="511900",
    )


@pytest.fixture
def stranger(officer) -> Officer:
    """An officer of another county with every permission."""
    return officer(
        "外县丁", "example.register", "example.settle", "example.review", "casework.void_document",
        region_code="511921",
    )


@pytest.fixture
def take(at):
    """Takes a step of the example in a transaction of its own."""

    def step(case: ExampleCase, name: str, by: Officer, **extra):
        with transaction.atomic():
            return EXAMPLE.move(case, name, by=by, at=extra.pop("at", at), **extra)

    return step


@pytest.fixture
def registered(clerk, take) -> ExampleCase:
    case = ExampleCase(region_code="511902")
    take(case, "register", clerk)
    return case


@pytest.fixture
def settled(registered, clerk, take) -> ExampleCase:
    take(registered, "settle", clerk)
    return registered


@pytest.fixture
def holidays(db) -> dict[date, str]:
    """The National Day holiday of 2025 as published: 1 to 8 October off, 28 September and 11 October worked."""
    from casework.models import WorkDay

    off = {date(2025, 10, day): "国庆节、中秋节" for day in range(1, 9)}
    on = {date(2025, 9, 28): "国庆节调休上班", date(2025, 10, 11): "国庆节调休上班"}
    WorkDay.objects.bulk_create(
        [WorkDay(day=day, is_workday=False, name=name) for day, name in off.items()]
        + [WorkDay(day=day, is_workday=True, name=name) for day, name in on.items()]
    )
    return off | on
