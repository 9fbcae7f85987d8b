"""What the measurements of the register share: a scratch database, officers, and persons entered by COPY."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

REGIONS = ("511902", "511903", "511921", "511922", "511923")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES = (("赵", "zhao"), ("钱", "qian"), ("孙", "sun"), ("李", "li"), ("周", "zhou"), ("吴", "wu"), ("郑", "zheng"),
            ("王", "wang"), ("冯", "feng"), ("陈", "chen"))
GIVEN = (("伟", "wei"), ("芳", "fang"), ("娜", "na"), ("敏", "min"), ("静", "jing"), ("强", "qiang"), ("磊", "lei"),
         ("军", "jun"), ("洋", "yang"), ("勇", "yong"), ("艳", "yan"), ("杰", "jie"), ("涛", "tao"), ("明", "ming"),
         ("超", "chao"), ("兰", "lan"), ("霞", "xia"), ("平", "ping"), ("刚", "gang"), ("桂", "gui"))
COPY = (
    "COPY enrollment_person (id_type, id_no, name, name_pinyin, pinyin_initials, sex, birth_date, phone, phone_tail,"
    " region_code, address, bank_name, bank_account, bank_account_name, registered_at) FROM STDIN"
)


def quiet_bell() -> None:
    """Bells ring into memory: the measurement runs each job itself."""
    from config.celery import app

    app.conf.update(task_always_eager=False, broker_url="memory://")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A migrated database beside the configured one, dropped at the end."""
    from django.db import connection

    configured = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{configured}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.close()
        connection.creation.destroy_test_db(configured, verbosity=0)


def officers(at: datetime):
    """A clerk who uploads and a chief who confirms, both of the whole city."""
    from django.contrib.auth.models import Group

    from casework.models import Officer

    made = []
    for staff_no, role in (("BENCH1", "窗口经办"), ("BENCH2", "主管")):
        officer = Officer.objects.create_user(
            staff_no, password=None, name="测速员", staff_no=staff_no, region_code="511900", is_staff=True,
        )
        officer.groups.add(Group.objects.get(name=role))
        made.append(Officer.objects.get(pk=officer.pk))
    return made


def id_number(serial: int) -> str:
    """A citizen's number with a good check digit, another for each serial up to 16 million."""
    day, number = serial // 999, serial % 999 + 1
    stem = f"{REGIONS[serial % 5]}{1940 + day // 336 % 80}{day // 28 % 12 + 1:02d}{day % 28 + 1:02d}{number:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


def persons_by_copy(count: int, *, name: str = "测速者") -> None:
    """Enter `count` synthetic persons. Without a name they get one of 40,000 combinations."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        with cursor.copy(COPY) as copy:
            for serial in range(count):
                copy.write_row(_person(serial, name))
        cursor.execute("VACUUM ANALYZE enrollment_person")


def _person(serial: int, name: str) -> tuple[str, ...]:
    number, mixed = id_number(serial), serial * 2_654_435_761 % 2**32
    syllables = ["ce", "su", "zhe"]
    if not name:
        parts = (SURNAMES[mixed % 10], GIVEN[mixed // 10 % 20], GIVEN[mixed // 200 % 20])
        name, syllables = "".join(part[0] for part in parts), [part[1] for part in parts]
    phone = f"154{mixed % 10**8:08d}"
    return (
        "01", number, name, " ".join(syllables), "".join(part[0] for part in syllables),
        "male" if int(number[16]) % 2 else "female", f"{number[6:10]}-{number[10:12]}-{number[12:14]}", phone, phone[-4:],
        REGIONS[serial % 5], "", "", "", "", "2025-01-01T00:00:00Z",
    )
